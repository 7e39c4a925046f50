import type { Evidence } from '../../engine/report.js';
import type { At } from '../../kit/index.js';
import type { Because, Leg, Outcome, Step, Trace } from '../../path/types.js';

/** A line of the bundle by its place. */
export type Quote = (at: At) => Evidence;

export interface JsonBecause {
  readonly direction: Leg['direction'];
  readonly step: string;
  readonly node: string;
  /** '' is the node's own namespace. */
  readonly netns: string;
  readonly device: string | null;
  readonly reason: string;
  /** What the sender gets to hear; null: nothing. */
  readonly answer: string | null;
  readonly evidence: readonly Evidence[];
}

export interface JsonStep {
  readonly step: string;
  readonly node: string;
  readonly netns: string;
  readonly device: string | null;
  readonly decision: string;
  readonly evidence: readonly Evidence[];
}

export interface JsonMissing {
  readonly node?: string;
  readonly input: string;
  readonly reason: string;
  readonly detail?: string;
  readonly file?: string;
  readonly line?: number;
}

export interface JsonOutcome {
  readonly endpoint: string;
  readonly share: number;
  readonly verdict: Outcome['verdict'];
  readonly because: JsonBecause | null;
  readonly seenSource: string | null;
  readonly missing: readonly JsonMissing[];
  readonly request: readonly JsonStep[];
  readonly reply: readonly JsonStep[];
  /** The third packet of a TCP handshake. */
  readonly ack: readonly JsonStep[];
}

export interface TraceJson {
  readonly schema: 'dumplint/trace@1';
  readonly src: string;
  readonly dst: string;
  readonly proto: Trace['proto'];
  readonly port: number | null;
  readonly verdict: Trace['verdict'];
  readonly because: JsonBecause | null;
  readonly outcomes: readonly JsonOutcome[];
  readonly seenSource: string | null;
  readonly assumptions: readonly string[];
  readonly missing: readonly JsonMissing[];
}

export interface ReachProbeJson {
  readonly src: string;
  readonly dst: string;
  readonly proto: Trace['proto'];
  readonly port: number | null;
  readonly verdict: Trace['verdict'];
  readonly because: JsonBecause | null;
  readonly outcomes: readonly { readonly endpoint: string; readonly verdict: Outcome['verdict'] }[];
  readonly seenSource: string | null;
  readonly missing: readonly JsonMissing[];
}

const because = (b: Because | undefined, quote: Quote): JsonBecause | null =>
  b
    ? {
        direction: b.direction,
        step: b.step,
        node: b.node,
        netns: b.netns,
        device: b.device ?? null,
        reason: b.reason,
        answer: b.answer ?? null,
        evidence: b.evidence.map(quote),
      }
    : null;

const stepsOf = (o: Outcome, direction: Leg['direction']): readonly Step[] =>
  o.legs.find((l) => l.direction === direction)?.steps ?? [];

const step = (s: Step, quote: Quote): JsonStep => ({
  step: s.kind,
  node: s.node,
  netns: s.netns,
  device: s.dev ?? null,
  decision: s.says,
  evidence: s.at.map(quote),
});

const missing = (m: Trace['missing'][number], quote: Quote): JsonMissing => {
  const place = m.at === undefined ? undefined : quote(m.at);
  return {
    ...(m.node !== undefined && { node: m.node }),
    input: m.input,
    reason: m.reason,
    ...(m.detail !== undefined && { detail: m.detail }),
    ...(place && { file: place.file, line: place.line }),
  };
};

/** The source that the receiver sees, when all receivers see the same. */
function seenSource(trace: Trace): string | null {
  const seen = new Set(trace.outcomes.map((o) => o.seenSource));
  return seen.size === 1 ? ([...seen][0] ?? null) : null;
}

/** A walk as `dumplint/trace@1`. */
export const traceJson = (trace: Trace, quote: Quote): TraceJson => ({
  schema: 'dumplint/trace@1',
  src: trace.src,
  dst: trace.dst,
  proto: trace.proto,
  port: trace.port ?? null,
  verdict: trace.verdict,
  because: because(trace.because, quote),
  outcomes: trace.outcomes.map((o) => ({
    endpoint: o.endpoint,
    share: o.share,
    verdict: o.verdict,
    because: because(o.because, quote),
    seenSource: o.seenSource ?? null,
    missing: o.missing.map((m) => missing(m, quote)),
    request: stepsOf(o, 'request').map((s) => step(s, quote)),
    reply: stepsOf(o, 'reply').map((s) => step(s, quote)),
    ack: stepsOf(o, 'ack').map((s) => step(s, quote)),
  })),
  seenSource: seenSource(trace),
  assumptions: trace.assumptions,
  missing: trace.missing.map((m) => missing(m, quote)),
});

/** One answer of `dumplint/reach@1`. */
export const reachJson = (trace: Trace, quote: Quote): ReachProbeJson => ({
  src: trace.src,
  dst: trace.dst,
  proto: trace.proto,
  port: trace.port ?? null,
  verdict: trace.verdict,
  because: because(trace.because, quote),
  outcomes: trace.outcomes.map((o) => ({ endpoint: o.endpoint, verdict: o.verdict })),
  seenSource: seenSource(trace),
  missing: trace.missing.map((m) => missing(m, quote)),
});

/** Every line that a walk's answer quotes. */
export function quoted(trace: Trace, steps: boolean): readonly At[] {
  const out = new Set<At>();
  const add = (list: readonly At[] | undefined): void => {
    for (const at of list ?? []) out.add(at);
  };
  add(trace.because?.evidence);
  for (const m of trace.missing) if (m.at !== undefined) out.add(m.at);
  for (const o of trace.outcomes) {
    add(o.because?.evidence);
    for (const m of o.missing) if (m.at !== undefined) out.add(m.at);
    if (steps) for (const leg of o.legs) for (const s of leg.steps) add(s.at);
  }
  return [...out];
}
