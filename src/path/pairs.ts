import { type Likeness, likenessOf } from './alike.js';
import type { EndClass } from './reach.js';
import { type Traced, traceProbe } from './trace.js';
import type { Probe, Trace } from './types.js';
import type { World } from './world.js';

/** A pair that was walked, and all nodes that had a part in it. */
interface Walked {
  readonly src: EndClass;
  readonly dst: EndClass;
  readonly trace: Trace;
  readonly probe: Probe;
  /** But for the two. */
  readonly others: readonly string[];
}

/** Below this number of nodes every pair is walked. */
const FEW = 6;
/** So many alike are looked at before a pair is walked. */
const MOST_ALIKE = 6;
/** Lost packets are walked one by one, for each has its own line to show, until they are this many. */
const MOST_LOST = 4000;

const othersOf = (src: EndClass, dst: EndClass, trace: Trace): readonly string[] => [
  ...new Set(
    trace.outcomes
      .flatMap((o) => o.legs.flatMap((l) => l.steps.map((s) => s.node)))
      .filter((n) => n !== src.node && n !== dst.node && n !== 'outside'),
  ),
];

/** Which pairs can be alike at all: the kinds of both ends, the nodes and pods that they are on, and the service. */
function keyOf(like: Likeness, src: EndClass, dst: EndClass, probe: Probe): string {
  const end = (c: EndClass, text: string): string =>
    `${c.kind} ${c.node === undefined ? (like.service(text)?.shape ?? text) : like.node(c.node)} ${c.kind === 'pods' ? (like.pod(text) ?? text) : ''}`;
  const same = `${src.node === dst.node} ${probe.src === probe.dst}`;
  return `${end(src, probe.src)} | ${end(dst, probe.dst)} | ${probe.proto} ${probe.port ?? ''} ${same}`;
}

/** Addresses and nodes of one pair, by those of another that stand in the same place. */
interface Places {
  readonly addresses: ReadonlyMap<string, string>;
  readonly nodes: ReadonlyMap<string, string>;
}

/** Undefined: what the one has in two places the other has in one, or there is none that answers to it. */
function placesOf(like: Likeness, a: Walked, src: EndClass, dst: EndClass, probe: Probe): Places | undefined {
  const addresses = new Map<string, string>();
  const nodes = new Map<string, string>();
  const put = (map: Map<string, string>, from: string | undefined, to: string | undefined): boolean => {
    if (from === undefined || to === undefined) return from === to;
    const held = map.get(from);
    if (held === undefined) map.set(from, to);
    return held === undefined || held === to;
  };
  const below = like.service(a.probe.dst)?.below ?? [];
  const below2 = like.service(probe.dst)?.below ?? [];
  const fits =
    put(nodes, a.src.node, src.node) &&
    put(nodes, a.dst.node, dst.node) &&
    put(addresses, a.probe.src, probe.src) &&
    put(addresses, a.probe.dst, probe.dst) &&
    below.length === below2.length &&
    below.every((e, i) => {
      const e2 = below2[i] ?? '';
      if (e === a.probe.dst || e2 === probe.dst) return e === a.probe.dst && e2 === probe.dst;
      return like.end(e) === like.end(e2) && put(addresses, e, e2) && put(nodes, like.nodeOf(e), like.nodeOf(e2));
    }) &&
    a.others.every((o) => nodes.has(o) || put(nodes, o, o));
  const isOneToOne = (map: ReadonlyMap<string, string>): boolean => new Set(map.values()).size === map.size;
  return fits && isOneToOne(addresses) && isOneToOne(nodes) ? { addresses, nodes } : undefined;
}

/** Do the nodes know each other as those of the other pair do? */
function isAlike(like: Likeness, { nodes }: Places): boolean {
  const all = [...nodes];
  return all.every(([p, p2]) =>
    all.every(([q, q2]) => p === q || (p === p2 && q === q2) || like.toward(p)(q) === like.toward(p2)(q2)),
  );
}

/** What a pair that is alike would give, with its own names. */
function asPair(like: Likeness, a: Walked, { addresses, nodes }: Places, probe: Probe): Trace {
  const on = (node: string): string => nodes.get(node) ?? node;
  const address = (text: string): string => addresses.get(text) ?? like.same(text, on);
  const words = (text: string): string => text.replace(/[\w.-]+/g, on);
  const missing = (all: Trace['missing']): Trace['missing'] =>
    all.map(({ at: _, node, ...m }) => ({ ...m, ...(node !== undefined && { node: on(node) }) }));
  const { proto, port, verdict, because, observed } = a.trace;
  // Few ask for more than the verdict, and there may be a hundred thousand pairs.
  return {
    src: probe.src,
    dst: probe.dst,
    proto,
    ...(port !== undefined && { port }),
    verdict,
    ...(because && { because }),
    observed,
    get outcomes() {
      return a.trace.outcomes.map((o) => ({
        ...o,
        endpoint: address(o.endpoint),
        missing: missing(o.missing),
        legs: [],
        ...(o.seenSource !== undefined && { seenSource: address(o.seenSource) }),
      }));
    },
    get assumptions() {
      return a.trace.assumptions.map(words);
    },
    get missing() {
      return missing(a.trace.missing);
    },
  };
}

/**
 * Walks pairs of classes. Of pairs between nodes that are alike one is walked for all: what its walk looks at is the same text for each
 * (see Likeness). Where packets are lost each pair is walked, so that each names its own line.
 */
export function pairWalker(world: World): (src: EndClass, dst: EndClass, probe: Probe) => Traced {
  if (world.model.nodes.length < FEW) return (_src, _dst, probe) => traceProbe(world, probe);
  const like = likenessOf(world);
  const walked = new Map<string, Walked[]>();
  let lost = 0;
  return (src, dst, probe) => {
    const key = keyOf(like, src, dst, probe);
    const alike = walked.get(key) ?? [];
    for (const a of alike) {
      const places = placesOf(like, a, src, dst, probe);
      const isLost = a.trace.verdict === 'dropped' || a.trace.verdict === 'partly';
      if (places && isAlike(like, places) && (!isLost || lost > MOST_LOST))
        return { kind: 'trace', trace: asPair(like, a, places, probe) };
    }
    const traced = traceProbe(world, probe);
    if (traced.kind !== 'trace') return traced;
    const { trace } = traced;
    if (trace.verdict === 'dropped' || trace.verdict === 'partly') lost++;
    if (trace.observed.length === 0 && alike.length < MOST_ALIKE)
      walked.set(key, [...alike, { src, dst, trace, probe, others: othersOf(src, dst, trace) }]);
    return traced;
  };
}
