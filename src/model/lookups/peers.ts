import type {
  AddressFact,
  FlannelLeaseFact,
  FlannelLogFact,
  LinkFact,
  NodeFact,
  RouteFact,
  SubnetEnvFact,
} from '../../facts/index.js';
import { type At, overlaps, parsePrefix } from '../../kit/index.js';
import type { Node } from '../types.js';
import { flannelDevice, ownSubnets } from './flannel.js';

/** One source's word on which pod subnet a node owns. */
export interface SubnetClaim {
  /** Captured node name when the owner was captured, else its Kubernetes name; undefined when only an address is known. */
  readonly node?: string;
  readonly prefix: string;
  readonly publicIp?: string;
  readonly vtepMac?: string;
  readonly source: 'lease' | 'podCIDR' | 'host';
  readonly at: At;
}

export interface PeerFacts {
  readonly nodes: readonly Node[];
  readonly cluster: { readonly 'flannel-lease': readonly FlannelLeaseFact[]; readonly node: readonly NodeFact[] };
  readonly hosts: readonly {
    readonly node: string;
    readonly facts: {
      readonly link: readonly LinkFact[];
      readonly address: readonly AddressFact[];
      readonly route: readonly RouteFact[];
      readonly 'subnet-env': readonly SubnetEnvFact[];
      readonly 'flannel-log': readonly FlannelLogFact[];
    };
  }[];
}

/** Name of the captured node behind a Kubernetes name; the name itself when nobody captured it. */
export const capturedName = (nodes: readonly Node[], kubernetesName: string): string =>
  nodes.find((n) => n.kubernetesName === kubernetesName || n.name === kubernetesName)?.name ?? kubernetesName;

/** A name that stands for a machine nothing names: it may be one that is captured under its own name too. */
export const isPlaceholder = (node: string): boolean => node.startsWith('unknown-');

/** Which captured node has that address, if exactly one. */
export function nodeOfAddress(nodes: readonly Node[], address: string): string | undefined {
  const owners = nodes.filter((n) => n.addresses.includes(address));
  return owners.length === 1 ? owners[0]?.name : undefined;
}

/**
 * Everything that says which node owns which pod subnet. A lease that only a log tells is history (it may have been given back), so
 * only leases from etcd and annotations count.
 */
export function subnetClaims(view: PeerFacts): readonly SubnetClaim[] {
  const out: SubnetClaim[] = [];
  for (const l of view.cluster['flannel-lease']) {
    if (l.source === 'log') continue;
    const node =
      l.node === undefined
        ? l.publicIp === undefined
          ? undefined
          : nodeOfAddress(view.nodes, l.publicIp)
        : capturedName(view.nodes, l.node);
    out.push({
      prefix: l.subnet,
      source: 'lease',
      at: l.at,
      ...(node !== undefined && { node }),
      ...(l.publicIp !== undefined && { publicIp: l.publicIp }),
      ...(l.vtepMac !== undefined && { vtepMac: l.vtepMac }),
    });
  }
  for (const n of view.cluster.node)
    for (const prefix of n.podCidrs)
      out.push({ node: capturedName(view.nodes, n.name), prefix, source: 'podCIDR', at: n.at });
  for (const host of view.hosts) {
    const device = flannelDevice(host.facts.link);
    for (const own of ownSubnets(host.facts)) {
      if (own.source === 'vtep-address') continue;
      out.push({
        node: host.node,
        prefix: own.prefix,
        source: 'host',
        at: own.at,
        ...(device?.lladdr !== undefined && { vtepMac: device.lladdr }),
        ...(device?.vxlan?.local !== undefined && { publicIp: device.vxlan.local }),
      });
    }
  }
  return out;
}

/** Do two prefixes share an address? False when either is no prefix. */
export function overlapping(a: string, b: string): boolean {
  const left = parsePrefix(a);
  const right = parsePrefix(b);
  return left !== undefined && right !== undefined && overlaps(left, right);
}
