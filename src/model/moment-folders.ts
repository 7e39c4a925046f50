import type { HostnameFact } from '../facts/index.js';
import { momentOf, type PlacedCapture } from '../kit/index.js';
import { isNoName, shortName } from './joins.js';
import { compare, type Identity, identityOf, merge } from './unnamed.js';

/*
 * `old/ip-addr.txt` beside `node-1/`, or `before/` beside `after/`: folders of one machine at several moments, which taken for nodes would have each
 * other's addresses. A folder that is called so is the node whose name its captures print, or else the only one that has its devices; a folder that
 * shows other devices (`good/`, `bad/`) is a machine of its own.
 */

interface Machine extends Identity {
  readonly names: Set<string>;
}

const machine = (): Machine => ({ addresses: new Map(), lladdrs: new Map(), names: new Set() });

/** What tells each node from others. */
function machinesOf(captures: readonly PlacedCapture[]): ReadonlyMap<string, Machine> {
  const machines = new Map<string, Machine>();
  for (const capture of captures) {
    const { place, facts } = capture;
    if (place.kind !== 'stack' || place.netns !== '') continue;
    const known = machines.get(place.node) ?? machine();
    machines.set(place.node, known);
    const own = identityOf(capture);
    merge(known.addresses, own.addresses);
    merge(known.lladdrs, own.lladdrs);
    for (const fact of facts)
      if (fact.kind === 'hostname' && (fact as HostnameFact).source !== 'log' && !isNoName((fact as HostnameFact).name))
        known.names.add(shortName((fact as HostnameFact).name));
  }
  return machines;
}

/** Is it one machine as far as its devices tell? */
function isSame(a: Machine, b: Machine): boolean {
  const [addresses, lladdrs] = [compare(a.addresses, b.addresses), compare(a.lladdrs, b.lladdrs)];
  return (addresses.same || lladdrs.same) && !addresses.other && !lladdrs.other;
}

const only = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** `filed`: captures that nothing but their folder names; `nodeOf` makes a name for a key. */
export function tellMomentsFromNodes(
  captures: readonly PlacedCapture[],
  filed: ReadonlySet<PlacedCapture>,
  nodeOf: (key: string) => string,
): readonly PlacedCapture[] {
  const suspects = new Set<string>();
  for (const { place } of filed)
    if (place.kind === 'stack' && momentOf(place.node) !== undefined) suspects.add(place.node);
  if (suspects.size === 0) return captures;
  const machines = machinesOf(captures);
  const nodes = [...machines].filter(([name]) => !suspects.has(name));
  const target = new Map<string, string>();
  const apart: string[] = [];
  for (const folder of suspects) {
    const own = machines.get(folder) ?? machine();
    const told = only([...own.names]);
    const named = only(
      nodes.filter(([name, m]) => told !== undefined && (shortName(name) === told || m.names.has(told))),
    );
    const alike = named ?? only(nodes.filter(([, m]) => isSame(m, own)));
    if (alike) target.set(folder, alike[0]);
    else apart.push(folder);
  }
  // Without a node beside them, several are one machine when each has the devices of the first.
  const first = machines.get(apart[0] ?? '') ?? machine();
  if (apart.length > 1 && apart.every((folder) => isSame(first, machines.get(folder) ?? machine()))) {
    const names = new Set(apart.flatMap((folder) => [...(machines.get(folder)?.names ?? [])]));
    const name = only([...names]) ?? nodeOf(`moments of ${apart.join(' ')}`);
    for (const folder of apart) target.set(folder, name);
  }
  return captures.map((capture) => {
    const { place } = capture;
    const node = place.kind === 'stack' && filed.has(capture) ? target.get(place.node) : undefined;
    if (place.kind !== 'stack' || node === undefined) return capture;
    return { ...capture, place: { ...place, node }, placedBy: `folder ${place.node}, of the same machine as ${node}` };
  });
}
