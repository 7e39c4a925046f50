import type { At } from '../../kit/index.js';
import { setNat } from '../conntrack.js';
import { doubt, note } from '../context.js';
import { ipOf } from '../ip.js';
import { selectAddress } from '../source.js';
import type { Ip } from '../types.js';
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
  setNat(entry, side, to);
  spoils(c, to, text, at);
  const what = side === 'dst' ? 'DNAT' : 'SNAT';
  const target = `${to.ip?.text ?? ''}${to.port === undefined ? '' : `:${to.port}`}`;
  note(c.walk, 'netfilter', c.machine, `${what} to ${target}: ${text}`, [at]);
  return { kind: 'accept' };
}

/**
 * A tunnel's packet that gets another address or port while the checksum inside it is still to be filled in: nf_nat corrects the outer sum as
 * if it were the open one (inet_proto_csum_replace4). Between two ends of a wire nobody checks it; what a router has passed on was lost in trials.
 */
function spoils(c: HookContext, to: { readonly ip?: Ip; readonly port?: number }, text: string, at: At): void {
  if (!c.packet.partial || !c.nexthop || c.nexthop.text === c.packet.dst.text) return;
  const changes =
    /--random|fully-random|\brandom\b/.test(text) ||
    to.port !== undefined ||
    (to.ip && to.ip.text !== c.packet.src.text);
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

/** MASQUERADE takes the address that the output device has for the next hop (nf_nat_masquerade_ipv4). */
export function masquerade(c: HookContext, text: string, at: At): RuleVerdict {
  const source = selectAddress(c.machine, c.oif, c.nexthop ?? c.packet.dst);
  const unseen = source ? undefined : c.machine.addressesMissing();
  if (unseen) return { kind: 'unknown', missing: unseen };
  if (!source) {
    // "ate my IP address": a device without any leaves nothing to masquerade with.
    note(c.walk, 'netfilter', c.machine, `no address to masquerade with on ${c.oif}: ${text}`, [at]);
    return { kind: 'drop' };
  }
  return nat(c, 'src', { ip: source.ip }, text, at);
}

/** REDIRECT: to the address of the input device, or to loopback for what the host sends itself (nf_nat_redirect_ipv4). */
export function redirect(c: HookContext, port: number | undefined, text: string, at: At): RuleVerdict {
  const own =
    c.hook === 'output'
      ? ipOf(c.packet.dst.family === 4 ? '127.0.0.1' : '::1')
      : c.machine.devices.get(c.iif)?.addresses.find((a) => a.ip.family === c.packet.dst.family)?.ip;
  return own ? nat(c, 'dst', { ip: own, ...(port !== undefined && { port }) }, text, at) : { kind: 'drop' };
}

/** Sets the mark and notes it when it changes. */
export function setMark(c: HookContext, value: number, text: string, at: At): RuleVerdict {
  const mark = value >>> 0;
  if (mark !== c.packet.mark) note(c.walk, 'netfilter', c.machine, `mark 0x${mark.toString(16)}: ${text}`, [at]);
  c.packet.mark = mark;
  return undefined;
}
