import type { ClusterKind, FactOf, Kind, StackKind } from '../facts/index.js';
import type { PlacedCapture } from '../kit/index.js';
import { absenceOf, latestFacts, oldestFirst } from './latest.js';
import type { Absence, Listing, Scope, Stack } from './types.js';

/** Which parser emits which kinds: how an empty or failed capture is known to be one of `route`. */
export type Emits = ReadonlyMap<string, readonly string[]>;

interface FactSource<All extends Kind> {
  facts<K extends All>(kind: K): readonly FactOf<K>[];
  listings<K extends All>(kind: K): readonly Listing<K>[];
  absence(kind: All, scope?: Scope): Absence;
  has(kind: All): boolean;
}

/** May a capture speak of a kind that its parser emits? `kubectl get pods` is no listing of nodes, full or not. */
const speaksOf = (capture: PlacedCapture, kind: Kind): boolean =>
  capture.kinds === undefined || capture.kinds.includes(kind);

/** A capture that tells of some entries of a kind while it lists another (`bridge link` of devices): what it tells counts, and nothing is absent. */
const inPassing = (capture: PlacedCapture): PlacedCapture => ({ ...capture, completeness: 'filtered' });

/** Facts over a set of captures, computed when first asked for. */
function factSource<All extends Kind>(captures: readonly PlacedCapture[], emits: Emits): FactSource<All> {
  const emitting = (kind: Kind) => captures.filter((c) => emits.get(c.command)?.includes(kind));
  const ofKind = memo((kind: Kind) => oldestFirst(emitting(kind).filter((c) => speaksOf(c, kind))));
  const facts = memo((kind: Kind) => {
    const telling = emitting(kind).filter((c) => speaksOf(c, kind) || c.facts.some((f) => f.kind === kind));
    return latestFacts(kind, oldestFirst(telling.map((c) => (speaksOf(c, kind) ? c : inPassing(c)))));
  });
  return {
    facts: <K extends All>(kind: K) => facts(kind) as readonly FactOf<K>[],
    listings: <K extends All>(kind: K) =>
      ofKind(kind)
        .filter((c) => !c.failure)
        .map((capture) => ({
          capture,
          facts: capture.facts.filter((f) => f.kind === kind) as unknown as readonly FactOf<K>[],
        })),
    absence: (kind, scope = {}) => absenceOf(kind, ofKind(kind), scope),
    has: (kind) => facts(kind).length > 0 || absenceOf(kind, ofKind(kind), {}).known,
  };
}

function memo<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      known.set(key, value);
    }
    return value;
  };
}

export const makeStack = (node: string, netns: string, captures: readonly PlacedCapture[], emits: Emits): Stack => ({
  node,
  netns,
  ...factSource<StackKind>(captures, emits),
});

export const clusterFacts = (captures: readonly PlacedCapture[], emits: Emits): FactSource<ClusterKind> =>
  factSource<ClusterKind>(captures, emits);
