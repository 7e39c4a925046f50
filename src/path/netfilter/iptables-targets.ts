import type { At, IptablesSpec } from '../../kit/index.js';
import { masquerade, redirect, setCtMark, setMark, setZones, untrack } from './actions.js';
import { copied } from './copies.js';
import { dscpOf, tosOf } from './iptables-fields.js';
import { natTo, netmap, tproxy } from './iptables-nat.js';
import { has, type Options, optionOf, type Target, unknownTarget } from './iptables-options.js';
import { markOf } from './iptables-values.js';
import { queued, queuesOf } from './queue.js';
import { changeSet, inSet } from './sets.js';

function markTarget(options: Options, text: string, at: At): Target {
  const xmark = markOf(optionOf(options, '--set-xmark'));
  if (xmark) return (c) => setMark(c, (c.packet.mark & ~xmark.mask) ^ xmark.value, text, at);
  const set = markOf(optionOf(options, '--set-mark'));
  if (set) return (c) => setMark(c, (c.packet.mark & ~set.mask) | set.value, text, at);
  const and = markOf(optionOf(options, '--and-mark'));
  if (and) return (c) => setMark(c, c.packet.mark & and.value, text, at);
  const or = markOf(optionOf(options, '--or-mark'));
  if (or) return (c) => setMark(c, c.packet.mark | or.value, text, at);
  const xor = markOf(optionOf(options, '--xor-mark'));
  if (xor) return (c) => setMark(c, c.packet.mark ^ xor.value, text, at);
  return unknownTarget('MARK', at);
}

function connmarkTarget(options: Options, text: string, at: At): Target {
  const masks = (): readonly [number, number] => {
    const both = markOf(`0/${optionOf(options, '--mask') ?? '0xffffffff'}`)?.mask ?? 0xffffffff;
    const nf = markOf(`0/${optionOf(options, '--nfmask') ?? String(both)}`)?.mask ?? both;
    const ct = markOf(`0/${optionOf(options, '--ctmask') ?? String(both)}`)?.mask ?? both;
    return [nf, ct];
  };
  const xmark = markOf(optionOf(options, '--set-xmark'));
  return (c) => {
    const { entry } = c.conn;
    if (!entry) return undefined;
    const [nf, ct] = masks();
    if (has(options, '--restore-mark')) return setMark(c, (c.packet.mark & ~nf) ^ (entry.mark & ct), text, at);
    if (has(options, '--save-mark')) setCtMark(c, (entry.mark & ~ct) ^ (c.packet.mark & nf));
    else if (xmark) setCtMark(c, (entry.mark & ~xmark.mask) ^ xmark.value);
    return undefined;
  };
}

/** What goes on with the next rule and changes nothing that this walk looks at. */
const NOTHING: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'CLASSIFY',
  'CHECKSUM',
  'AUDIT',
  'TRACE',
  'RATEEST',
  'SECMARK',
  'CONNSECMARK',
  'IDLETIMER',
  'ECN',
  'LED',
  'TCPOPTSTRIP',
  'ACCOUNT',
  'XOR',
]);

/** Makes what a SYN asks for less, and never more (xt_TCPMSS.c). What `--clamp-mss-to-pmtu` makes of it hangs on the routes both ways. */
function tcpmss(options: Options): Target {
  const set = Number(optionOf(options, '--set-mss'));
  return ({ packet }) => {
    if (packet.mss === undefined) return undefined;
    if (Number.isNaN(set)) delete packet.mss;
    else packet.mss = Math.min(packet.mss, set);
    return undefined;
  };
}

/** `--add-set`, `--del-set`; `--map-set` takes a mark from what no listing of members tells whole, for those that are in the set. */
function setTarget(options: Options, at: At): Target {
  const [option] = options;
  const [name, fields = ''] = option?.values ?? [];
  const unread = unknownTarget('SET', at);
  if (name === undefined) return unread;
  const how = option?.name === '--add-set' ? 'add' : option?.name === '--del-set' ? 'del' : undefined;
  if (how)
    return (c) => {
      changeSet(c, name, how);
      return undefined;
    };
  return option?.name === '--map-set'
    ? (c) => (inSet(c, name, fields.split(',')) === false ? undefined : unread(c))
    : unread;
}

/** Bits of the TOS octet (xt_DSCP.c). */
function tosTarget(name: string, options: Options, at: At): Target {
  const set =
    (mask: number, value: number): Target =>
    (c) => {
      c.packet.tos = ((c.packet.tos ?? 0) & mask) ^ value;
      return undefined;
    };
  const [option] = options;
  if (name === 'DSCP') {
    const dscp = option && dscpOf(option);
    return dscp === undefined ? unknownTarget(name, at) : set(3, dscp << 2);
  }
  const tos = tosOf(option?.values[0] ?? '');
  if (!option || !tos) return unknownTarget(name, at);
  const { value, mask } = tos;
  switch (option.name) {
    case '--set-tos':
      return set(~mask & 0xff, value);
    case '--and-tos':
      return set(value, 0);
    case '--or-tos':
      return set(~value & 0xff, value);
    case '--xor-tos':
      return set(0xff, value);
    default:
      return unknownTarget(name, at);
  }
}

/** Does the target change what happens to a packet? */
export const isInert = (name: string | undefined): boolean => name === undefined || NOTHING.has(name);

/** `-j CT`: without a zone nothing that matters to the way. */
function ctTarget(options: Options, text: string, at: At): Target {
  if (has(options, '--notrack')) return (c) => untrack(c, text, at);
  const [name, word] = ['--zone', '--zone-orig', '--zone-reply']
    .map((n) => [n, optionOf(options, n)] as const)
    .find(([, value]) => value !== undefined) ?? [undefined, undefined];
  if (name === undefined) return () => undefined;
  // `--zone mark`: the packet's mark is the zone.
  const fixed = word === 'mark' ? undefined : Number(word);
  if (fixed !== undefined && Number.isNaN(fixed)) return unknownTarget(`CT ${name}`, at);
  return (c) => {
    const zone = fixed ?? c.packet.mark & 0xffff;
    return setZones(
      c,
      { original: name === '--zone-reply' ? 0 : zone, reply: name === '--zone-orig' ? 0 : zone },
      text,
      at,
    );
  };
}

function queue(options: Options, at: At): Target {
  const number = optionOf(options, '--queue-num', '--queue-balance');
  const queues = queuesOf(number, has(options, '--queue-bypass'));
  return queues ? (c) => queued(c, queues, at) : unknownTarget('NFQUEUE', at);
}

/** The target of a rule compiled; a name that is none of the kernel's is a chain. */
export function compileTarget(target: NonNullable<IptablesSpec['target']>, text: string, at: At): Target {
  const { name, options } = target;
  if (target.kind === 'goto') return () => ({ kind: 'jump', chain: name, goto: true });
  switch (name) {
    case 'ACCEPT':
      return () => ({ kind: 'accept' });
    case 'DROP':
      return () => ({ kind: 'drop' });
    case 'RETURN':
      return () => ({ kind: 'return' });
    case 'REJECT': {
      const reject = optionOf(options, '--reject-with') ?? 'icmp-port-unreachable';
      return () => ({ kind: 'reject', with: reject });
    }
    case 'MARK':
      return markTarget(options, text, at);
    case 'CONNMARK':
      return connmarkTarget(options, text, at);
    case 'NOTRACK':
      return (c) => untrack(c, text, at);
    case 'CT':
      return ctTarget(options, text, at);
    case 'DNAT':
    case 'SNAT':
      return natTo(name, options, text, at);
    case 'NETMAP':
      return netmap(options, text, at);
    case 'TPROXY':
      return tproxy(options, at);
    case 'MASQUERADE':
      return (c) => masquerade(c, text, at);
    case 'REDIRECT': {
      const port = optionOf(options, '--to-ports');
      return (c) => redirect(c, port === undefined ? undefined : Number.parseInt(port, 10), text, at);
    }
    case 'TCPMSS':
      return tcpmss(options);
    case 'SET':
      return setTarget(options, at);
    case 'DSCP':
    case 'TOS':
      return tosTarget(name, options, at);
    case 'TTL':
    case 'HL':
      return (c) => {
        const set = optionOf(options, '--ttl-set', '--hl-set');
        const dec = optionOf(options, '--ttl-dec', '--hl-dec');
        const inc = optionOf(options, '--ttl-inc', '--hl-inc');
        const moved = c.packet.ttl - Number(dec ?? 0) + Number(inc ?? 0);
        c.packet.ttl = set !== undefined ? Number(set) : Math.max(0, Math.min(255, moved));
        if (set !== undefined) c.packet.anyTtl = false;
        c.packet.ttlSetBy = at;
        return undefined;
      };
    case 'TEE':
      return (c) => copied(c, optionOf(options, '--gateway'), text, at);
    case 'QUEUE':
    case 'NFQUEUE':
      return queue(options, at);
    case 'SYNPROXY':
    case 'HMARK':
    case 'CLUSTERIP':
    case 'SNPT':
    case 'DNPT':
      return unknownTarget(name, at);
    default:
      return NOTHING.has(name) ? () => undefined : () => ({ kind: 'jump', chain: name, goto: false });
  }
}
