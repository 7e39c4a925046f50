import type { At, IptablesOption, IptablesSpec } from '../../kit/index.js';
import { ipOf } from '../ip.js';
import type { Ip } from '../types.js';
import { masquerade, nat, redirect, setMark } from './actions.js';
import { markOf } from './iptables-values.js';
import type { HookContext, RuleVerdict } from './types.js';

export type Target = (c: HookContext) => RuleVerdict;

type Options = readonly IptablesOption[];
const optionOf = (options: Options, ...names: readonly string[]): string | undefined =>
  options.find((o) => names.includes(o.name))?.values[0];
const has = (options: Options, name: string): boolean => options.some((o) => o.name === name);

/** `10.244.1.3:8080`, `10.0.0.1-10.0.0.9`, `:8080-8090`, `[2001:db8::1]:80`. Of a range the first. */
export function natTarget(text: string): { readonly ip?: Ip; readonly port?: number } | undefined {
  const m =
    /^(?:\[([^\]]+)\]|([0-9.]+)(?:-[0-9.]+)?|([0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:]*))?(?::(\d+)(?:-\d+)?(?:\/\d+)?)?$/.exec(
      text,
    );
  if (!m || text === '') return undefined;
  const address = m[1] ?? m[2] ?? m[3];
  const ip = address === undefined ? undefined : ipOf(address.split('-')[0] ?? '');
  if (address !== undefined && !ip) return undefined;
  return { ...(ip && { ip }), ...(m[4] !== undefined && { port: Number(m[4]) }) };
}

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
    if (has(options, '--save-mark')) entry.mark = ((entry.mark & ~ct) ^ (c.packet.mark & nf)) >>> 0;
    else if (xmark) entry.mark = ((entry.mark & ~xmark.mask) ^ xmark.value) >>> 0;
    return undefined;
  };
}

const unknownTarget =
  (name: string, at: At): Target =>
  (c) => ({
    kind: 'unknown',
    missing: { node: c.machine.node, input: `-j ${name}`, reason: 'unsupported', at },
  });

/** What goes on with the next rule and changes nothing that this walk looks at. */
const NOTHING: ReadonlySet<string> = new Set([
  'LOG',
  'NFLOG',
  'ULOG',
  'TCPMSS',
  'TOS',
  'DSCP',
  'CLASSIFY',
  'SET',
  'CHECKSUM',
  'AUDIT',
  'TRACE',
  'RATEEST',
  'SECMARK',
  'CONNSECMARK',
  'IDLETIMER',
  'ECN',
  'LED',
  'TEE',
  'TCPOPTSTRIP',
  'HMARK',
  'ACCOUNT',
  'XOR',
]);

/** Does the target change what happens to a packet? */
export const isInert = (name: string | undefined): boolean => name === undefined || NOTHING.has(name);

function notrack(c: HookContext): RuleVerdict {
  c.conn.state = 'untracked';
  return undefined;
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
      return notrack;
    case 'CT':
      return has(options, '--notrack')
        ? notrack
        : has(options, '--zone')
          ? unknownTarget('CT --zone', at)
          : () => undefined;
    case 'DNAT':
    case 'SNAT': {
      const to = natTarget(optionOf(options, '--to-destination', '--to-source') ?? '');
      const side = name === 'DNAT' ? 'dst' : 'src';
      return to ? (c) => nat(c, side, to, text, at) : unknownTarget(name, at);
    }
    case 'MASQUERADE':
      return (c) => masquerade(c, text, at);
    case 'REDIRECT': {
      const port = optionOf(options, '--to-ports');
      return (c) => redirect(c, port === undefined ? undefined : Number.parseInt(port, 10), text, at);
    }
    case 'TTL':
    case 'HL':
      return (c) => {
        const set = optionOf(options, '--ttl-set', '--hl-set');
        const dec = optionOf(options, '--ttl-dec', '--hl-dec');
        const inc = optionOf(options, '--ttl-inc', '--hl-inc');
        c.packet.ttl = set !== undefined ? Number(set) : c.packet.ttl - Number(dec ?? 0) + Number(inc ?? 0);
        return undefined;
      };
    case 'QUEUE':
    case 'NFQUEUE':
      // A program decides; without one the packet is gone, unless the rule says to go on.
      return has(options, '--queue-bypass') ? unknownTarget('NFQUEUE --queue-bypass', at) : unknownTarget(name, at);
    case 'TPROXY':
    case 'SYNPROXY':
    case 'NETMAP':
    case 'CLUSTERIP':
    case 'SNPT':
    case 'DNPT':
      return unknownTarget(name, at);
    default:
      return NOTHING.has(name) ? () => undefined : () => ({ kind: 'jump', chain: name, goto: false });
  }
}
