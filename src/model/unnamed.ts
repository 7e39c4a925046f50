import type { AddressFact, LinkFact, RouteFact } from '../facts/index.js';
import type { PlacedCapture } from '../kit/index.js';
import { isVirtualBoxNat } from './lookups/devices.js';

/*
 * Outputs of several machines that were pasted one after the other, and nothing says where one ends: a device that has other addresses, or
 * another MAC, than in the captures before is another machine's. A later state of the same machine looks the same; then the two states stand
 * apart as two machines without names, which claims less than one machine with both.
 */

/** What each device of a machine is known by. */
export interface Identity {
  readonly addresses: Map<string, Set<string>>;
  readonly lladdrs: Map<string, Set<string>>;
}

interface Machine extends Identity {
  readonly node: string;
}

type Known = ReadonlyMap<string, ReadonlySet<string>>;

/** Every machine has these alike, or they come and go with pods. */
const COMMON = /^(?:lo|docker0|virbr\d+|kube-ipvs0|nodelocaldns|veth.*|cali.*|lxc.*|tunl0|dummy\d*)$/;
const SHARED = /^(?:127\.|169\.254\.|172\.17\.0\.1$|fe80:|::1$|ee:ee:ee:ee:ee:ee$|00:00:00:00:00:00$)/;
/** Machines of one document; more is no paste. */
const MOST = 64;

const add = (to: Map<string, Set<string>>, dev: string | undefined, value: string | undefined): void => {
  if (dev === undefined || value === undefined || COMMON.test(dev) || SHARED.test(value) || isVirtualBoxNat(value))
    return;
  to.set(dev, (to.get(dev) ?? new Set<string>()).add(value));
};

/** Addresses and MACs by device: of the listing itself, and the sources that the kernel gave to routes on a link. */
export function identityOf({ facts }: PlacedCapture): Identity {
  const addresses = new Map<string, Set<string>>();
  const lladdrs = new Map<string, Set<string>>();
  for (const fact of facts) {
    if (fact.kind === 'address' && (fact as AddressFact).family === 4)
      add(addresses, (fact as AddressFact).dev, (fact as AddressFact).address);
    else if (fact.kind === 'link') add(lladdrs, (fact as LinkFact).name, (fact as LinkFact).lladdr);
    else if (fact.kind === 'route') {
      const { proto, src, nexthops, family } = fact as RouteFact;
      if (proto === 'kernel' && family === 4) add(addresses, nexthops[0]?.dev, src);
    }
  }
  return { addresses, lladdrs };
}

/** `other`: some device of both has nothing in common; `same`: some has. */
export function compare(a: Known, b: Known): { readonly same: boolean; readonly other: boolean } {
  let same = false;
  let other = false;
  for (const [dev, values] of b) {
    const before = a.get(dev);
    if (!before) continue;
    if ([...values].some((v) => before.has(v))) same = true;
    else other = true;
  }
  return { same, other };
}

/** Adds what another listing says. */
export function merge(into: Map<string, Set<string>>, from: Known): void {
  for (const [dev, values] of from)
    for (const value of values) into.set(dev, (into.get(dev) ?? new Set<string>()).add(value));
}

/** The machine among those of the document that a capture is of: the current one unless a device contradicts it. */
function machineOf(machines: readonly Machine[], current: Machine, own: Identity): Machine | undefined {
  const judge = (m: Machine) => {
    const [addresses, lladdrs] = [compare(m.addresses, own.addresses), compare(m.lladdrs, own.lladdrs)];
    return { same: addresses.same || lladdrs.same, other: addresses.other || lladdrs.other };
  };
  if (!judge(current).other) return current;
  return machines.find((m) => {
    const { same, other } = judge(m);
    return same && !other;
  });
}

/** Gives each machine of a document without names a name of its own; `nodeOf` makes one for a key. */
export function tellMachinesApart(
  captures: readonly PlacedCapture[],
  nodeOf: (key: string) => string,
): readonly PlacedCapture[] {
  const documents = new Map<string, { readonly machines: Machine[]; current: Machine }>();
  return captures.map((capture) => {
    const { place, block } = capture;
    if (place.kind !== 'stack' || place.netns !== '' || !/^unknown-\d+$/.test(place.node) || !block.includes('!'))
      return capture;
    const first: Machine = { node: place.node, addresses: new Map(), lladdrs: new Map() };
    const document = documents.get(place.node) ?? { machines: [first], current: first };
    documents.set(place.node, document);
    const { machines } = document;
    const own = identityOf(capture);
    let machine = machineOf(machines, document.current, own);
    if (!machine && machines.length < MOST) {
      machine = {
        node: nodeOf(`${place.node}: machine ${machines.length + 1}`),
        addresses: new Map(),
        lladdrs: new Map(),
      };
      machines.push(machine);
    }
    if (machine) {
      merge(machine.addresses, own.addresses);
      merge(machine.lladdrs, own.lladdrs);
      document.current = machine;
    }
    const { node } = document.current;
    if (node === place.node) return capture;
    return {
      ...capture,
      place: { ...place, node },
      placedBy: 'nothing names its node, and its devices are not those before it',
    };
  });
}
