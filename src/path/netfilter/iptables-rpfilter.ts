import type { IptablesMatch } from '../../kit/index.js';
import { doubt } from '../context.js';
import { type Found, wayBackText } from '../fib.js';
import { scopeOf6 } from '../source6.js';
import type { Match } from './iptables-values.js';
import type { HookContext } from './types.js';

/** The route back to where a packet came from. */
function wayBack({ packet, machine, walk, iif }: HookContext, mark: number, loose: boolean): Found {
  const key = { dst: packet.src, src: packet.dst, iif: 'lo', mark };
  const ask = (oif?: string): Found =>
    machine.fib.lookup({ ...key, ...(oif !== undefined && { oif }) }, (m) => doubt(walk, m));
  if (packet.src.family === 4) return ask();
  // Of the link: by that very device.
  if (scopeOf6(packet.src) === 2) return ask(iif);
  const found = ask();
  if (loose || found.kind !== 'unicast') return found;
  // Of the routes to the longest prefix that by this device, be its metric worse; of those to shorter ones none (rt6_device_match).
  const own = ask(iif);
  const { prefix, table } = found.route;
  return own.kind === 'unicast' && own.route.prefix === prefix && own.route.table === table ? own : found;
}

/** The `rpfilter` match (net/ipv4/netfilter/ipt_rpfilter.c, net/ipv6/netfilter/ip6t_rpfilter.c). */
export function rpfilterMatch(match: IptablesMatch): Match {
  const has = (name: string): boolean => match.options.some((o) => o.name === name);
  return (c) => {
    const inverted = has('--invert');
    // What comes by lo is not asked (rpfilter_is_loopback).
    if (c.iif === 'lo') return !inverted;
    const found = wayBack(c, has('--validmark') ? c.packet.mark : 0, has('--loose'));
    const passes = isWayOf(c, found, { loose: has('--loose'), acceptLocal: has('--accept-local') });
    if (!passes) c.back = { says: wayBackText(c.packet.src, found), at: found.at };
    return passes !== inverted;
  };
}

function isWayOf(
  { packet, iif }: HookContext,
  found: Found,
  { loose, acceptLocal }: { readonly loose: boolean; readonly acceptLocal: boolean },
): boolean {
  const local = found.kind === 'local' && acceptLocal;
  if (packet.src.family === 6 && found.kind === 'local') return local;
  if (found.kind === 'unicast') return loose || found.nexthops.some((n) => n.dev === iif);
  return local && (loose || found.dev === iif);
}
