import type { ServiceFact } from '../facts/index.js';
import type { Node } from '../model/types.js';
import { type Likeness, likenessOf } from './alike.js';
import { nodeAddress } from './endpoints.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { pairWalker } from './pairs.js';
import type { Probe, Trace } from './types.js';
import type { World } from './world.js';

/** Below this number of nodes every pair is walked. */
const FEW = 6;

/** What kind of ends a class holds. */
export type ClassKind = 'pods' | 'node' | 'service' | 'node-port' | 'dns' | 'api' | 'outside';

/** Ends that are alike: the walk from or to one of them is the walk from or to each. */
export interface EndClass {
  readonly kind: ClassKind;
  /** `pods of node-1`, `node-1`, `default/web:80`. */
  readonly name: string;
  /** Its node; of services none. */
  readonly node?: string;
  /** The end that stands for all, as a probe names it. */
  readonly end: string;
  /** How many ends it holds. */
  readonly size: number;
  readonly proto: Probe['proto'];
  readonly port?: number;
}

export interface Pair {
  readonly src: EndClass;
  readonly dst: EndClass;
  readonly trace: Trace;
}

/** All pairs of classes with what the walk says of them. */
export interface Matrix {
  readonly sources: readonly EndClass[];
  readonly destinations: readonly EndClass[];
  readonly pairs: readonly Pair[];
}

const outer = (machine: Machine): string | undefined => {
  for (const device of machine.devices.values())
    for (const a of device.addresses)
      if (device.kind !== 'loopback' && a.ip.family === 4 && a.scope !== 'link') return a.ip.text;
  return undefined;
};

/** Their addresses are free for others. */
const ENDED =
  /^(?:Completed|Succeeded|Failed|Error|Evicted|OOMKilled|Terminating|Preempting|Shutdown|NodeLost|Unknown)/;

/** Pods by their node: those whose namespace was captured first, for they are known and not presumed. */
function podsOf(world: World, node: Node): readonly string[] {
  const captured = world.machines.filter((m) => m.node === node.name && m.netns !== '').map(outer);
  const listed = world.model
    .facts('pod')
    .filter(
      (p) =>
        p.hostNetwork !== true &&
        !ENDED.test(p.status ?? '') &&
        p.node !== undefined &&
        [node.name, node.kubernetesName, ...node.aliases].includes(p.node),
    )
    .flatMap((p) => (p.ips[0] === p.hostIp ? [] : p.ips.slice(0, 1)));
  const own = new Set([...captured, ...listed].filter((t) => t !== undefined && ipOf(t)?.family === 4));
  const ofNodes = new Set(world.model.facts('node').flatMap((n) => n.internalIps));
  // An address that another stack has as well stands for nobody, and that of a node is the node's (listings don't tell hostNetwork).
  return [...own].filter((t): t is string => {
    const ip = t === undefined ? undefined : ipOf(t);
    const owners = ip ? world.owners(ip) : [];
    return ip !== undefined && owners.length < 2 && !owners.some((m) => m.netns === '') && !ofNodes.has(ip.text);
  });
}

type PodsByNode = ReadonlyMap<string, readonly string[]>;

/** The pods of each node; where pods can be compared, those first that are as most are: they stand for more. */
function podsByNode(world: World, like: Likeness | undefined): PodsByNode {
  const all = new Map(world.model.nodes.map((n) => [n.name, podsOf(world, n)]));
  if (!like) return all;
  const counts = new Map<string | undefined, number>();
  for (const pods of all.values()) for (const p of pods) counts.set(like.pod(p), (counts.get(like.pod(p)) ?? 0) + 1);
  const common = (pod: string): number => counts.get(like.pod(pod)) ?? 0;
  return new Map([...all].map(([node, pods]) => [node, [...pods].sort((a, b) => common(b) - common(a))]));
}

const podClasses = (pods: PodsByNode): readonly EndClass[] =>
  [...pods].flatMap(([node, [first, ...rest]]): EndClass[] =>
    first === undefined
      ? []
      : [{ kind: 'pods', name: `pods of ${node}`, node, end: first, size: rest.length + 1, proto: 'icmp' }],
  );

function nodeClasses(world: World): readonly EndClass[] {
  return world.model.nodes.flatMap((node) => {
    if (world.host(node.name)?.devices.size === 0) return [];
    const ip = nodeAddress(world, node);
    return ip
      ? [
          {
            kind: 'node' as const,
            name: node.name,
            node: node.name,
            end: `node:${node.name}`,
            size: 1,
            proto: 'icmp' as const,
          },
        ]
      : [];
  });
}

const protoOf = (protocol: string): Probe['proto'] | undefined =>
  protocol === 'TCP' || protocol === '' ? 'tcp' : protocol === 'UDP' ? 'udp' : undefined;

const kindOf = (s: ServiceFact): ClassKind =>
  s.name === 'kubernetes' && s.namespace === 'default' ? 'api' : /(^|-)dns$/.test(s.name) ? 'dns' : 'service';

function serviceClasses(world: World): readonly EndClass[] {
  return world.model.facts('service').flatMap((s) => {
    const ip = s.clusterIps[0];
    if (ip === undefined || ipOf(ip)?.family !== 4) return [];
    return s.ports.flatMap((p) => {
      const proto = protoOf(p.protocol);
      if (!proto) return [];
      return [
        {
          kind: kindOf(s),
          name: `${s.namespace}/${s.name}:${p.port}${proto === 'udp' ? '/udp' : ''}`,
          end: ip,
          size: 1,
          proto,
          port: p.port,
        },
      ];
    });
  });
}

/** NodePorts at each node: asked from outside. */
function nodePorts(world: World, nodes: readonly EndClass[]): readonly EndClass[] {
  return world.model.facts('service').flatMap((s) =>
    s.ports.flatMap((p) => {
      const proto = protoOf(p.protocol);
      if (!proto || p.nodePort === undefined) return [];
      const { nodePort } = p;
      return nodes.map((n) => ({
        kind: 'node-port' as const,
        name: `${n.name}:${nodePort} (${s.namespace}/${s.name})`,
        ...(n.node !== undefined && { node: n.node }),
        end: n.end,
        size: 1,
        proto,
        port: nodePort,
      }));
    }),
  );
}

/** An address of nobody captured on the nodes' network, who asks NodePorts: the first free one behind the node's own. */
function outsider(world: World): EndClass | undefined {
  for (const machine of world.machines)
    for (const device of machine.devices.values())
      for (const segment of world.segments(device)) {
        if (segment.apart || segment.prefix.family !== 4 || segment.prefix.length > 29) continue;
        const base = segment.prefix.words[0] ?? 0;
        for (let host = 2 ** (32 - segment.prefix.length) - 2; host > 1; host--) {
          const n = (base + host) >>> 0;
          const ip = ipOf([n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.'));
          if (ip && world.owners(ip).length === 0 && world.pod(ip).kind === 'none')
            return { kind: 'outside', name: 'outside', end: ip.text, size: 1, proto: 'icmp' };
        }
      }
  return undefined;
}

/**
 * Which classes there are: sources are the pods of each node, the nodes and an outside host; destinations those, each port of each service,
 * and the NodePorts. A service's endpoints are outcomes of its pair.
 */
function classesOf(world: World, podsOfNodes: PodsByNode): Pick<Matrix, 'sources' | 'destinations'> {
  const pods = podClasses(podsOfNodes);
  const nodes = nodeClasses(world);
  const out = outsider(world);
  return {
    sources: [...pods, ...nodes, ...(out ? [out] : [])],
    destinations: [...pods, ...nodes, ...serviceClasses(world), ...nodePorts(world, nodes)],
  };
}

/**
 * Is the pair one that Kubernetes promises, or anybody would ask for? NodePorts are for who is outside; within the cluster each node asks those
 * of the next.
 */
function isAsked(src: EndClass, dst: EndClass, nextTo: (node: string) => string | undefined): boolean {
  if (src.kind === 'outside') return dst.kind === 'node' || dst.kind === 'node-port';
  if (dst.kind === 'node-port')
    return src.kind === 'node' && src.node !== undefined && src.node !== dst.node && nextTo(src.node) === dst.node;
  return src.name !== dst.name || (src.kind === 'pods' && src.size > 1);
}

/** Walks one probe per pair of classes. */
export function reachAll(world: World): Matrix {
  const like = world.model.nodes.length < FEW ? undefined : likenessOf(world);
  const pods = podsByNode(world, like);
  const { sources, destinations } = classesOf(world, pods);
  const pairs: Pair[] = [];
  const walk = pairWalker(world, like);
  const names = sources.flatMap((s) => (s.kind === 'node' && s.node !== undefined ? [s.node] : []));
  const next = new Map(names.map((name, i) => [name, names[(i + 1) % names.length]]));
  for (const src of sources)
    for (const dst of destinations) {
      if (!isAsked(src, dst, (node) => next.get(node))) continue;
      const probe: Probe = {
        src: src.end,
        // A pod of the class that is not the one that asks.
        dst: src.name === dst.name ? (pods.get(dst.node ?? '')?.[1] ?? dst.end) : dst.end,
        proto: dst.proto,
        ...(dst.port !== undefined && { port: dst.port }),
      };
      const traced = walk(src, dst, probe);
      if (traced.kind === 'trace') pairs.push({ src, dst, trace: traced.trace });
    }
  return { sources, destinations, pairs };
}
