import type { At } from '../kit/index.js';
import type { Pair } from '../path/index.js';
import { fingerprintOf } from './fingerprint.js';
import type { CheckedFinding } from './run.js';
import type { CauseDraft, Severity } from './types.js';

/** A finding with its place in the graph of causes. */
export interface Ranked {
  readonly finding: CheckedFinding;
  /** A cause is as grave as the gravest that is proven to come of it. */
  readonly severity: Severity;
  /** Fingerprints of possible causes among the findings. */
  readonly causedBy: readonly string[];
  /** Findings below it, directly or through others. */
  readonly explains: number;
  /** Pairs that it breaks, itself or through those below it. */
  readonly breaks: ReadonlySet<Pair>;
}

const SEVERITY = { error: 100, warning: 30, info: 5 } as const;
const CONFIDENCE = { certain: 1, likely: 0.8, possible: 0.5 } as const;

/** How grave and how certain a finding is, how much it explains, and how many of the walked paths it breaks. */
const score = (f: CheckedFinding, severity: Severity, explained: number, broken: number): number =>
  SEVERITY[severity] * CONFIDENCE[f.confidence] * (1 + Math.log2(1 + explained + broken));

const byText = (a: CheckedFinding, b: CheckedFinding): number => {
  const left = `${a.rule.id}\u0000${a.nodes.join()}\u0000${a.subject}`;
  const right = `${b.rule.id}\u0000${b.nodes.join()}\u0000${b.subject}`;
  return left < right ? -1 : left > right ? 1 : 0;
};

/**
 * An effect points at a cause when the effect's rule names it and both speak of a common node. An effect is never less grave than its
 * cause is certain: a cause of severity info explains nothing.
 */
function parentsFinder(all: readonly CheckedFinding[]): (effect: CheckedFinding) => CheckedFinding[] {
  const byRuleAndNode = new Map<string, CheckedFinding[]>();
  for (const f of all) {
    if (f.severity === 'info') continue;
    for (const node of f.nodes) {
      const key = `${f.rule.id}\u0000${node}`;
      const group = byRuleAndNode.get(key);
      if (group) group.push(f);
      else byRuleAndNode.set(key, [f]);
    }
  }
  const byFingerprint = new Map(all.map((f) => [f.fingerprint, f]));
  const byLine = showing(all);
  const dueTo = ({ rule, nodes, subject }: CauseDraft): readonly CheckedFinding[] => {
    if (subject === undefined) return nodes.flatMap((node) => byRuleAndNode.get(`${rule}\u0000${node}`) ?? []);
    const cause = byFingerprint.get(fingerprintOf(rule, nodes, subject));
    return cause ? [cause] : [];
  };
  return (effect) => {
    const found = new Set<CheckedFinding>((effect.dueTo ?? []).flatMap(dueTo));
    for (const at of effect.restsOn ?? [])
      for (const f of byLine.get(at) ?? []) if (f.restsOn === undefined && f.rule !== effect.rule) found.add(f);
    for (const rule of effect.rule.causedBy ?? [])
      for (const node of effect.nodes) for (const f of byRuleAndNode.get(`${rule}\u0000${node}`) ?? []) found.add(f);
    found.delete(effect);
    return [...found].sort(byText);
  };
}

/** Findings that can be causes, by the lines that they show. */
function showing(all: readonly CheckedFinding[]): ReadonlyMap<At, readonly CheckedFinding[]> {
  const byLine = new Map<At, CheckedFinding[]>();
  if (all.every((f) => f.restsOn === undefined)) return byLine;
  for (const f of all)
    if (f.severity !== 'info')
      for (const { at } of f.evidence) {
        const held = byLine.get(at);
        if (held) held.push(f);
        else byLine.set(at, [f]);
      }
  return byLine;
}

/** The pairs of an effect that a cause breaks: where it shows lines that decided for some of them, those. */
function brokenBy(cause: CheckedFinding, effect: CheckedFinding): readonly Pair[] {
  if (cause === effect || effect.decided === undefined) return effect.breaks ?? [];
  const lines = cause.evidence.filter((e) => effect.decided?.has(e.at));
  return lines.length === 0 ? (effect.breaks ?? []) : lines.flatMap((e) => effect.decided?.get(e.at) ?? []);
}

type Graph = ReadonlyMap<CheckedFinding, readonly CheckedFinding[]>;

/** Everything below `f`, itself included when it is its own effect in the end. A walk of its own: chains may be long, and circles occur. */
function below(f: CheckedFinding, children: Graph): ReadonlySet<CheckedFinding> {
  const seen = new Set<CheckedFinding>();
  const open = [f];
  for (let next = open.pop(); next; next = open.pop())
    for (const child of children.get(next) ?? [])
      if (!seen.has(child)) {
        seen.add(child);
        open.push(child);
      }
  return seen;
}

/** Effects by cause. */
function childrenOf(all: readonly CheckedFinding[], parents: Graph): Graph {
  const children = new Map<CheckedFinding, CheckedFinding[]>(all.map((f) => [f, []]));
  for (const [child, of] of parents) for (const parent of of) children.get(parent)?.push(child);
  return children;
}

/** What a trial of repairs tells of findings. */
export interface Trials {
  /** They seem to be cause and effect, and are not. */
  refutes(cause: CheckedFinding, effect: CheckedFinding): boolean;
  /** Some of these pairs work again once the finding is repaired. */
  proves(cause: CheckedFinding, breaks: ReadonlySet<Pair>): boolean;
}

const UNTRIED: Trials = { refutes: () => false, proves: () => false };

/** Causes first by score, each followed by its effects, then what stands alone. Deterministic for any order of input. */
export function rank(findings: readonly CheckedFinding[], trials: Trials = UNTRIED): readonly Ranked[] {
  const all = [...findings].sort(byText);
  const parentsOf = parentsFinder(all);
  const parents = new Map(all.map((f) => [f, parentsOf(f).filter((parent) => !trials.refutes(parent, f))]));
  const children = childrenOf(all, parents);
  const effects = new Map(all.map((f) => [f, below(f, children)]));
  const explains = (f: CheckedFinding): number => {
    const found = effects.get(f);
    return found === undefined ? 0 : found.size - (found.has(f) ? 1 : 0);
  };
  const breaks = new Map(
    all.map((f) => [f, new Set([f, ...(effects.get(f) ?? [])].flatMap((each) => brokenBy(f, each)))]),
  );
  const raised = new Set(
    all.filter(
      (f) =>
        f.raisable === true &&
        (parents.get(f) ?? []).length === 0 &&
        [...(effects.get(f) ?? [])].some((e) => e.severity === 'error') &&
        trials.proves(f, breaks.get(f) ?? new Set()),
    ),
  );
  const severityOf = (f: CheckedFinding): Severity => (raised.has(f) ? 'error' : f.severity);
  const scores = new Map(all.map((f) => [f, score(f, severityOf(f), explains(f), breaks.get(f)?.size ?? 0)]));
  const order = (a: CheckedFinding, b: CheckedFinding) =>
    SEVERITY[severityOf(b)] - SEVERITY[severityOf(a)] || (scores.get(b) ?? 0) - (scores.get(a) ?? 0) || byText(a, b);
  const placed = new Map<CheckedFinding, number>();
  const place = (root: CheckedFinding) => {
    const open = [root];
    for (let f = open.pop(); f; f = open.pop()) {
      if (placed.has(f)) continue;
      placed.set(f, placed.size);
      open.push(...[...(children.get(f) ?? [])].sort(order).reverse());
    }
  };
  for (const root of all.filter((f) => (parents.get(f) ?? []).length === 0).sort(order)) place(root);
  for (const rest of [...all].sort(order)) place(rest);
  // In a circle of mutual causes the gravest stands as the cause, and what it brings about does not point back at it.
  const isCause = (p: CheckedFinding, f: CheckedFinding) =>
    !effects.get(f)?.has(p) || (placed.get(p) ?? 0) < (placed.get(f) ?? 0);
  return [...placed.keys()].map((finding) => ({
    finding,
    severity: severityOf(finding),
    causedBy: (parents.get(finding) ?? []).filter((p) => isCause(p, finding)).map((p) => p.fingerprint),
    explains: explains(finding),
    breaks: breaks.get(finding) ?? new Set(),
  }));
}
