import type { Likeness, Service } from './alike.js';
import type { EndClass } from './end-class.js';
import { regularNodes } from './regular.js';
import { type Traced, traceProbe } from './trace.js';
import type { Probe, Trace } from './types.js';
import type { World } from './world.js';

/** A pair that was walked, and all nodes that had a part in it. */
interface Walked {
  readonly src: EndClass;
  readonly dst: EndClass;
  readonly trace: Trace;
  readonly probe: Probe;
  readonly isLost: boolean;
  /** No third node and no service has a part: only the two nodes count. */
  readonly isPlain: boolean;
  /** But for the two. */
  readonly others: readonly string[];
}

/** So many alike are looked at before a pair is walked. */
const MOST_ALIKE = 6;
/** Lost packets are walked one by one, for each has its own line to show, until they are this many. */
const MOST_LOST = 4000;

/**
 * Nodes that stay who they are in a pair that is alike: those on the way, and those of a service's endpoints, which are the same for whoever
 * asks, unless the rules say which endpoints answer to which.
 */
function othersOf(like: Likeness, src: EndClass, dst: EndClass, probe: Probe, trace: Trace): readonly string[] {
  const steps = trace.outcomes.flatMap((o) => o.legs.flatMap((l) => l.steps.map((s) => s.node)));
  const service = serviceOf(like, src.node, dst, probe.dst);
  const answering = new Set([src.node, dst.node, 'outside', ...(service?.below ?? []).map((e) => like.nodeOf(e))]);
  const isEnd = dst.kind === 'pods' || dst.kind === 'node';
  const fixed = isEnd || service ? [] : trace.outcomes.map((o) => like.nodeOf(o.endpoint) ?? '');
  return [...new Set([...steps.filter((n) => !answering.has(n)), ...fixed.filter((n) => n !== '')])];
}

/**
 * What the rules say of the service that is asked: of a ClusterIP those of who asks, of a NodePort those of the node that has it, which
 * are the same for all nodes that are alike.
 */
const serviceOf = (like: Likeness, asker: string | undefined, dst: EndClass, address: string): Service | undefined =>
  dst.kind === 'node-port' ? like.service(dst.node, `:${dst.port ?? ''}`) : like.service(asker, address);

/** Which ends can be alike at all: by their kind, the node and pod that they are on, or the service. Numbers, as there are many pairs. */
function endNumbers(like: Likeness): (end: EndClass, text: string, asker?: string) => number {
  const numbers = new Map<string, number>();
  const known = new Map<EndClass, Map<string, number>>();
  const numberOf = (c: EndClass, text: string, asker: string | undefined): number => {
    // What a service is the rules of who asks say.
    const service = serviceOf(like, asker, c, text)?.shape;
    const where = c.node === undefined ? (service ?? text) : `${like.node(c.node)} ${service ?? ''}`;
    const key = `${c.kind} ${c.family} ${where} ${c.kind === 'pods' ? (like.pod(text) ?? text) : ''} ${c.proto} ${c.kind === 'node-port' && service !== undefined ? '' : (c.port ?? '')}`;
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  return (c, text, asker) => {
    if (text !== c.end) return numberOf(c, text, asker);
    const ofEnd = known.get(c) ?? new Map<string, number>();
    known.set(c, ofEnd);
    const as = c.node === undefined && asker !== undefined ? like.node(asker) : '';
    const held = ofEnd.get(as) ?? numberOf(c, text, asker);
    ofEnd.set(as, held);
    return held;
  };
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
  const below = serviceOf(like, a.src.node, a.dst, a.probe.dst)?.below ?? [];
  const below2 = serviceOf(like, src.node, dst, probe.dst)?.below ?? [];
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
    a.others.every(
      (o) =>
        put(nodes, o, o) && serviceOf(like, o, a.dst, a.probe.dst)?.shape === serviceOf(like, o, dst, probe.dst)?.shape,
    );
  const isOneToOne = (map: ReadonlyMap<string, string>): boolean => new Set(map.values()).size === map.size;
  return fits && isOneToOne(addresses) && isOneToOne(nodes) ? { addresses, nodes } : undefined;
}

function isPlainlyAlike(like: Likeness, a: Walked, src: EndClass, dst: EndClass): boolean {
  const [s, d, s2, d2] = [a.src.node, a.dst.node, src.node, dst.node];
  if ((s === undefined) !== (s2 === undefined) || (d === undefined) !== (d2 === undefined)) return false;
  // Who is outside, and a service without rules of its own, knows nobody.
  if (s === undefined || d === undefined || s2 === undefined || d2 === undefined) return true;
  return s === d || (like.toward(s)(d) === like.toward(s2)(d2) && like.toward(d)(s) === like.toward(d2)(s2));
}

/** Do the nodes know each other as those of the other pair do? */
function isAlike(like: Likeness, { nodes }: Places): boolean {
  const all = [...nodes];
  return all.every(([p, p2]) =>
    all.every(([q, q2]) => p === q || (p === p2 && q === q2) || like.toward(p)(q) === like.toward(p2)(q2)),
  );
}

/** Names and addresses of a pair in the place of those of one that it is alike. */
function renaming(like: Likeness, places: Places | undefined) {
  const on = (node: string): string => places?.nodes.get(node) ?? node;
  return {
    on,
    address: (text: string): string => places?.addresses.get(text) ?? like.same(text, on),
    missing: (all: Trace['missing']): Trace['missing'] =>
      all.map(({ at: _, node, ...m }) => ({ ...m, ...(node !== undefined && { node: on(node) }) })),
  };
}

function outcomesOf(like: Likeness, a: Walked, places: Places | undefined): Trace['outcomes'] {
  const { address, missing } = renaming(like, places);
  return a.trace.outcomes.map((o) => ({
    ...o,
    endpoint: address(o.endpoint),
    missing: missing(o.missing),
    ...(o.seenSource !== undefined && { seenSource: address(o.seenSource) }),
  }));
}

/** A pair that is alike: what it would give is made with its own names when it is asked for. */
interface LikePair extends Trace {
  readonly of: {
    readonly like: Likeness;
    readonly walked: Walked;
    readonly probe: Probe;
    src: EndClass;
    dst: EndClass;
  };
}

const placesIn = ({ of: { like, walked, src, dst, probe } }: LikePair): Places | undefined =>
  placesOf(like, walked, src, dst, probe);

/** Few ask for more than the verdict, and there may be a hundred thousand pairs: they share what reads them. */
const LIKE_PAIR: object = Object.defineProperties(
  {},
  {
    outcomes: {
      get(this: LikePair) {
        return outcomesOf(this.of.like, this.of.walked, placesIn(this));
      },
    },
    assumptions: {
      get(this: LikePair) {
        const { on } = renaming(this.of.like, placesIn(this));
        return this.of.walked.trace.assumptions.map((text) => text.replace(/[\w.-]+/g, on));
      },
    },
    missing: {
      get(this: LikePair) {
        return renaming(this.of.like, placesIn(this)).missing(this.of.walked.trace.missing);
      },
    },
  },
);

function asPair(like: Likeness, walked: Walked, src: EndClass, dst: EndClass, probe: Probe): Trace {
  const pair = Object.create(LIKE_PAIR);
  const { trace } = walked;
  pair.src = probe.src;
  pair.dst = probe.dst;
  pair.proto = trace.proto;
  if (probe.port !== undefined) pair.port = probe.port;
  pair.verdict = trace.verdict;
  if (trace.because) pair.because = trace.because;
  pair.observed = trace.observed;
  pair.of = { like, walked, src, dst, probe };
  return pair;
}

/** What was alike just now most likely is so again. */
function toFront(alike: Walked[], i: number): Walked {
  const a = alike[i] as Walked;
  alike[i] = alike[0] as Walked;
  alike[0] = a;
  return a;
}

/** Where a service's endpoints are. */
interface Spread {
  readonly key: string;
  readonly isRegular: boolean;
  /** Places of those that are on each node. */
  readonly on: ReadonlyMap<string, string>;
}

/**
 * Pairs between nodes that know each other as all do, by keys: equal keys, equal walks. The key holds what `placesOf` and `isAlike` would
 * compare: what the ends and the endpoints are alike to, and which of them are the same node or pod.
 */
function keyedPairs(like: Likeness, regular: ReadonlySet<string>) {
  const spreads = new Map<Service, Spread>();
  const spreadOf = (service: Service): Spread => {
    const known = spreads.get(service);
    if (known) return known;
    const nodes = service.below.map((e) => like.nodeOf(e));
    const on = new Map<string, string>();
    for (const [i, n] of nodes.entries()) if (n !== undefined) on.set(n, `${on.get(n) ?? ''}${i},`);
    const made = {
      key: [service.shape, ...service.below.map((e, i) => `${nodes.indexOf(nodes[i])} ${like.end(e)}`)].join('; '),
      isRegular: nodes.every((n) => n === undefined || regular.has(n)),
      on,
    };
    spreads.set(service, made);
    return made;
  };
  const isRegular = (node: string | undefined): boolean => node === undefined || regular.has(node);
  const numbers = new Map<string, number>();
  return (from: number, to: number, src: EndClass, dst: EndClass, probe: Probe): string | undefined => {
    if (!isRegular(src.node) || !isRegular(dst.node)) return undefined;
    const service = serviceOf(like, src.node, dst, probe.dst);
    if (!service) return `${from} ${to}`;
    const spread = spreadOf(service);
    if (!spread.isRegular || service.below.includes(probe.dst)) return undefined;
    const number = numbers.get(spread.key) ?? numbers.size;
    numbers.set(spread.key, number);
    const at = (node: string | undefined): string => spread.on.get(node ?? '') ?? '';
    return `${from} ${to} ${number} ${at(src.node)} ${at(dst.node)} ${service.below.indexOf(probe.src)}`;
  };
}

/**
 * Walks pairs of classes. Of pairs between nodes that are alike one is walked for all: what its walk looks at is the same text for each
 * (see Likeness). Where packets are lost each pair is walked, so that each names its own line.
 */
export function pairWalker(
  world: World,
  like: Likeness | undefined,
): (src: EndClass, dst: EndClass, probe: Probe) => Traced {
  if (!like) return (_src, _dst, probe) => traceProbe(world, probe);
  const numberOf = endNumbers(like);
  const keyOf = keyedPairs(
    like,
    regularNodes(
      like,
      world.model.nodes.map((n) => n.name),
    ),
  );
  const walked = new Map<number, Map<number, Walked[]>>();
  const keyed = new Map<string, Walked>();
  let lost = 0;
  const counts = (a: Walked): boolean => !a.isLost || lost > MOST_LOST;
  return (src, dst, probe) => {
    const from =
      numberOf(src, probe.src === src.asks ? src.end : probe.src) * 4 +
      (src.node === dst.node ? 2 : 0) +
      (probe.src === probe.dst ? 1 : 0);
    const to = numberOf(dst, probe.dst, src.node);
    const key = keyOf(from, to, src, dst, probe);
    const known = key === undefined ? undefined : keyed.get(key);
    if (known && counts(known)) return { kind: 'trace', trace: asPair(like, known, src, dst, probe) };
    const ofSource = walked.get(from) ?? new Map<number, Walked[]>();
    walked.set(from, ofSource);
    const alike = ofSource.get(to) ?? [];
    for (const [i, a] of alike.entries()) {
      if (!counts(a)) continue;
      const places = a.isPlain ? undefined : placesOf(like, a, src, dst, probe);
      if (places ? isAlike(like, places) : a.isPlain && isPlainlyAlike(like, a, src, dst))
        return { kind: 'trace', trace: asPair(like, toFront(alike, i), src, dst, probe) };
    }
    const traced = traceProbe(world, probe);
    if (traced.kind !== 'trace') return traced;
    const { trace } = traced;
    const isLost = trace.verdict === 'dropped' || trace.verdict === 'partly';
    if (isLost) lost++;
    if (trace.observed.length > 0) return traced;
    const outcomes = trace.outcomes.map((o) => ({ ...o, legs: [] }));
    const others = othersOf(like, src, dst, probe, trace);
    const isPlain = others.length === 0 && !serviceOf(like, src.node, dst, probe.dst);
    const made = { src, dst, trace: { ...trace, outcomes }, isLost, isPlain, probe, others };
    if (key !== undefined && others.length === 0) keyed.set(key, made);
    if (alike.length < MOST_ALIKE) {
      alike.push(made);
      ofSource.set(to, alike);
    }
    return traced;
  };
}
