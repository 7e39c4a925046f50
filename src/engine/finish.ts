import type { At, Capture, PlacedCapture } from '../kit/index.js';
import { fileOf, lineOf, valueWithoutSecrets } from '../kit/index.js';
import type { ClusterModel, Missing } from '../model/types.js';
import { type Ranked, rank, type Trials } from './causes.js';
import { commandFor, labelFor } from './inputs.js';
import { ledgerOf } from './ledger.js';
import { walkedPairs } from './paths.js';
import { type Repairs, repairsOf } from './repairs.js';
import type {
  Evidence,
  Finding,
  Report,
  ReportBytes,
  ReportCapture,
  ReportGap,
  ReportMissing,
  ReportNode,
  ReportUnread,
  RuleOutcome,
} from './report.js';
import type { CheckedFinding, RuleRun } from './run.js';
import { describeTopology } from './topology.js';
import type { EvidenceDraft, NonEmpty } from './types.js';

/** Gaps beyond this number are counted, not listed. */
const GAPS_LISTED = 1000;

export interface Suppression {
  readonly fingerprint?: string;
  readonly rule?: string;
  readonly node?: string;
  readonly subject?: string;
  readonly reason: string;
}

export interface FinishInput {
  readonly version: string;
  readonly ruleset: string;
  readonly paths: readonly string[];
  readonly layout: string;
  readonly model: ClusterModel;
  readonly runs: readonly RuleRun[];
  readonly suppress: readonly Suppression[];
  readonly unread: readonly ReportUnread[];
  readonly notes: readonly string[];
  readonly files: number;
  readonly bytes: ReportBytes;
  readonly lines: (wanted: readonly At[]) => Promise<ReadonlyMap<At, string>>;
}

type Quote = (at: At) => { readonly file: string; readonly line: number; readonly text: string };

/** `node` may be any name of the node. */
function isSuppressedBy(finding: CheckedFinding, s: Suppression, model: ClusterModel): boolean {
  if (s.fingerprint !== undefined && s.fingerprint !== finding.fingerprint) return false;
  if (s.rule !== undefined && s.rule !== finding.rule.id) return false;
  if (
    s.node !== undefined &&
    !finding.nodes.includes(s.node) &&
    !finding.nodes.includes(model.node(s.node)?.name ?? s.node)
  )
    return false;
  if (s.subject !== undefined && s.subject !== finding.subject) return false;
  return s.fingerprint !== undefined || s.rule !== undefined;
}

function evidenceOf(draft: EvidenceDraft, quote: Quote): Evidence {
  return { ...quote(draft.at), ...(draft.note !== undefined && { note: draft.note }) };
}

function toFinding(
  { finding, severity, causedBy, explains, breaks }: Ranked,
  walked: number | null,
  restored: number | null,
  quote: Quote,
): Finding {
  const [first, ...rest] = finding.evidence;
  const evidence: NonEmpty<Evidence> = [evidenceOf(first, quote), ...rest.map((e) => evidenceOf(e, quote))];
  return {
    rule: finding.rule.id,
    severity,
    confidence: finding.confidence,
    nodes: finding.nodes,
    subject: finding.subject,
    message: finding.message,
    evidence,
    laterEvidence: (finding.later ?? []).map((e) => evidenceOf(e, quote)),
    fix: finding.fix ?? { summary: finding.rule.fix, commands: [] },
    fingerprint: finding.fingerprint,
    causedBy,
    explains: { findings: explains, pathsBroken: walked === null ? null : breaks.size, pathsRestored: restored },
  };
}

function toMissing(m: Missing, quote: Quote): ReportMissing {
  const place = m.at === undefined ? undefined : quote(m.at);
  const command = commandFor(m.supply ?? m.input);
  return {
    ...(m.node !== undefined && { node: m.node }),
    input: labelFor(m.input),
    reason: m.reason,
    ...(m.detail !== undefined && { detail: m.detail }),
    ...(place && { file: place.file, line: place.line }),
    ...(command !== undefined && { command }),
  };
}

const toOutcome = (run: RuleRun, quote: Quote): RuleOutcome => ({
  id: run.rule.id,
  outcome: run.outcome,
  applicable: run.applicable,
  missing: run.missing.map((m) => toMissing(m, quote)),
  ...(run.error !== undefined && { error: run.error }),
});

/** Dates end in the year 275760; a log may claim any. */
const isDate = (seconds: number): boolean => Math.abs(seconds) <= 8.64e12;

const rfc3339 = (time: number | undefined): string | null =>
  time === undefined || !isDate(time) ? null : new Date(Math.round(time * 1000)).toISOString();

const toCapture = (c: PlacedCapture): ReportCapture => ({
  command: c.command,
  commandLine: c.commandLine ?? null,
  node: c.place.kind === 'stack' ? c.place.node : null,
  netns: c.place.kind === 'stack' ? c.place.netns : '',
  file: c.path,
  line: c.firstLine,
  lines: c.lineCount,
  completeness: c.completeness,
  because: c.incompleteBecause ?? c.failure?.detail ?? null,
  status: c.failure?.reason ?? 'present',
  time: rfc3339(c.time),
  facts: c.tally.facts,
  noise: c.tally.noise,
  gaps: c.tally.gaps,
  bytes: c.bytes.facts + c.bytes.noise + c.bytes.gaps,
});

const gapsOf = (captures: readonly Capture[]): ReportGap[] =>
  captures.flatMap((c) =>
    c.gaps.map((g) => ({ file: c.path, line: lineOf(g.at), text: g.text, reason: g.reason, command: c.command })),
  );

/** Earliest and latest moment that captures and logs tell. */
function span(captures: readonly PlacedCapture[]): { from: string | null; to: string | null } {
  let from: number | undefined;
  let to: number | undefined;
  for (const c of captures) {
    const spans = c.facts.filter((f) => f.kind === 'log-span') as unknown as readonly { from?: number; to?: number }[];
    for (const t of [c.time, ...spans.flatMap((s) => [s.from, s.to])]) {
      if (t === undefined || !isDate(t)) continue;
      from = from === undefined ? t : Math.min(from, t);
      to = to === undefined ? t : Math.max(to, t);
    }
  }
  return { from: rfc3339(from), to: rfc3339(to) };
}

function wantedLines(input: FinishInput, ranked: readonly Ranked[]): At[] {
  const wanted = new Set<At>();
  for (const { finding } of ranked) for (const e of [...finding.evidence, ...(finding.later ?? [])]) wanted.add(e.at);
  for (const node of input.model.nodes) for (const e of node.evidence) wanted.add(e.at);
  return [...wanted];
}

const count = <T>(items: readonly T[], test: (item: T) => boolean): number =>
  items.reduce((n, item) => n + (test(item) ? 1 : 0), 0);

interface Suppressed {
  readonly open: readonly CheckedFinding[];
  readonly suppressed: readonly { readonly fingerprint: string; readonly rule: string; readonly reason: string }[];
  /** Sentences on suppressions that nothing needs any more. */
  readonly unmatched: readonly string[];
}

function suppress(
  all: readonly CheckedFinding[],
  by: readonly Suppression[],
  model: ClusterModel,
  repairs: Repairs,
): Suppressed {
  const used = new Set<Suppression>();
  const suppressed: { fingerprint: string; rule: string; reason: string }[] = [];
  const open = all.filter((f) => {
    const matching = by.filter((s) => isSuppressedBy(f, s, model));
    for (const s of matching) used.add(s);
    const [first] = matching;
    if (first) suppressed.push({ fingerprint: f.fingerprint, rule: f.rule.id, reason: first.reason });
    return first === undefined;
  });
  const followers = symptomsOf(all, suppressed, repairs);
  const unmatched = by
    .filter((s) => !used.has(s))
    .map(
      (s) => `suppression matches nothing: ${s.fingerprint ?? [s.rule, s.node, s.subject].filter(Boolean).join(' ')}`,
    );
  const gone = new Set(followers.map((s) => s.fingerprint));
  return { open: open.filter((f) => !gone.has(f.fingerprint)), suppressed: [...suppressed, ...followers], unmatched };
}

const trialsOf = ({ refutes, restored }: Repairs): Trials => ({
  refutes,
  proves: ({ repair }, breaks) => (restored(repair, breaks) ?? 0) > 0,
});

type Hidden = Suppressed['suppressed'][number];

/** What was only seen or walked (`trace/*`) is as known as its causes: it goes with them, when all of them are suppressed. */
function symptomsOf(
  all: readonly CheckedFinding[],
  suppressed: readonly Hidden[],
  repairs: Repairs,
): readonly Hidden[] {
  if (suppressed.length === 0) return [];
  const known = new Map(suppressed.map((s) => [s.fingerprint, s]));
  const out: Hidden[] = [];
  // Causes come first, and a symptom may be the cause of another one.
  for (const { finding, causedBy } of rank(all, trialsOf(repairs))) {
    const [first] = causedBy;
    const cause = first === undefined ? undefined : known.get(first);
    if (known.has(finding.fingerprint) || !finding.rule.id.startsWith('trace/') || !cause) continue;
    if (!causedBy.every((c) => known.has(c))) continue;
    const hidden = {
      fingerprint: finding.fingerprint,
      rule: finding.rule.id,
      reason: `follows from ${cause.rule}: ${cause.reason}`,
    };
    known.set(hidden.fingerprint, hidden);
    out.push(hidden);
  }
  return out;
}

/** Runs to the report: suppression, causes, the text of each line, counts. */
export async function finishReport(input: FinishInput): Promise<Report> {
  const { model, runs } = input;
  const all = runs.flatMap((r) => r.findings);
  const repairs = repairsOf(model);
  const { open, suppressed, unmatched } = suppress(all, input.suppress, model, repairs);
  const ranked = rank(open, trialsOf(repairs));
  const texts = await input.lines(wantedLines(input, ranked));
  const quote: Quote = (at) => ({
    file: model.files[fileOf(at)] ?? '',
    line: lineOf(at),
    text: texts.get(at) ?? '',
  });
  const walked = walkedPairs(model);
  const findings = ranked.map((r) =>
    toFinding(r, walked, r.causedBy.length > 0 ? null : repairs.restored(r.finding.repair, r.breaks), quote),
  );
  const gaps = gapsOf(model.captures);
  const rules = runs.map((r) => toOutcome(r, quote));
  return valueWithoutSecrets<Report>({
    schema: 'dumplint/report@1',
    tool: { name: 'dumplint', version: input.version, ruleset: input.ruleset },
    bundle: {
      paths: input.paths,
      layout: input.layout,
      nodes: model.nodes.map((n) => toNode(n, quote)),
      ...span(model.captures),
    },
    topology: describeTopology(model),
    findings,
    suppressed,
    rules,
    coverage: {
      captures: model.captures.map(toCapture),
      gaps: gaps.slice(0, GAPS_LISTED),
      gapsOmitted: Math.max(0, gaps.length - GAPS_LISTED),
      unread: input.unread,
      inputs: ledgerOf(model),
      bytes: input.bytes,
    },
    notes: [...input.notes, ...unmatched],
    summary: {
      errors: count(findings, (f) => f.severity === 'error'),
      warnings: count(findings, (f) => f.severity === 'warning'),
      infos: count(findings, (f) => f.severity === 'info'),
      // What is wrong with the captures causes nothing in the cluster.
      causes: count(
        findings,
        (f) => f.causedBy.length === 0 && f.severity !== 'info' && !f.rule.startsWith('capture/'),
      ),
      symptoms: count(findings, (f) => f.causedBy.length > 0),
      clean: count(rules, (r) => r.outcome === 'clean'),
      notAssessed: count(rules, (r) => r.outcome === 'not-assessed' && r.applicable),
      notApplicable: count(rules, (r) => !r.applicable),
      crashed: count(rules, (r) => r.outcome === 'crashed'),
      files: input.files,
      captures: model.captures.length,
      unread: input.unread.length,
      gaps: gaps.length,
      pathsWalked: walked,
    },
  });
}

const toNode = (node: ClusterModel['nodes'][number], quote: Quote): ReportNode => ({
  name: node.name,
  aliases: node.aliases,
  kubernetesName: node.kubernetesName ?? null,
  confidence: node.confidence,
  addresses: node.addresses,
  evidence: node.evidence.map((e) => ({ ...quote(e.at), says: e.says })),
});
