import type { At } from '../kit/index.js';
import { hasOwnRules } from './any-ip.js';
import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import { type FlowKey, type Found, wayBackText } from './fib.js';
import { confMax, type Machine, type Setting } from './machine.js';
import type { DropBy, Packet } from './types.js';
import { settingWithheld } from './withheld.js';

/** What the source check may look up: the packet's ports and TOS too, where there are rules that ask for them. */
type Checked = Pick<Packet, 'src' | 'dst' | 'mark'> & Partial<Pick<Packet, 'proto' | 'sport' | 'dport' | 'tos'>>;

/** The way back is looked up as the answer would go: with the ports exchanged (fib4_rules_early_flow_dissect in __fib_validate_source). */
const wayBack = ({
  src,
  dst,
  proto,
  sport,
  dport,
  tos,
}: Checked): Pick<FlowKey, 'dst' | 'src' | 'proto' | 'sport' | 'dport' | 'tos'> => ({
  dst: src,
  src: dst,
  ...(proto !== undefined && { proto }),
  ...(sport !== undefined && { dport: sport }),
  ...(dport !== undefined && { sport: dport }),
  ...(tos !== undefined && { tos }),
});

/**
 * Without rp_filter only own addresses are refused; what the tables say of a source counts where rules or local routes of somebody's own are, or
 * where the packet would leave by the device that it came in from and a redirect may be due (fib_validate_source).
 */
const isLookedUp = (machine: Machine, dev: string, oif: string): boolean =>
  hasOwnRules(machine) || (dev === oif && (confMax(machine, 4, 'send_redirects', dev)?.value ?? 0) > 0);

/**
 * Is the source acceptable on that device (fib_validate_source)? A sentence says why not. `oif`: where the packet goes on to; '' for local
 * delivery.
 */
export function refusedSource(
  w: Walk,
  machine: Machine,
  dev: Device,
  packet: Checked,
  oif: string,
): { readonly says: string; readonly at: readonly At[]; readonly by: DropBy } | undefined {
  const { src } = packet;
  if (src.family === 6) return undefined;
  const own = machine.local.get(src.text);
  const acceptLocal = acceptsLocal(w, machine, dev.name, own !== undefined);
  if (own && !acceptLocal)
    return {
      says: `${src.text} is an own address (of ${own.dev}): martian source`,
      at: [own.at],
      by: 'martian-source',
    };
  const strictness = rpFilter(w, machine, dev.name);
  if (strictness.value === 0 && !isLookedUp(machine, dev.name, oif)) return undefined;
  const useMark = (confMax(machine, 4, 'src_valid_mark', dev.name)?.value ?? 0) > 0;
  const found = machine.fib.lookup(
    { ...wayBack(packet), iif: oif === '' ? 'lo' : oif, mark: useMark ? packet.mark : 0 },
    (m) => doubt(w, m),
  );
  const usable = found.kind === 'unicast' || (found.kind === 'local' && acceptLocal);
  if (found.kind === 'local' && !acceptLocal)
    return { says: `the route to ${src.text} is local: martian source`, at: found.at, by: 'martian-source' };
  if (found.kind === 'broadcast')
    return { says: `${src.text} is a broadcast address: martian source`, at: found.at, by: 'martian-source' };
  if (strictness.value === 0 || (usable && usesDevice(found, dev.name))) return undefined;
  const hasAddress = dev.addresses.some((a) => a.ip.family === 4);
  if (strictness.value === 1 || !usable || !hasAddress)
    return {
      says: `rp_filter ${strictness.value === 1 ? 'strict' : 'loose'} on ${dev.name}: ${wayBackText(src, found)}`,
      at: [strictness.at, ...found.at],
      by: 'rp-filter',
    };
  return undefined;
}

/** accept_local of a device, or of all; where it decides and the collector takes it elsewhere, both are possible. */
function acceptsLocal(w: Walk, machine: Machine, dev: string, decides: boolean): boolean {
  const known = confMax(machine, 4, 'accept_local', dev);
  const missing = known || !decides ? undefined : settingWithheld(machine, `net.ipv4.conf.${dev}.accept_local`);
  return missing ? w.choose.either(`${machine.id} accept_local ${dev}`, missing, false) : (known?.value ?? 0) > 0;
}

const usesDevice = (found: Found, dev: string): boolean =>
  found.kind === 'unicast'
    ? found.route.nexthops.some((n) => n.dev === dev)
    : found.kind === 'local' && found.dev === dev;

/** rp_filter: the greater of all and the device. Unknown: presumed loose enough, with a fork. */
function rpFilter(w: Walk, machine: Machine, dev: string): Setting {
  const own = machine.conf(4, 'rp_filter', dev);
  const all = machine.confAll(4, 'rp_filter');
  const known = confMax(machine, 4, 'rp_filter', dev);
  // `all` alone at its greatest, or both: nothing else can be.
  if (known && ((own && all) || known.value === 2)) return known;
  const missing = {
    ...(machine.missing('netconf') ?? { node: machine.node, reason: 'not-captured' as const }),
    input: `rp_filter of ${dev}`,
    supply: 'netconf' as const,
  };
  const strict = w.choose.either(`${machine.id} rp_filter ${dev}`, missing, known?.value === 1);
  return { value: strict ? 1 : known?.value === 1 ? 2 : 0, at: known?.at ?? (0 as At) };
}
