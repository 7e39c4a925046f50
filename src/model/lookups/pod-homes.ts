import type { NodeFact, PodFact, RouteFact } from '../../facts/index.js';
import { contains, parseAddress, parsePrefix } from '../../kit/index.js';
import type { Node } from '../types.js';
import { isRoutedPodDevice } from './devices.js';
import { podsByAddress } from './node-address.js';
import { capturedName } from './peers.js';
import { mainTable } from './routes.js';

export interface PodHomeFacts {
  readonly nodes: readonly Node[];
  readonly cluster: { readonly pod: readonly PodFact[]; readonly node: readonly NodeFact[] };
  readonly allHosts: readonly { readonly node: string; readonly facts: { readonly route: readonly RouteFact[] } }[];
}

/** Routes of a host to single pods by devices of their own (Calico, the VPC CNI): no bridge serves these. */
export const routedPods = (routes: readonly RouteFact[]): readonly RouteFact[] =>
  mainTable(routes).filter(
    (r) =>
      r.type === 'unicast' &&
      r.prefix.endsWith(r.family === 4 ? '/32' : '/128') &&
      r.nexthops.some((n) => n.via === undefined && n.dev !== undefined && isRoutedPodDevice(n.dev)),
  );

/** Addresses of a node's pods, as the list of pods or the node's own routes to them tell. */
export function podAddressesOn(view: PodHomeFacts, node: string): readonly string[] {
  const listed = [...podsByAddress(view.cluster.pod, view.cluster.node)].flatMap(([address, p]) =>
    p.node !== undefined && capturedName(view.nodes, p.node) === node ? address : [],
  );
  const routed = view.allHosts
    .filter((h) => h.node === node)
    .flatMap((h) => routedPods(h.facts.route).map((r) => r.prefix.replace(/\/\d+$/, '')));
  return [...new Set([...listed, ...routed])];
}

/**
 * Are the node's pods known, of a family of these networks, and none of them within any? Then another network serves them, and a device or
 * a route for these networks is what an earlier CNI left behind.
 */
export function podsLiveElsewhere(view: PodHomeFacts, node: string, networks: readonly string[]): boolean {
  const prefixes = networks.flatMap((n) => parsePrefix(n) ?? []);
  const pods = podAddressesOn(view, node)
    .flatMap((a) => parseAddress(a) ?? [])
    .filter((ip) => prefixes.some((p) => p.family === ip.family));
  return pods.length > 0 && !pods.some((ip) => prefixes.some((p) => p.family === ip.family && contains(p, ip)));
}
