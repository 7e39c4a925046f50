import type { AddressFact, NodeFact, PodFact, RouteFact } from '../../facts/index.js';
import { type At, contains, parseAddress } from '../../kit/index.js';
import type { Node } from '../types.js';
import { isVirtualDevice } from './devices.js';
import { capturedName } from './peers.js';
import { mainTable, prefixOf } from './routes.js';

/** An address that Kubernetes knows a node by, and the line that says so. */
export interface KnownAddress {
  readonly address: string;
  readonly at: At;
  readonly source: string;
}

/** Daemons that live in the host's network: their pod address is the node's. */
const HOST_NETWORK =
  /^(kube-flannel|canal|calico-node|kube-proxy|etcd-|kube-apiserver|kube-controller-manager|kube-scheduler)/;

/** Addresses that several pods have are their node's (hostNetwork, which listings do not tell). */
export function sharedByPods(pods: readonly PodFact[]): readonly string[] {
  const seen = new Set<string>();
  return pods.flatMap((p) => p.ips.filter((ip) => seen.size === seen.add(ip).size));
}

/** Pods with an address that is theirs alone, by it. */
export function podsByAddress(
  pods: readonly PodFact[],
  nodes: readonly Pick<NodeFact, 'internalIps'>[],
): ReadonlyMap<string, PodFact> {
  const ofNodes = new Set([...nodes.flatMap((n) => n.internalIps), ...sharedByPods(pods)]);
  const own = pods.filter((p) => p.hostNetwork !== true && !HOST_NETWORK.test(p.name));
  return new Map(
    own.flatMap((p) => p.ips.filter((ip) => ip !== p.hostIp && !ofNodes.has(ip)).map((ip) => [ip, p] as const)),
  );
}

/** The node, as captured, that a pod with an address runs on. */
export function placesOf(view: {
  readonly cluster: { readonly pod: readonly PodFact[]; readonly node: readonly NodeFact[] };
  readonly nodes: readonly Node[];
}): (address: string) => string | undefined {
  const pods = podsByAddress(view.cluster.pod, view.cluster.node);
  return (address) => {
    const node = pods.get(address)?.node;
    return node === undefined ? undefined : capturedName(view.nodes, node);
  };
}

/** Has a stack addresses of IPv6 for others to reach, and none of IPv4? `addresses` are all that it has. */
export const isIpv6Only = (addresses: readonly AddressFact[]): boolean =>
  addresses.some((a) => a.family === 6 && a.dev !== 'lo' && (a.scope ?? 'global') === 'global') &&
  !addresses.some((a) => a.family === 4 && a.dev !== 'lo' && !a.address.startsWith('169.254.'));

/** InternalIPs of the node object; without one the address of a host-network pod on that node (status.podIP = status.hostIP). */
export function knownAddresses(
  nodes: readonly Node[],
  cluster: { readonly node: readonly NodeFact[]; readonly pod: readonly PodFact[] },
  node: string,
): readonly KnownAddress[] {
  const internal = cluster.node
    .filter((n) => capturedName(nodes, n.name) === node)
    .flatMap((n) => n.internalIps.map((address) => ({ address, at: n.at, source: `InternalIP of ${n.name}` })));
  if (internal.length > 0) return internal;
  const out: KnownAddress[] = [];
  for (const p of cluster.pod) {
    if (p.node === undefined || capturedName(nodes, p.node) !== node) continue;
    if (p.hostIp !== undefined) out.push({ address: p.hostIp, at: p.at, source: `host address of pod ${p.name}` });
    else if (p.hostNetwork === true || (p.hostNetwork === undefined && HOST_NETWORK.test(p.name)))
      for (const address of p.ips) out.push({ address, at: p.at, source: `address of host-network pod ${p.name}` });
  }
  return out;
}

/** Device that has the address, or whose connected route holds it (when no address listing was captured). */
export function deviceOfAddress(
  facts: { readonly address: readonly AddressFact[]; readonly route: readonly RouteFact[] },
  address: string,
): { readonly dev: string; readonly at: At; readonly certain: boolean } | undefined {
  const own = facts.address.find((a) => a.address === address);
  if (own) return { dev: own.dev, at: own.at, certain: true };
  if (facts.address.length > 0) return undefined;
  const target = parseAddress(address);
  const route = mainTable(facts.route).find((r) => {
    const prefix = prefixOf(r);
    return (
      target &&
      prefix &&
      prefix.length > 0 &&
      contains(prefix, target) &&
      r.nexthops.some((n) => n.via === undefined && n.dev !== undefined && !isVirtualDevice(n.dev))
    );
  });
  const dev = route?.nexthops[0]?.dev;
  return route && dev !== undefined ? { dev, at: route.at, certain: false } : undefined;
}
