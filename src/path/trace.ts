import type { Missing } from '../model/types.js';
import { explore, type Tree } from './choices.js';
import { destination, source } from './endpoints.js';
import { observations } from './observed.js';
import { type Run, runProbe } from './probe.js';
import type { Outcome, Probe, Trace, Verdict } from './types.js';
import type { World } from './world.js';

/** An answer, or the sentence that says what is wrong with the question. */
export type Traced =
  | { readonly kind: 'trace'; readonly trace: Trace }
  | { readonly kind: 'error'; readonly says: string };

const TOO_MANY: Missing = {
  input: 'possible ways',
  reason: 'unsupported',
  detail: 'there are too many to walk them all',
};

/** What nobody captured says nothing of a way that lies wholly outside. */
const NOBODYS: Missing = {
  input: 'a node between the two ends',
  reason: 'not-captured',
  detail: 'neither of them is of this cluster, as far as the captures tell',
};

/** A way that no captured stack has a part in, and no captured line ends, is not known, however short it is. */
const isOutside = (world: World, { legs, because }: Folded): boolean =>
  legs.length > 0 &&
  (because?.evidence.length ?? 0) === 0 &&
  world.host(world.outside.node) === undefined &&
  legs.every((l) => l.steps.every((s) => s.node === world.outside.node));

/** Walks one probe there and back, along all ways that it may take. */
export function traceProbe(world: World, probe: Probe): Traced {
  const dst = destination(world, probe.dst);
  if (dst.kind === 'error') return dst;
  const src = source(world, probe.src, dst.end.family);
  if (src.kind === 'error') return src;
  const ends = { world, probe, src: src.end, dst: dst.end };
  const tree = explore<Run>(
    (choose) => runProbe(ends, choose),
    () => ({ endpoint: dst.end.text, verdict: 'unknown', missing: [TOO_MANY], legs: [], assumptions: [] }),
  );
  const outcomes = merge(fold(tree, 1)).map((o) =>
    isOutside(world, o) ? { ...o, verdict: 'unknown' as const, missing: [NOBODYS], legs: [] } : o,
  );
  const because = outcomes.find((o) => o.verdict === 'dropped')?.because;
  const observed = observations(src.end.machine, dst.end, probe);
  const walked = verdictOf(outcomes);
  // An answer that came is one, whatever the walk could not tell; a silence has many reasons.
  const verdict = walked === 'unknown' && observed.at(-1)?.ok === true ? 'delivered' : walked;
  return {
    kind: 'trace',
    trace: {
      src: probe.src,
      dst: probe.dst,
      proto: probe.proto,
      ...(probe.port !== undefined && { port: probe.port }),
      ...(probe.size !== undefined && { size: probe.size }),
      ...(probe.df !== undefined && { df: probe.df }),
      verdict,
      ...(because && verdict !== 'unknown' && { because }),
      outcomes: outcomes.map(({ assumptions: _, ...o }) => o),
      assumptions: [...new Set(outcomes.flatMap((o) => o.assumptions))].sort(),
      missing: distinct(outcomes.flatMap((o) => o.missing)),
      observed,
    },
  };
}

interface Folded extends Outcome {
  readonly assumptions: readonly string[];
}

/** All outcomes of a tree. A fork over what is not known keeps a verdict only where both ways have it. */
function fold(tree: Tree<Run>, share: number): readonly Folded[] {
  switch (tree.kind) {
    case 'leaf':
      return [{ ...tree.result, share }];
    case 'balance':
      return tree.branches.flatMap((b) => fold(b.tree, share * b.weight));
    case 'either':
      return agree(fold(tree.presumed, share), fold(tree.other, share), tree.missing);
  }
}

/** How far a way leads, whatever rules do to the packet on it. */
const length = ({ legs }: Outcome): number =>
  legs.reduce((n, l) => n + l.steps.filter((s) => s.kind !== 'netfilter').length, 0);

/**
 * Where the packet is lost either way, the way that gets furthest has the cause that holds whatever is not known: a rule that is passed, if it is,
 * leads there.
 */
const furthest = (p: Folded, rivals: readonly Folded[]): Folded =>
  p.verdict === 'dropped'
    ? rivals.reduce((best, o) => (length(o) > length(best) ? { ...o, share: best.share } : best), p)
    : p;

function agree(presumed: readonly Folded[], other: readonly Folded[], missing: Missing): readonly Folded[] {
  return presumed.map((p) => {
    const twins = other.filter((o) => o.endpoint === p.endpoint);
    const rivals = twins.length > 0 ? twins : other;
    if (rivals.every((o) => o.verdict === p.verdict)) return furthest(p, rivals);
    const unknown = rivals.flatMap((o) => (o.verdict === 'unknown' ? o.missing : []));
    return { ...p, verdict: 'unknown' as const, missing: distinct([...p.missing, missing, ...unknown]) };
  });
}

/** Outcomes that differ in nothing but their way there are one. */
function merge(outcomes: readonly Folded[]): readonly Folded[] {
  const byKey = new Map<string, Folded>();
  for (const o of outcomes) {
    const key = JSON.stringify([
      o.endpoint,
      o.verdict,
      o.seenSource,
      o.because?.node,
      o.because?.netns,
      o.because?.reason,
    ]);
    const held = byKey.get(key);
    byKey.set(key, held ? { ...held, share: held.share + o.share } : o);
  }
  return [...byKey.values()];
}

function verdictOf(outcomes: readonly Outcome[]): Verdict {
  const has = (verdict: Outcome['verdict']): boolean => outcomes.some((o) => o.verdict === verdict);
  if (has('delivered') && has('dropped')) return 'partly';
  if (has('unknown')) return 'unknown';
  return has('dropped') ? 'dropped' : 'delivered';
}

function distinct(missing: readonly Missing[]): readonly Missing[] {
  const seen = new Map<string, Missing>();
  for (const m of missing) {
    const key = `${m.node ?? ''} ${m.input} ${m.reason}`;
    if (!seen.has(key)) seen.set(key, m);
  }
  return [...seen.values()];
}
