import { formatAddress, type NftExpression, type NftStatement } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import { ipOf } from '../ip.js';
import { listening } from '../listen.js';
import type { Ip } from '../types.js';
import { masquerade, nat, redirect } from './actions.js';
import { dataParts, type Found, finder, type Place, reader, startOf } from './nft-expression.js';
import { addressValue, constant, isValue, type Part, type Span, wordsOf } from './nft-value.js';
import { unsupported } from './tri.js';
import type { HookContext, RuleVerdict } from './types.js';

type NatStatement = Extract<NftStatement, { kind: 'nat' }>;
/** Where a packet goes. `break`: the rule ends. */
interface Target {
  readonly address?: Span;
  readonly port?: Span;
}
type Targets = (c: HookContext) => Target | Missing | 'break';

/** Address and port of what a map holds (`numgen random mod 2 map { 0 : 10.0.0.1 . 80 }`); one alone is what the statement asks for. */
function fromMap(found: Found, wants: 'address' | 'port', place: Place): Target | Missing | 'break' {
  if (found === undefined) return 'break';
  if (!('element' in found)) return found;
  const parts = dataParts(found.element);
  const [first, second] = parts;
  const address = wants === 'address' && first ? constant(first, 'address') : undefined;
  const portPart = wants === 'port' ? first : second;
  const port = portPart && constant(portPart, 'service');
  if ((wants === 'address' && !address) || (portPart && !port)) return unsupported(place.text);
  return { ...(address && { address }), ...(port && { port }) };
}

const toSpan = (part: Part | undefined): Span | undefined =>
  typeof part === 'bigint' ? { kind: 'numbers', low: part, high: part } : undefined;

function targetOf(e: NftExpression, wants: 'address' | 'port', place: Place): Targets {
  if (e.kind === 'map') {
    const find = finder(e.key, e.map, place);
    return (c) => fromMap(find(c), wants, place);
  }
  const type = wants === 'address' ? 'address' : 'service';
  const fixed = constant(e, type);
  if (fixed) return () => (wants === 'address' ? { address: fixed } : { port: fixed });
  const read = reader(e, place, [type]);
  return (c) => {
    const parts = read(c);
    if (!parts) return 'break';
    const [part] = parts;
    if (part !== undefined && !isValue(part)) return part;
    const span = toSpan(part);
    if (!span) return unsupported(place.text);
    return wants === 'address' ? { address: span } : { port: span };
  };
}

function targets({ address, port }: NatStatement, place: Place): Targets {
  const a = address && targetOf(address, 'address', place);
  const p = port && targetOf(port, 'port', place);
  return (c) => {
    const to = a?.(c) ?? {};
    const at = p?.(c) ?? {};
    if (to === 'break' || at === 'break') return 'break';
    if ('input' in to) return to;
    return 'input' in at ? at : { ...to, ...at };
  };
}

function addressOf(c: HookContext, span: Span, side: 'src' | 'dst', prefix: boolean): Ip | undefined {
  const { family } = c.packet.src;
  let value = startOf(span);
  if (typeof value !== 'bigint') return undefined;
  // NETMAP: the bits of the prefix change, those of the host stay (nf_nat_core.c, NF_NAT_RANGE_NETMAP).
  if (prefix && span.kind === 'numbers') value |= addressValue(c.packet[side]) & (span.low ^ span.high);
  return ipOf(formatAddress({ family, words: wordsOf(value, family) }));
}

/** A NAT statement compiled: as iptables' targets do it, an accept with the translation noted in the flow. */
export function compileNat(s: NatStatement, place: Place): (c: HookContext) => RuleVerdict | 'break' {
  const find = targets(s, place);
  const prefix = s.flags.includes('prefix');
  const unknown = (missing: Missing): RuleVerdict => ({ kind: 'unknown', missing: { at: place.at, ...missing } });
  return (c) => {
    // Of a table for both families each statement is for one (nft_nat_inet_eval).
    if (s.family !== undefined && (s.family === 'ip') !== (c.packet.src.family === 4)) return undefined;
    if (s.action === 'masquerade') return masquerade(c, place.text, place.at);
    const to = find(c);
    if (to === 'break') return 'break';
    if ('input' in to) return unknown({ ...to, node: c.machine.node });
    const port = to.port?.kind === 'numbers' ? Number(to.port.low) : undefined;
    if (s.action === 'redirect') return redirect(c, port, place.text, place.at);
    if (s.action === 'tproxy') {
      // Without a socket that listens there the rule ends (nft_tproxy_eval_v4).
      const dst = (to.address && addressOf(c, to.address, 'dst', false)) ?? c.packet.dst;
      if (listening(c.machine, { ...c.packet, dst, dport: port ?? c.packet.dport }, c.iif)) return 'break';
      return unknown({ ...unsupported('tproxy'), node: c.machine.node });
    }
    const side = s.action === 'dnat' ? 'dst' : 'src';
    const ip = to.address && addressOf(c, to.address, side, prefix);
    if (to.address && !ip) return unknown({ ...unsupported(place.text), node: c.machine.node });
    return nat(c, side, { ...(ip && { ip }), ...(port !== undefined && { port }) }, place.text, place.at);
  };
}
