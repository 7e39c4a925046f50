import type { AddressFact, LinkFact, RouteFact, SubnetEnvFact } from '../facts/index.js';
import { contains, type PlacedCapture, parseAddress, parsePrefix } from '../kit/index.js';
import { ownSubnets } from './lookups/flannel.js';

/*
 * Folders beside those of the nodes in which somebody captured pods. What lies in such a folder shows the one device of a pod, and its address is one
 * that a node of the input gives to its pods; taken for a node it would have no route, no bridge and no rule of one.
 */

/** What the kernel shows in every namespace. */
const EVERYWHERE = /^(?:lo|tunl0|gre0|gretap0|erspan0|sit0|ip6tnl0|ip_vti0|ip6_vti0|ip6gre0|dummy0)$/;
const ONE_DEVICE = /^(?:eth|net)\d+$/;

interface Host {
  readonly address: AddressFact[];
  readonly route: RouteFact[];
  readonly link: LinkFact[];
  readonly 'subnet-env': SubnetEnvFact[];
}

function hostsOf(captures: readonly PlacedCapture[]): ReadonlyMap<string, Host> {
  const hosts = new Map<string, Host>();
  for (const { place, facts } of captures) {
    if (place.kind !== 'stack' || place.netns !== '') continue;
    const host = hosts.get(place.node) ?? { address: [], route: [], link: [], 'subnet-env': [] };
    hosts.set(place.node, host);
    for (const fact of facts)
      if (Object.hasOwn(host, fact.kind)) (host[fact.kind as keyof Host] as (typeof fact)[]).push(fact);
  }
  return hosts;
}

/** Addresses of a host whose one device is the end of a pair; undefined for every other. */
function podAddresses({ link, address }: Host): readonly string[] {
  const names = new Set([...link.map((l) => l.name), ...address.map((a) => a.dev)].filter((n) => !EVERYWHERE.test(n)));
  const [only] = names;
  if (only === undefined || names.size > 1 || !ONE_DEVICE.test(only)) return [];
  if (!link.some((l) => l.name === only && l.peerIndex !== undefined)) return [];
  return address.filter((a) => a.dev === only && a.family === 4).map((a) => a.address);
}

const inside = (prefix: string, address: string): boolean => {
  const p = parsePrefix(prefix);
  const a = parseAddress(address);
  return p !== undefined && a !== undefined && contains(p, a);
};

/** `node-2` beside `node-1` was meant as a node, wherever its captures were made. */
const shape = (name: string): string => name.toLowerCase().replace(/\d+/g, '#');

/** `filed`: captures that nothing but their folder names. `nodes`: names that Kubernetes has for nodes. */
export function tellPodsApart(
  captures: readonly PlacedCapture[],
  filed: ReadonlySet<PlacedCapture>,
  nodes: ReadonlySet<string | undefined>,
): readonly PlacedCapture[] {
  if (filed.size === 0) return captures;
  const hosts = hostsOf(captures);
  const suspects = new Map([...hosts].map(([name, host]) => [name, podAddresses(host)] as const));
  const shapes = new Set([...hosts.keys()].filter((n) => suspects.get(n)?.length === 0).map(shape));
  const owners = new Map<string, { readonly node: string; readonly by: string }>();
  for (const [name, addresses] of suspects) {
    if (addresses.length === 0 || nodes.has(name) || shapes.has(shape(name))) continue;
    const found = [...hosts].flatMap(([node, host]) =>
      node === name || (suspects.get(node)?.length ?? 0) > 0
        ? []
        : ownSubnets({ ...host, 'flannel-log': [] }).flatMap(({ prefix, source }) => {
            const address = source === 'vtep-address' ? undefined : addresses.find((a) => inside(prefix, a));
            return address === undefined ? [] : [{ node, by: `${address} is of the pods of ${node}` }];
          }),
    );
    const [owner] = found;
    if (owner && new Set(found.map((f) => f.node)).size === 1) owners.set(name, owner);
  }
  if (owners.size === 0) return captures;
  return captures.map((capture) => {
    const { place } = capture;
    const owner = place.kind === 'stack' && place.netns === '' ? owners.get(place.node) : undefined;
    if (!owner || place.kind !== 'stack' || !filed.has(capture)) return capture;
    return { ...capture, place: { kind: 'stack', node: owner.node, netns: place.node }, placedBy: owner.by };
  });
}
