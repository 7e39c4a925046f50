import type { AddressFact, PodFact, ServiceFact } from '../../facts/index.js';
import { type At, contains, parseAddress, parsePrefix } from '../../kit/index.js';
import type { Node } from '../types.js';
import { isEngineBridge, isVirtualBoxNat } from './devices.js';
import { capturedName, type PeerFacts, subnetClaims } from './peers.js';

/** Whose address it is. */
export interface ClusterEnd {
  readonly kind: 'node' | 'pod' | 'service';
  readonly node?: string;
  /** `pod default/web-0`, `10.244.1.0 (flannel.1 of node-2)`, `node-2`. */
  readonly name: string;
  readonly at: At;
}

export interface EndFacts extends PeerFacts {
  readonly nodes: readonly Node[];
  readonly cluster: PeerFacts['cluster'] & {
    readonly pod: readonly PodFact[];
    readonly service: readonly ServiceFact[];
  };
  readonly pods: readonly {
    readonly node: string;
    readonly netns: string;
    readonly facts: { readonly address: readonly AddressFact[] };
  }[];
}

/** Kinds that tell whose an address is: a rule on what was seen on the wire declares them beside its own. */
export type EndKind =
  | 'address'
  | 'link'
  | 'route'
  | 'subnet-env'
  | 'flannel-log'
  | 'flannel-lease'
  | 'node'
  | 'pod'
  | 'service';

/** Finds the owner of an address among what the captures tell of the cluster; strangers have none. */
export function clusterEnds(view: EndFacts): (address: string) => ClusterEnd | undefined {
  const known = new Map<string, ClusterEnd>();
  const add = (address: string, end: ClusterEnd): void => {
    if (!known.has(address) && !isVirtualBoxNat(address)) known.set(address, end);
  };
  for (const { node, netns, facts } of view.pods)
    for (const a of facts.address)
      if (a.dev !== 'lo') add(a.address, { kind: 'pod', node, name: `pod ${netns}`, at: a.at });
  for (const { node, facts } of view.hosts)
    for (const a of facts.address)
      if (a.dev !== 'lo' && !isEngineBridge(a.dev) && a.dev !== 'kube-ipvs0')
        add(a.address, { kind: 'node', node, name: `${a.dev} of ${node}`, at: a.at });
  for (const p of view.cluster.pod)
    for (const ip of p.ips)
      add(ip, {
        kind: 'pod',
        ...(p.node !== undefined && { node: capturedName(view.nodes, p.node) }),
        name: `pod ${p.namespace}/${p.name}`,
        at: p.at,
      });
  for (const s of view.cluster.service)
    for (const ip of s.clusterIps) add(ip, { kind: 'service', name: `service ${s.namespace}/${s.name}`, at: s.at });
  for (const n of view.cluster.node)
    for (const ip of n.internalIps)
      add(ip, { kind: 'node', node: capturedName(view.nodes, n.name), name: n.name, at: n.at });
  const claims = subnetClaims(view).map((c) => ({ claim: c, prefix: parsePrefix(c.prefix) }));
  return (text) => {
    const exact = known.get(text);
    if (exact) return exact;
    const address = parseAddress(text);
    const owner = address && claims.find((c) => c.prefix && contains(c.prefix, address))?.claim;
    if (!owner) return undefined;
    const { node } = owner;
    return { kind: 'pod', ...(node !== undefined && { node }), name: `a pod of ${node ?? owner.prefix}`, at: owner.at };
  };
}
