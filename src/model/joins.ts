import type { FlannelLeaseFact, NodeFact, PacketFact, PingFact, PodFact } from '../facts/index.js';
import { type At, contains, parseAddress, parsePrefix } from '../kit/index.js';
import { isVirtualBoxNat, nodeAddresses } from './lookups/devices.js';
import { ownSubnets } from './lookups/flannel.js';
import type { Stack } from './types.js';

/** What names a Kubernetes node. */
export interface KubernetesFacts {
  readonly nodes: readonly NodeFact[];
  readonly pods: readonly PodFact[];
  readonly leases: readonly FlannelLeaseFact[];
}

export interface Join {
  readonly name: string;
  readonly confidence: 'certain' | 'likely';
  /** Which evidence: name, address, pod subnet, machine-id, traffic, surest highest. */
  readonly rank: 0 | 1 | 2 | 3 | 4;
  readonly evidence: readonly { readonly says: string; readonly at: At }[];
}

export const shortName = (name: string): string => {
  const lower = name.toLowerCase();
  const dot = lower.indexOf('.');
  return dot > 0 && !/^[\d.]+$/.test(lower) ? lower.slice(0, dot) : lower;
};

/** Names that any machine may have. */
export const isNoName = (name: string): boolean => /^(?:localhost(?:[.-].*)?|\(none\)|none)$/i.test(name);

/** `node1.example.com`; an address is none. */
export const isQualified = (name: string): boolean => name.toLowerCase() !== shortName(name);

const inside = (prefix: string, address: string): boolean => {
  const p = parsePrefix(prefix);
  const a = parseAddress(address);
  return p !== undefined && a !== undefined && contains(p, a);
};

/** The one of `known` that goes by one of the names: in full, or by the short form when that is clear. */
function sameName(names: readonly string[], known: readonly string[]): string | undefined {
  const full = new Set(names.map((n) => n.toLowerCase()));
  const exact = known.find((n) => full.has(n.toLowerCase()));
  if (exact !== undefined) return exact;
  const short = new Set(names.filter((n) => !isQualified(n)).map(shortName));
  const shortOfFull = new Set(names.map(shortName));
  const matches = new Set(
    known.filter((n) => short.has(shortName(n)) || (!isQualified(n) && shortOfFull.has(shortName(n)))),
  );
  const [only] = matches;
  return matches.size === 1 ? only : undefined;
}

/** Same name, short or full. */
export function byName(names: readonly string[], k: KubernetesFacts): Join | undefined {
  const name = sameName(
    names,
    k.nodes.map((n) => n.name),
  );
  const node = k.nodes.find((n) => n.name === name);
  if (node)
    return {
      name: node.name,
      confidence: 'certain',
      rank: 4,
      evidence: [{ says: `Kubernetes knows a node ${node.name}`, at: node.at }],
    };
  const runsOn = sameName(
    names,
    k.pods.flatMap((p) => p.node ?? []),
  );
  const pod = k.pods.find((p) => p.node !== undefined && p.node === runsOn);
  return pod?.node === undefined
    ? undefined
    : {
        name: pod.node,
        confidence: 'certain',
        rank: 4,
        evidence: [{ says: `pod ${pod.name} runs on ${pod.node}`, at: pod.at }],
      };
}

/** An address of the host is the InternalIP of exactly one Kubernetes node. */
export function byAddress(host: Stack, k: KubernetesFacts): Join | undefined {
  for (const a of nodeAddresses(host.facts('address'))) {
    if (isVirtualBoxNat(a.address)) continue;
    const owners = k.nodes.filter((n) => n.internalIps.includes(a.address));
    const [owner] = owners;
    if (owner && owners.length === 1)
      return {
        name: owner.name,
        confidence: 'certain',
        rank: 3,
        evidence: [
          { says: `${a.address} is configured here`, at: a.at },
          { says: `${a.address} is the InternalIP of ${owner.name}`, at: owner.at },
        ],
      };
  }
  return undefined;
}

/** Pods of one Kubernetes node live in a subnet that this host says is its own. */
export function byPodSubnet(host: Stack, k: KubernetesFacts): Join | undefined {
  const own = ownSubnets({
    address: host.facts('address'),
    route: host.facts('route'),
    'subnet-env': host.facts('subnet-env'),
    'flannel-log': host.facts('flannel-log'),
  });
  for (const subnet of own) {
    if (subnet.source === 'vtep-address') continue;
    const pods = k.pods.filter((p) => p.node !== undefined && p.ips.some((ip) => inside(subnet.prefix, ip)));
    const names = new Set(pods.map((p) => p.node));
    const [pod] = pods;
    if (pod?.node !== undefined && names.size === 1)
      return {
        name: pod.node,
        confidence: 'certain',
        rank: 2,
        evidence: [
          { says: `${subnet.prefix} is this host's pod subnet`, at: subnet.at },
          { says: `pod ${pod.name} of ${pod.node} has ${pod.ips[0]}`, at: pod.at },
        ],
      };
    const lease = k.leases.find((l) => l.node !== undefined && l.subnet === subnet.prefix);
    if (lease?.node !== undefined)
      return {
        name: lease.node,
        confidence: 'certain',
        rank: 2,
        evidence: [
          { says: `${subnet.prefix} is this host's pod subnet`, at: subnet.at },
          { says: `${lease.node} holds the lease`, at: lease.at },
        ],
      };
  }
  return undefined;
}

export interface Seen {
  readonly packet: PacketFact;
  readonly node: string;
}

/**
 * A ping typed here, and on another node a captured echo request to the same target: its source is this host's own VTEP address, and
 * pods of one Kubernetes node live beside it. An inference over two captures, so never more than likely.
 */
export function byTraffic(host: Stack, seen: readonly Seen[], k: KubernetesFacts): Join | undefined {
  for (const ping of host.facts('ping') as readonly PingFact[]) {
    const hit = seen.find(
      (s) =>
        s.node !== host.node &&
        s.packet.destination === (ping.address ?? ping.target) &&
        s.packet.icmp?.type === 'echo request',
    );
    const source = hit?.packet.source;
    if (!hit || source === undefined) continue;
    const lease = k.leases.find((l) => inside(l.subnet, source));
    const prefix = lease?.subnet ?? `${source}/24`;
    const pods = k.pods.filter((p) => p.node !== undefined && p.ips.some((ip) => inside(prefix, ip)));
    const [pod] = pods;
    if (pod?.node !== undefined && new Set(pods.map((p) => p.node)).size === 1)
      return {
        name: pod.node,
        confidence: 'likely',
        rank: 0,
        evidence: [
          { says: `pings ${ping.target}`, at: ping.at },
          { says: `on ${hit.node} such a ping arrives from ${source}`, at: hit.packet.at },
          { says: `pod ${pod.name} of ${pod.node} has ${pod.ips[0]}`, at: pod.at },
        ],
      };
  }
  return undefined;
}

/** Echo requests seen anywhere: the few packets that byTraffic looks at. */
export const echoRequests = (stacks: readonly Stack[]): readonly Seen[] =>
  stacks.flatMap((s) =>
    s
      .facts('packet')
      .filter((p) => p.icmp?.type === 'echo request')
      .map((packet) => ({ packet, node: s.node })),
  );
