import type { ClusterModel, Missing } from '../model/types.js';
import { fingerprintOf } from './fingerprint.js';
import type { Confidence, FindingDraft, Outcome, Rule, Severity } from './types.js';
import { prepareView } from './view.js';

export interface RuleSetting {
  readonly severity?: 'off' | Severity;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A finding with everything but the text of its lines. */
export interface CheckedFinding extends Omit<FindingDraft, 'kind' | 'severity' | 'confidence'> {
  readonly rule: Rule;
  readonly severity: Severity;
  /** A warning that becomes an error with what it is proven to bring about: nobody configured it, and it is certain. */
  readonly raisable?: true;
  readonly confidence: Confidence;
  readonly fingerprint: string;
}

export interface RuleRun {
  readonly rule: Rule;
  readonly outcome: Outcome;
  readonly applicable: boolean;
  readonly findings: readonly CheckedFinding[];
  readonly missing: readonly Missing[];
  readonly error?: string;
}

const RANK: Readonly<Record<Severity, number>> = { error: 2, warning: 1, info: 0 };
const lower = (a: Severity, b: Severity): Severity => (RANK[a] < RANK[b] ? a : b);

/** `possible` never exceeds info, `likely` never warning unless the rule's entry says so. */
function cap(severity: Severity, confidence: Confidence, rule: Rule): Severity {
  if (confidence === 'possible') return 'info';
  return confidence === 'likely' && rule.likelyMayBeError !== true ? lower(severity, 'warning') : severity;
}

function complete(rule: Rule, draft: FindingDraft, setting: RuleSetting | undefined): CheckedFinding {
  const confidence = draft.confidence ?? 'certain';
  const asked = setting?.severity === undefined || setting.severity === 'off' ? undefined : setting.severity;
  const own = cap(draft.severity ?? rule.severity, confidence, rule);
  // A configured severity replaces the rule's; what the rule lowered for want of proof stays lowered.
  const kept = asked === undefined ? own : RANK[own] < RANK[rule.severity] ? lower(asked, own) : asked;
  // No setting makes a guess more certain than it is.
  const severity = cap(kept, confidence, rule);
  const { kind: _, severity: __, confidence: ___, ...rest } = draft;
  const raisable = asked === undefined && severity === 'warning' && cap('error', confidence, rule) === 'error';
  return {
    ...rest,
    ...{ rule, severity, confidence },
    ...(raisable && { raisable }),
    fingerprint: fingerprintOf(rule.id, draft.nodes, draft.subject),
  };
}

/** Rules of users are not type-checked: a finding without its proof is a crash of that rule, not of the report. */
function assertWhole(draft: FindingDraft): void {
  const { nodes, evidence, later = [], subject, message } = draft as Partial<FindingDraft>;
  const texts = [subject, message, ...(nodes ?? [])];
  if (!nodes || nodes.length === 0 || !evidence || evidence.length === 0)
    throw new TypeError('a finding needs a node and evidence');
  if (texts.some((t) => typeof t !== 'string'))
    throw new TypeError('a finding needs nodes, subject and message as text');
  if (![...evidence, ...later].every((e) => Number.isSafeInteger(e.at)))
    throw new TypeError('evidence needs the `at` of a fact');
}

/** Of two findings on one thing the graver counts. */
function keep(findings: Map<string, CheckedFinding>, finding: CheckedFinding): void {
  const held = findings.get(finding.fingerprint);
  if (!held || RANK[finding.severity] > RANK[held.severity]) findings.set(finding.fingerprint, finding);
}

/** Clean only where no question stayed open: an unknown without a node, or on every host, leaves the rule unassessed. */
function outcomeWithout(findings: number, open: readonly Missing[], hosts: readonly string[]): Outcome {
  if (findings > 0) return 'found';
  if (open.length === 0) return 'clean';
  const nodes = new Set(open.map((m) => m.node));
  return nodes.has(undefined) || hosts.every((h) => nodes.has(h)) ? 'not-assessed' : 'clean';
}

const saysOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));

function runRule(model: ClusterModel, rule: Rule, setting: RuleSetting | undefined): RuleRun {
  const applicable = rule.technology === undefined || model.technologies.has(rule.technology);
  const findings = new Map<string, CheckedFinding>();
  const missing: Missing[] = [];
  const end = (outcome: Outcome): RuleRun => ({ rule, outcome, applicable, findings: [...findings.values()], missing });
  try {
    const prepared = prepareView(model, rule);
    missing.push(...prepared.missing);
    // Nothing was captured: then nothing is clean.
    if (!applicable || !prepared.runnable || model.captures.length === 0) return end('not-assessed');
    const open: Missing[] = [];
    for (const result of rule.check(prepared.view, { ...rule.options?.defaults, ...setting?.options })) {
      if (result.kind === 'unknown') {
        const { kind: _, ...rest } = result;
        open.push(rest);
        missing.push(rest);
      } else {
        assertWhole(result);
        keep(findings, complete(rule, result, setting));
      }
    }
    return end(
      outcomeWithout(
        findings.size,
        open,
        prepared.view.hosts.map((h) => h.node),
      ),
    );
  } catch (error) {
    return { ...end('crashed'), error: saysOf(error) };
  }
}

/** Runs every rule that is not switched off, in the order of their ids. A crash of one stays with that one. */
export function runRules(
  model: ClusterModel,
  rules: readonly Rule[],
  settings: Readonly<Record<string, RuleSetting>>,
): readonly RuleRun[] {
  return [...rules]
    .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .filter((r) => settings[r.id]?.severity !== 'off')
    .map((r) => runRule(model, r, settings[r.id]));
}
