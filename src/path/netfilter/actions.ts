import type { At } from '../../kit/index.js';
import { setNat, type Zones } from '../conntrack.js';
import { doubt, note } from '../context.js';
import type { DeviceAddress } from '../device.js';
import { ipOf } from '../ip.js';
import { doubtOrder, sourceTowards } from '../source.js';
import { scopeOf6 } from '../source6.js';
import type { Ip } from '../types.js';
import { isSpared } from './both-ways.js';
import type { HookContext, RuleVerdict } from './types.js';

/** Notes the translation in the flow; the packet itself changes when the chains of the hook are through. */
export function nat(
  c: HookContext,
  side: 'src' | 'dst',
  to: { readonly ip?: Ip; readonly port?: number },
  text: string,
  at: At,
): RuleVerdict {
  const { entry } = c.conn;
  if (!entry) return { kind: 'accept' };
  const isSame = to.port === undefined && !isRandom(text) && to.ip?.text === c.packet[side].text;
  if (!isSame && isSpared(c, text, at)) {
    entry[side === 'src' ? 'srcDone' : 'dstDone'] = true;
    return { kind: 'accept' };
  }
  setNat(entry, side, side === 'src' && to.port === undefined && isRandom(text) ? { ...to, port: RANDOM_PORT } : to);
  spoils(c, to, text, at);
  const what = side === 'dst' ? 'DNAT' : 'SNAT';
  const target = `${to.ip?.text ?? ''}${to.port === undefined ? '' : `:${to.port}`}`;
  note(c.walk, 'netfilter', c.machine, `${what} to ${target}: ${text}`, [at], undefined, {
    translates: {
      side,
      ...(to.ip && { address: to.ip.text }),
      ...(to.port !== undefined && { port: to.port }),
      table: c.table ?? '',
      ...(c.chain !== undefined && { chain: c.chain }),
    },
  });
  return { kind: 'accept' };
}

/**
 * A source port by chance is another than the packet had, which is kept without it (NF_NAT_RANGE_PROTO_RANDOM_ALL of get_unique_tuple); that of
 * an echo is its id.
 */
const RANDOM_PORT = 51_413;

/** `--random`, `--random-fully`, nft's `random,persistent`, `fully-random`; what is quoted is a comment. */
const isRandom = (text: string): boolean =>
  /(?:--|[ ,]|fully-)random(?:-fully)?(?:[ ,]|$)/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, ''));

/**
 * A tunnel's packet that gets another address or port while the checksum inside it is still to be filled in: nf_nat corrects the outer sum as
 * if it were the open one (inet_proto_csum_replace4). Between two ends of a wire nobody checks it; what a router has passed on was lost in trials.
 */
function spoils(c: HookContext, to: { readonly ip?: Ip; readonly port?: number }, text: string, at: At): void {
  if (!c.packet.partial || !c.nexthop || c.nexthop.text === c.packet.dst.text) return;
  const changes = isRandom(text) || to.port !== undefined || (to.ip && to.ip.text !== c.packet.src.text);
  if (changes)
    doubt(
      c.walk,
      {
        node: c.machine.node,
        input: 'whether the receiver checks UDP checksums of tunnels that were translated',
        reason: 'unsupported',
        at,
      },
      'lost',
    );
}

/** MASQUERADE takes the address that the output device has for the next hop (nf_nat_masquerade_ipv4, of IPv6 for the destination). */
export function masquerade(c: HookContext, text: string, at: At): RuleVerdict {
  const source = sourceTowards(
    c.machine,
    c.oif,
    c.packet.dst,
    c.nexthop?.family === c.packet.dst.family ? c.nexthop : c.packet.dst,
  );
  const unseen = source ? undefined : c.machine.addressesMissing();
  if (unseen) return { kind: 'unknown', missing: unseen };
  doubtOrder(c.walk, c.machine);
  if (!source) {
    // "ate my IP address": a device without any leaves nothing to masquerade with.
    note(c.walk, 'netfilter', c.machine, `no address to masquerade with on ${c.oif}: ${text}`, [at]);
    return { kind: 'drop' };
  }
  return nat(c, 'src', { ip: source }, text, at);
}

/** REDIRECT: to the address of the input device, or to loopback for what the host sends itself (nf_nat_redirect_ipv4). */
export function redirect(c: HookContext, port: number | undefined, text: string, at: At): RuleVerdict {
  const own =
    c.hook === 'output'
      ? ipOf(c.packet.dst.family === 4 ? '127.0.0.1' : '::1')
      : c.machine.devices.get(c.iif)?.addresses.find((a) => redirectsTo(a, c.packet.dst))?.ip;
  if (port !== undefined && port !== c.packet.dport) c.packet.redirected = true;
  return own ? nat(c, 'dst', { ip: own, ...(port !== undefined && { port }) }, text, at) : { kind: 'drop' };
}

/** Of IPv6 an address of the destination's scope (nf_nat_redirect_ipv6_usable). */
const redirectsTo = (a: DeviceAddress, dst: Ip): boolean =>
  a.ip.family === dst.family && (dst.family === 4 || (!a.unusable && scopeOf6(a.ip) === scopeOf6(dst)));

/** Sets the mark and notes it when it changes. */
export function setMark(c: HookContext, value: number, text: string, at: At): RuleVerdict {
  const mark = value >>> 0;
  if (mark !== c.packet.mark) note(c.walk, 'netfilter', c.machine, `mark 0x${mark.toString(16)}: ${text}`, [at]);
  c.packet.mark = mark;
  return undefined;
}

/** Marks the flow. What has its mark from the answer to a SYN, or from what follows, treats the data behind it otherwise than the answer. */
export function setCtMark({ conn: { entry }, packet, walk }: HookContext, value: number): void {
  if (!entry) return;
  const mark = value >>> 0;
  if (mark !== entry.mark && packet.role !== 'request') walk.asksData = true;
  entry.mark = mark;
}

/** Takes the packet out of conntrack; what has a flow already keeps it (xt_ct_target, nft_notrack_eval). */
export function untrack(c: HookContext, text: string, at: At): undefined {
  if (c.conn.entry || c.conn.state === 'untracked') return;
  c.conn.state = 'untracked';
  note(c.walk, 'netfilter', c.machine, `not tracked: ${text}`, [at], undefined, { untracks: text });
}

/** Has the packet tracked in zones; what has a flow already keeps its own (xt_ct_target, nft_ct_set_zone_eval). */
export function setZones(c: HookContext, zones: Zones, text: string, at: At): undefined {
  const held = c.conn.zones ?? { original: 0, reply: 0 };
  if (c.conn.entry || (held.original === zones.original && held.reply === zones.reply)) return;
  c.conn.zones = zones;
  const { original, reply } = zones;
  const which = original === reply ? `zone ${original}` : `zone ${original}, of answers ${reply}`;
  note(c.walk, 'netfilter', c.machine, `tracked in ${which}: ${text}`, [at], undefined, { untracks: text });
}
