import type { Node } from '../model/types.js';
import type { Likeness } from './alike.js';
import { type Classes, type EndClass, type Family, isOf, type PodsByNode } from './end-class.js';
import { nodeAddress } from './endpoints.js';
import { freeAddress } from './free-address.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { portClasses } from './port-classes.js';
import { nodePorts, selfAskers, serviceClasses } from './service-classes.js';
import type { World } from './world.js';

const outer = (machine: Machine, family: Family): string | undefined => {
  for (const device of machine.devices.values())
    for (const a of device.addresses)
      if (device.kind !== 'loopback' && a.ip.family === family && a.scope !== 'link') return a.ip.text;
  return undefined;
};

/**
 * The families that the cluster has: those of its services, pods and nodes, as their objects and stacks tell. That a card has an address of IPv6
 * promises nothing.
 */
export function familiesOf(world: World): readonly Family[] {
  const { model } = world;
  const said = [
    ...model.facts('service').flatMap((s) => s.clusterIps),
    ...model.facts('pod').flatMap((p) => (p.hostNetwork === true ? [] : p.ips)),
    ...model.facts('node').flatMap((n) => [...n.podCidrs.map((c) => c.replace(/\/.*/, '')), ...n.internalIps]),
  ];
  const has = (family: Family): boolean =>
    said.some(isOf(family)) || world.machines.some((m) => m.netns !== '' && outer(m, family) !== undefined);
  // Of a cluster without objects or pods the nodes are asked, over IPv4.
  return has(6) ? (has(4) ? [4, 6] : [6]) : [4];
}

/** Their addresses are free for others. */
const ENDED =
  /^(?:Completed|Succeeded|Failed|Error|Evicted|OOMKilled|Terminating|Preempting|Shutdown|NodeLost|Unknown)/;

/** Has another node than the pod's the address of the pod too? */
function isElsewhere(world: World, pod: string): boolean {
  const ip = ipOf(pod);
  const owners = ip ? world.owners(ip) : [];
  const [own, ...others] = owners.filter((m) => m.netns !== '');
  // Its own stack was captured, and a node has the address beside it.
  if (own) return others.length === 0 && owners.some((m) => m.netns === '' && m.node !== own.node);
  return ip !== undefined && owners.length > 0 && world.unseenPod(ip) !== undefined;
}

/** Pods by their node: those whose namespace was captured first, for they are known and not presumed. */
function podsOf(world: World, node: Node, family: Family): readonly string[] {
  const captured = world.machines.filter((m) => m.node === node.name && m.netns !== '').map((m) => outer(m, family));
  const listed = world.model
    .facts('pod')
    .filter(
      (p) =>
        p.hostNetwork !== true &&
        !ENDED.test(p.status ?? '') &&
        p.node !== undefined &&
        [node.name, node.kubernetesName, ...node.aliases].includes(p.node),
    )
    .flatMap((p) => (p.ips[0] === p.hostIp ? [] : p.ips.filter(isOf(family)).slice(0, 1)));
  const own = new Set([...captured, ...listed].filter((t) => t !== undefined && isOf(family)(t)));
  const ofNodes = new Set(world.model.facts('node').flatMap((n) => n.internalIps));
  // An address that another stack has as well stands for nobody, and that of its node is the node's (listings don't tell hostNetwork).
  return [...own].filter((t): t is string => {
    const ip = t === undefined ? undefined : ipOf(t);
    const owners = ip ? world.owners(ip) : [];
    const isOfNode = owners.some((m) => m.netns === '') && !isElsewhere(world, ip?.text ?? '');
    const isShared = owners.length > 1 && !isElsewhere(world, ip?.text ?? '');
    return ip !== undefined && !isShared && !isOfNode && !ofNodes.has(ip.text);
  });
}

/** Classes of odd pods: where every pod is like no other, the rest count as those of their node. */
const MOST_ODD = 400;
const MOST_ODD_OF_NODE = 8;

/**
 * The pods of each node by how they are attached, the largest group first; pods of which nothing tells how are of that. Within a group those
 * first that are as most are: they stand for more.
 */
function podsByNode(
  all: ReadonlyMap<string, readonly string[]>,
  like: Likeness | undefined,
  isOdd: (pod: string) => boolean,
): PodsByNode {
  if (!like) return new Map([...all].map(([node, pods]) => [node, [{ pods, odd: false }]]));
  const counts = new Map<string | undefined, number>();
  for (const pods of all.values()) for (const p of pods) counts.set(like.pod(p), (counts.get(like.pod(p)) ?? 0) + 1);
  const common = (pod: string): number => counts.get(like.pod(pod)) ?? 0;
  let odd = 0;
  return new Map(
    [...all].map(([node, pods]) => {
      const strange = pods.filter(isOdd);
      const groups = groupsOf(
        like,
        pods.filter((p) => !strange.includes(p)).sort((a, b) => common(b) - common(a)),
      );
      const [main = [], ...alike] = groups;
      const others = [...strange.map((p) => [p]), ...alike];
      const own = others.slice(0, Math.max(0, Math.min(MOST_ODD_OF_NODE, MOST_ODD - odd)));
      odd += own.length;
      const rest = others.slice(own.length).flat();
      return [node, [{ pods: [...main, ...rest], odd: false }, ...own.map((g) => ({ pods: g, odd: true }))]];
    }),
  );
}

/** Groups by attachment, the largest first. */
function groupsOf(like: Likeness, pods: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, string[]>();
  const largest = (fits: (key: string) => boolean): string[] | undefined =>
    [...groups].filter(([key]) => fits(key)).sort(([, a], [, b]) => b.length - a.length)[0]?.[1];
  const later: string[] = [];
  const put = (key: string, pod: string): void => {
    const group = groups.get(key);
    if (group) group.push(pod);
    else groups.set(key, [pod]);
  };
  for (const pod of pods) {
    const { port, inside } = like.attachment(pod);
    if (port !== undefined && inside !== undefined) put(`${port} ${inside}`, pod);
    else later.push(pod);
  }
  // Whose own stack was not captured counts for one as those behind equal ports.
  for (const pod of later) {
    const { port } = like.attachment(pod);
    if (port === undefined) continue;
    const held = largest((key) => key.startsWith(`${port} `));
    if (held) held.push(pod);
    else put(`${port} `, pod);
  }
  const unknown = later.filter((pod) => like.attachment(pod).port === undefined);
  const sorted = [...groups.values()].sort((a, b) => b.length - a.length);
  const [main, ...others] = sorted;
  return main || unknown.length > 0 ? [[...(main ?? []), ...unknown], ...others] : [];
}

/** Tables of pods tell the first address of each: a pod is found by any that its own stack has. */
function podName(world: World, address: string): string {
  const ip = ipOf(address);
  const stack = ip && world.owners(ip)[0];
  const own = stack ? [...stack.devices.values()].flatMap((d) => d.addresses.map((a) => a.ip.text)) : [];
  const pod = world.model
    .facts('pod')
    .find((p) => p.hostNetwork !== true && p.ips.some((text) => text === address || own.includes(text)));
  return pod ? `${pod.namespace}/${pod.name}` : `pod ${address}`;
}

/**
 * The name by which a pod asks whose programs may send from another address than the one that it is known by: its routes, or its devices, have
 * others.
 */
function askerName(world: World, address: string): string | undefined {
  const ip = ipOf(address);
  const stack = ip && world.owners(ip).find((m) => m.netns !== '');
  const pod = stack && world.model.facts('pod').find((p) => p.hostNetwork !== true && p.ips.includes(address));
  if (!pod) return undefined;
  const others = [...stack.devices.values()].some((d) =>
    d.addresses.some(
      (a) => a.ip.family === ip.family && a.scope !== 'link' && a.scope !== 'host' && a.ip.text !== address,
    ),
  );
  const isHinted = stack.facts('route').some((r) => r.type === 'unicast' && r.src !== undefined && r.src !== address);
  return others || isHinted ? `pod:${pod.namespace}/${pod.name}` : undefined;
}

function podClasses(world: World, pods: PodsByNode, family: Family): readonly EndClass[] {
  return [...pods].flatMap(([node, groups]) =>
    groups.flatMap(({ pods: [first, ...rest], odd }): EndClass[] => {
      if (first === undefined) return [];
      const alike = rest.length === 0 ? '' : ` and ${rest.length} alike`;
      const name = odd ? `${podName(world, first)}${alike} of ${node}` : `pods of ${node}`;
      const size = rest.length + 1;
      const asks = askerName(world, first);
      const own = { kind: 'pods', name, node, family, end: first, size, proto: 'icmp' } as const;
      return [{ ...own, ...(asks !== undefined && { asks }), ...(odd && { odd }) }];
    }),
  );
}

function nodeClasses(world: World, family: Family): readonly EndClass[] {
  return world.model.nodes.flatMap((node) => {
    if (world.host(node.name)?.devices.size === 0) return [];
    const ip = nodeAddress(world, node, family);
    if (!ip) return [];
    const name = `node:${node.name}`;
    const isFirst = nodeAddress(world, node)?.family === family;
    return [
      {
        // Nobody promised services to a machine beside the nodes, nor that pods reach it.
        kind: node.beside ? ('outside' as const) : ('node' as const),
        name: node.name,
        node: node.name,
        family,
        ...(isFirst ? { end: name } : { end: ip.text, asks: name }),
        size: 1,
        proto: 'icmp' as const,
      },
    ];
  });
}

/** A host of nobody captured on the nodes' network, who asks NodePorts. */
function outsider(world: World, family: Family): EndClass | undefined {
  const ip = freeAddress(world, family);
  return ip && { kind: 'outside', name: 'outside', family, end: ip.text, size: 1, proto: 'icmp' };
}

/**
 * Which classes there are of a family: sources are the pods of each node, the nodes and an outside host; destinations those, each port of each
 * service, the NodePorts, and ports that pods and nodes listen on. A service's endpoints are outcomes of its pair.
 */
export function classesOf(world: World, family: Family, like: (pods: number) => Likeness | undefined): Classes {
  const all = new Map(world.model.nodes.map((n) => [n.name, podsOf(world, n, family)]));
  const likeness = like(Math.max(0, ...[...all.values()].map((p) => p.length)));
  const grouped = podsByNode(all, likeness, (pod) => isElsewhere(world, pod));
  const pods = podClasses(world, grouped, family);
  const machines = nodeClasses(world, family);
  const nodes = machines.filter((m) => m.kind === 'node');
  const out = outsider(world, family);
  const services = serviceClasses(world, family);
  return {
    ...selfAskers(world, grouped, pods, services, likeness),
    second: (c) => grouped.get(c.node ?? '')?.find((g) => g.pods[0] === c.end)?.pods[1],
    sources: [...pods, ...machines, ...(out ? [out] : [])],
    destinations: [
      ...[...pods, ...nodes, ...services, ...nodePorts(world, nodes, family)],
      ...portClasses(world, grouped, pods, nodes),
    ],
  };
}
