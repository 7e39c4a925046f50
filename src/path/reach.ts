import { type Likeness, likenessOf } from './alike.js';
import { classesOf, familiesOf } from './classes.js';
import type { Classes, EndClass } from './end-class.js';
import { ipOf } from './ip.js';
import { pairWalker } from './pairs.js';
import type { Probe, Trace } from './types.js';
import type { World } from './world.js';

/** Below this number of nodes every pair is walked. */
const FEW = 6;

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

const isPort = ({ kind, port }: EndClass): boolean => port !== undefined && /^(?:pods|node)$/.test(kind);

/** From a node to the next, in a ring. */
const ring = (nodes: readonly string[]): ReadonlyMap<string, string | undefined> =>
  new Map(nodes.map((name, i) => [name, nodes[(i + 1) % nodes.length]]));

const nodesOf = (classes: readonly EndClass[], fits: (c: EndClass) => boolean): readonly string[] =>
  classes.flatMap((c) => (fits(c) && c.node !== undefined ? [c.node] : []));

/**
 * Is the pair one that Kubernetes promises, or anybody would ask for? NodePorts are for who is outside; within the cluster each node asks those
 * of the next. Of odd pods it is asked what shows how they are attached: their node, its other pods, those of the next node, DNS and the API, the
 * services that lead to themselves; and a node that has their address as well, with its pods.
 */
function askedIn(
  world: World,
  { sources, isEndpoint, asksItself }: Classes,
): (src: EndClass, dst: EndClass) => boolean {
  const next = ring(nodesOf(sources, (s) => s.kind === 'node'));
  const nextPods = ring(nodesOf(sources, (s) => s.kind === 'pods' && !s.odd));
  const hasToo = (odd: EndClass, node: string | undefined): boolean => {
    const ip = ipOf(odd.end);
    return ip !== undefined && world.owners(ip).some((m) => m.netns === '' && m.node === node);
  };
  const isOfOdd = (odd: EndClass, other: EndClass): boolean => {
    if (/^(?:pods|node)$/.test(other.kind) && !other.odd && hasToo(odd, other.node)) return true;
    if (other.kind === 'pods' && !other.odd)
      return other.node === odd.node || nextPods.get(odd.node ?? '') === other.node;
    if (other.kind === 'service') return isEndpoint(odd, other) || asksItself(odd, other) !== undefined;
    return (
      other.name === odd.name || (other.kind === 'node' ? other.node === odd.node : /^(?:dns|api)$/.test(other.kind))
    );
  };
  const isSmall = world.model.nodes.length < FEW;
  /** Ports are asked for where there are few nodes by all, of many by the node itself and the one before it. */
  const isNear = (src: EndClass, dst: EndClass): boolean =>
    isSmall || src.node === dst.node || (src.kind === 'pods' ? nextPods : next).get(src.node ?? '') === dst.node;
  return (src, dst) => {
    if (isPort(dst)) return /^(?:pods|node)$/.test(src.kind) && !src.odd && isNear(src, dst);
    if (src.name === dst.name && (src.kind !== 'pods' || src.size < 2)) return false;
    if (src.odd) return isOfOdd(src, dst);
    if (src.kind === 'outside') return dst.kind === 'node' || dst.kind === 'node-port' || dst.external === true;
    if (dst.odd) return isOfOdd(dst, src);
    if (dst.kind !== 'node-port') return true;
    return src.kind === 'node' && src.node !== undefined && src.node !== dst.node && next.get(src.node) === dst.node;
  };
}

/** Walks one probe per pair of classes, over each family that the cluster has. */
export function reachAll(world: World): Matrix {
  const isBig = world.model.nodes.length >= FEW;
  let like: Likeness | undefined;
  // Reading everything pays where many are compared.
  const likeness = (pods: number): Likeness | undefined => {
    if (isBig || pods > 1) like ??= likenessOf(world);
    return like;
  };
  const ofFamilies = familiesOf(world).map((family) => classesOf(world, family, likeness));
  const walk = pairWalker(world, isBig ? like : undefined);
  const pairs: Pair[] = [];
  for (const classes of ofFamilies) {
    const { sources, destinations, second, asksItself } = classes;
    const isAsked = askedIn(world, classes);
    for (const src of sources)
      for (const dst of destinations) {
        if (!isAsked(src, dst)) continue;
        // A pod of the class that is not the one which is asked, and one that is not the one that asks.
        const asker = isPort(dst) && src.end === dst.end ? second(src) : (src.asks ?? src.end);
        if (asker === undefined) continue;
        const probe: Probe = {
          src: asksItself(src, dst) ?? asker,
          dst: src.name === dst.name ? (second(dst) ?? dst.end) : dst.end,
          proto: dst.proto,
          ...(dst.port !== undefined && { port: dst.port }),
        };
        const traced = walk(src, dst, probe);
        if (traced.kind === 'trace') pairs.push({ src, dst, trace: traced.trace });
      }
  }
  return {
    sources: ofFamilies.flatMap((f) => f.sources),
    destinations: ofFamilies.flatMap((f) => f.destinations),
    pairs,
  };
}
