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
export const atLeast = (severity: Severity, level: Severity): boolean => RANK[severity] >= RANK[level];
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
  const severity = asked === undefined ? own : RANK[own] < RANK[rule.severity] ? lower(asked, own) : asked;
  const { kind: _, severity: __, confidence: ___, ...rest } = draft;
  return { ...rest, rule, severity, confidence, fingerprint: fingerprintOf(rule.id, draft.nodes, draft.subject) };
}

/** Clean only where no question stayed open: an unknown without a node, or on every host, leaves the rule unassessed. */
function outcomeWithout(findings: number, open: readonly Missing[], hosts: readonly string[]): Outcome {
  if (findings > 0) return 'found';
  if (open.length === 0) return 'clean';
  const nodes = new Set(open.map((m) => m.node));
  return nodes.has(undefined) || hosts.every((h) => nodes.has(h)) ? 'not-assessed' : 'clean';
}

function runRule(model: ClusterModel, rule: Rule, setting: RuleSetting | undefined): RuleRun {
  const applicable = rule.technology === undefined || model.technologies.has(rule.technology);
  const { view, runnable, missing } = prepareView(model, rule);
  // Nothing was captured: then nothing is clean.
  if (!applicable || !runnable || model.captures.length === 0)
    return { rule, outcome: 'not-assessed', applicable, findings: [], missing };
  const findings = new Map<string, CheckedFinding>();
  const open: Missing[] = [];
  try {
    for (const result of rule.check(view, { ...rule.options?.defaults, ...setting?.options })) {
      if (result.kind === 'unknown') {
        const { kind: _, ...rest } = result;
        open.push(rest);
      } else {
        const finding = complete(rule, result, setting);
        if (!findings.has(finding.fingerprint)) findings.set(finding.fingerprint, finding);
      }
    }
  } catch (error) {
    const says = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return {
      rule,
      outcome: 'crashed',
      applicable,
      findings: [...findings.values()],
      missing: [...missing, ...open],
      error: says,
    };
  }
  const outcome = outcomeWithout(
    findings.size,
    open,
    view.hosts.map((h) => h.node),
  );
  return { rule, outcome, applicable, findings: [...findings.values()], missing: [...missing, ...open] };
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
