import { byFamily } from './families.js';
import type { JsonClass, ReachJson, ReachProbeJson } from './json.js';
import { endsOf, inOrder } from './names.js';

type Pair = NonNullable<ReachProbeJson['pair']>;

/** Names of one kind that a line tells before it counts them. */
const NAMED = 3;
const NAMED_VERBOSE = 12;
/** Lines of pairs below a cause. */
const LINES = 3;
const NODE_PORT_LINES = 2;

/** Sources and targets, each of the ones with each of the others. */
interface Block {
  readonly sources: readonly JsonClass[];
  readonly targets: readonly JsonClass[];
}

/** One side of the pairs by the other. */
type Sides = ReadonlyMap<string, { readonly classes: Set<JsonClass>; readonly others: Set<JsonClass> }>;

/** A NodePort is the same one on each node: a node asks that of the next only. */
const keyOf = ({ kind, node, name }: JsonClass): string =>
  kind === 'node-port' && node !== undefined && name.startsWith(`${node}:`) ? name.slice(node.length) : name;

function sidesOf(pairs: readonly (readonly [one: JsonClass, other: JsonClass])[]): Sides {
  const out = new Map<string, { classes: Set<JsonClass>; others: Set<JsonClass> }>();
  for (const [one, other] of pairs) {
    const key = keyOf(one);
    const held = out.get(key) ?? { classes: new Set(), others: new Set() };
    out.set(key, held);
    held.classes.add(one);
    held.others.add(other);
  }
  return out;
}

const ordered = (classes: Iterable<JsonClass>): readonly JsonClass[] => [...classes].sort(inOrder);

/** Those of one side that have the same others. */
function blocksOf(sides: Sides): readonly (readonly [JsonClass[], Set<JsonClass>])[] {
  const blocks = new Map<string, [JsonClass[], Set<JsonClass>]>();
  for (const { classes, others } of sides.values()) {
    const k = exactKey(others);
    const held = blocks.get(k);
    if (held) {
      held[0].push(...classes);
      for (const o of others) held[1].add(o);
    } else blocks.set(k, [[...classes], new Set(others)]);
  }
  return [...blocks.values()];
}

const exactKey = (others: ReadonlySet<JsonClass>): string => [...new Set([...others].map(keyOf))].sort().join('\n');

type Two = readonly [from: JsonClass, to: JsonClass];

const textOf = ({ sources, targets }: Block, most: number): string =>
  `${endsOf(ordered(sources), most)} to ${endsOf(ordered(targets), most)}`;

/** Without a loss: by source or by target, whichever takes fewer lines. */
function exactBlocks(pairs: readonly Two[]): readonly Block[] {
  const bySource = blocksOf(sidesOf(pairs)).map(([s, t]): Block => ({ sources: s, targets: [...t] }));
  const byTarget = blocksOf(sidesOf(pairs.map(([from, to]) => [to, from]))).map(
    ([t, s]): Block => ({ sources: [...s], targets: t }),
  );
  return byTarget.length < bySource.length ? byTarget : bySource;
}

/** `pods of 60 nodes to pods of 99 nodes`: each of them to its own 99. */
function alikeLines(pairs: readonly Two[], most: number): readonly string[] {
  const alike = new Map<string, JsonClass[]>();
  for (const [sources, targets] of blocksOf(sidesOf(pairs))) {
    const to = endsOf(ordered(targets), most);
    alike.set(to, [...(alike.get(to) ?? []), ...sources]);
  }
  return [...alike].map(([to, from]) => `${endsOf(ordered(from), most)} to ${to}`);
}

/** Each kind of source to whatever any of it loses packets to. */
function roughLines(pairs: readonly Two[], most: number): readonly string[] {
  const kinds = new Map<string, Two[]>();
  for (const pair of pairs) {
    const held = kinds.get(pair[0].kind);
    if (held) held.push(pair);
    else kinds.set(pair[0].kind, [pair]);
  }
  return [...kinds.values()].map((list) => {
    const [from, to] = [new Set(list.map((p) => p[0])), new Set(list.map((p) => p[1]))];
    const isWhole = list.length === from.size * to.size;
    return `${textOf({ sources: [...from], targets: [...to] }, most)}${isWhole ? '' : ' (not each to each: --verbose)'}`;
  });
}

function linesOf(pairs: readonly Two[], verbose: boolean, room: number): readonly string[] {
  if (verbose) return exactBlocks(pairs).map((b) => textOf(b, NAMED_VERBOSE));
  const exact = exactBlocks(pairs);
  if (exact.length <= room) return exact.map((b) => textOf(b, NAMED));
  const alike = alikeLines(pairs, NAMED);
  return alike.length <= room ? alike : roughLines(pairs, NAMED);
}

function linesOfFamily(reach: ReachJson, pairs: readonly Pair[], verbose: boolean): readonly string[] {
  const sources = new Map((reach.sources ?? []).map((c) => [c.name, c]));
  const targets = new Map((reach.destinations ?? []).map((c) => [c.name, c]));
  const both = pairs.flatMap(({ src, dst }): readonly Two[] => {
    const [from, to] = [sources.get(src), targets.get(dst)];
    return from && to ? [[from, to]] : [];
  });
  // Who asks NodePorts is another question than who asks the ends themselves.
  const isNodePort = ([, to]: Two): boolean => to.kind === 'node-port';
  const [ends, nodePorts] = [both.filter((p) => !isNodePort(p)), both.filter(isNodePort)];
  return [...linesOf(ends, verbose, LINES), ...linesOf(nodePorts, verbose, NODE_PORT_LINES)];
}

/** `pods of node-1 to pods of 4 nodes, 12 services and 3 DNS ports`: whom a cause costs what. */
export function pairLines(reach: ReachJson, probes: readonly ReachProbeJson[], verbose: boolean): readonly string[] {
  return byFamily({ ...reach, probes }).flatMap(({ title, reach: of }) => {
    const lines = linesOfFamily(
      of,
      of.probes.flatMap((p) => p.pair ?? []),
      verbose,
    );
    return title === '' ? lines : lines.map((line) => `${line}, ${title}`);
  });
}
