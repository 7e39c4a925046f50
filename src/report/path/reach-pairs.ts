import type { JsonClass, ReachJson, ReachProbeJson } from './json.js';
import { endsOf, inOrder } from './names.js';

type Pair = NonNullable<ReachProbeJson['pair']>;

/** Names of one kind that a line tells before it counts them. */
const NAMED = 3;
const NAMED_VERBOSE = 12;
/** Lines of pairs below a cause. */
const LINES = 4;

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

/** Those of one side that have the same others, by what `key` says of these. */
function blocksOf(
  sides: Sides,
  key: (others: ReadonlySet<JsonClass>) => string,
): readonly (readonly [JsonClass[], Set<JsonClass>])[] {
  const blocks = new Map<string, [JsonClass[], Set<JsonClass>]>();
  for (const { classes, others } of sides.values()) {
    const k = key(others);
    const held = blocks.get(k);
    if (held) {
      held[0].push(...classes);
      for (const o of others) held[1].add(o);
    } else blocks.set(k, [[...classes], new Set(others)]);
  }
  return [...blocks.values()];
}

const exactKey = (others: ReadonlySet<JsonClass>): string => [...new Set([...others].map(keyOf))].sort().join('\n');

/** `pods of node-1 to pods of 4 nodes, 12 services and 3 DNS ports`: whom a cause costs what. */
export function pairLines(reach: ReachJson, pairs: readonly Pair[], verbose: boolean): readonly string[] {
  const most = verbose ? NAMED_VERBOSE : NAMED;
  const sources = new Map((reach.sources ?? []).map((c) => [c.name, c]));
  const targets = new Map((reach.destinations ?? []).map((c) => [c.name, c]));
  const both = pairs.flatMap(({ src, dst }): readonly (readonly [JsonClass, JsonClass])[] => {
    const [from, to] = [sources.get(src), targets.get(dst)];
    return from && to ? [[from, to]] : [];
  });
  const text = ({ sources, targets }: Block): string =>
    `${endsOf(ordered(sources), most)} to ${endsOf(ordered(targets), most)}`;
  const bySource = sidesOf(both);
  const byTarget = sidesOf(both.map(([from, to]) => [to, from]));
  const exact = [
    blocksOf(bySource, exactKey).map(([s, t]): Block => ({ sources: s, targets: [...t] })),
    blocksOf(byTarget, exactKey).map(([t, s]): Block => ({ sources: [...s], targets: t })),
  ].sort((a, b) => a.length - b.length)[0];
  if (exact && (verbose || exact.length <= LINES)) return exact.map(text);
  // `pods of 60 nodes to pods of 99 nodes`: each of them to its own 99.
  const alike = new Map<string, JsonClass[]>();
  for (const { classes, others } of bySource.values()) {
    const to = endsOf(ordered(others), most);
    alike.set(to, [...(alike.get(to) ?? []), ...classes]);
  }
  if (alike.size <= LINES) return [...alike].map(([to, from]) => `${endsOf(ordered(from), most)} to ${to}`);
  // At last each kind of source to whatever any of it loses packets to.
  const kinds = new Map<string, (readonly [JsonClass, JsonClass])[]>();
  for (const pair of both) {
    const held = kinds.get(pair[0].kind);
    if (held) held.push(pair);
    else kinds.set(pair[0].kind, [pair]);
  }
  return [...kinds.values()].map((list) => {
    const [from, to] = [new Set(list.map((p) => p[0])), new Set(list.map((p) => p[1]))];
    const isWhole = list.length === from.size * to.size;
    return `${text({ sources: [...from], targets: [...to] })}${isWhole ? '' : ' (not each to each: --verbose)'}`;
  });
}
