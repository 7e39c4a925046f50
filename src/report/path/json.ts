import type { Evidence } from '../../engine/report.js';
import type { At, Reason } from '../../kit/index.js';
import type { EndClass } from '../../path/end-class.js';
import type { Matrix } from '../../path/reach.js';
import type { Because, Heard, Leg, Outcome, Probe, Step, Trace } from '../../path/types.js';
import { classNameOf } from './families.js';

/** A line of the bundle by its place. */
export type Quote = (at: At) => Evidence;

/** What a person calls an input that is missing, and the read-only command that supplies it. */
export type Supply = (missing: Trace['missing'][number]) => { readonly input: string; readonly command?: string };

/** What the bundle adds to a walk. */
export interface Sources {
  readonly quote: Quote;
  readonly supply: Supply;
}

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
  /** Does the one who asks get to hear it? null: it is not for them, or there is none. */
  readonly heard: Heard | null;
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
  readonly reason: Reason;
  readonly detail?: string;
  readonly file?: string;
  readonly line?: number;
  /** Read-only, supplies it. */
  readonly command?: string;
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
  /** Of TCP, what the asked end sends behind the handshake: only where that fares otherwise than its answer. */
  readonly data?: readonly JsonStep[] | undefined;
  /** An ICMP error on its way back. */
  readonly error: readonly JsonStep[];
}

export interface TraceJson {
  readonly schema: 'dumplint/trace@1';
  readonly src: string;
  readonly dst: string;
  readonly proto: Trace['proto'];
  readonly port: number | null;
  /** Where the probe said so. */
  readonly size?: number;
  readonly df?: boolean;
  readonly verdict: Trace['verdict'];
  readonly because: JsonBecause | null;
  readonly outcomes: readonly JsonOutcome[];
  readonly seenSource: string | null;
  readonly assumptions: readonly string[];
  readonly missing: readonly JsonMissing[];
  /** What somebody saw of the same: pings and queries in the captures. */
  readonly observed: readonly JsonObservation[];
}

export interface JsonObservation {
  readonly answered: boolean;
  readonly says: string;
  readonly evidence: Evidence;
}

/** What becomes of the packets that load balancing sends to one endpoint. */
export interface JsonEndpoint {
  readonly endpoint: string;
  readonly verdict: Outcome['verdict'];
  /** Where they are lost, if not where the probe says. */
  readonly because?: JsonBecause;
}

export interface ReachProbeJson {
  readonly src: string;
  readonly dst: string;
  readonly proto: Trace['proto'];
  readonly port: number | null;
  /** Where the probe said so. */
  readonly size?: number;
  readonly df?: boolean;
  readonly verdict: Trace['verdict'];
  readonly because: JsonBecause | null;
  readonly outcomes: readonly JsonEndpoint[];
  readonly seenSource: string | null;
  readonly missing: readonly JsonMissing[];
  /** Of `--all`: the classes that the two ends stand for, by their names. */
  readonly pair?: { readonly src: string; readonly dst: string };
}

/** Ends that are alike: one stands for all. */
export interface JsonClass {
  readonly name: string;
  readonly kind: EndClass['kind'];
  readonly node?: string;
  readonly family: EndClass['family'];
  /** The end that stands for all, as a probe names it. */
  readonly end: string;
  readonly size: number;
  /** Of destinations that are a port. */
  readonly proto?: Probe['proto'];
  readonly port?: number;
}

export interface ReachJson {
  readonly schema: 'dumplint/reach@1';
  /** Of `--all` only. */
  readonly sources?: readonly JsonClass[];
  readonly destinations?: readonly JsonClass[];
  readonly probes: readonly ReachProbeJson[];
}

const sizeOf = ({ size, df }: Pick<Probe, 'size' | 'df'>): Pick<Probe, 'size' | 'df'> => ({
  ...(size !== undefined && { size }),
  ...(df !== undefined && { df }),
});

const becauseJson = (b: Because, quote: Quote): JsonBecause => ({
  direction: b.direction,
  step: b.step,
  node: b.node,
  netns: b.netns,
  device: b.device ?? null,
  reason: b.reason,
  answer: b.answer ?? null,
  heard: b.heard ?? null,
  evidence: b.evidence.map(quote),
});

const because = (b: Because | undefined, quote: Quote): JsonBecause | null => (b ? becauseJson(b, quote) : null);

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

const missing = (m: Trace['missing'][number], { quote, supply }: Sources): JsonMissing => {
  const place = m.at === undefined ? undefined : quote(m.at);
  const { input, command } = supply(m);
  return {
    ...(m.node !== undefined && { node: m.node }),
    input,
    reason: m.reason,
    ...(m.detail !== undefined && { detail: m.detail }),
    ...(place && { file: place.file, line: place.line }),
    ...(command !== undefined && { command }),
  };
};

/** The source that the receiver sees, when all receivers see the same. */
function seenSource(trace: Trace): string | null {
  const seen = new Set(trace.outcomes.map((o) => o.seenSource));
  return seen.size === 1 ? ([...seen][0] ?? null) : null;
}

/** A walk as `dumplint/trace@1`. */
export const traceJson = (trace: Trace, sources: Sources): TraceJson => {
  const { quote } = sources;
  const leg = (o: Outcome, direction: Leg['direction']) => stepsOf(o, direction).map((s) => step(s, quote));
  return {
    schema: 'dumplint/trace@1',
    src: trace.src,
    dst: trace.dst,
    proto: trace.proto,
    port: trace.port ?? null,
    ...sizeOf(trace),
    verdict: trace.verdict,
    because: because(trace.because, quote),
    outcomes: trace.outcomes.map((o) => ({
      endpoint: o.endpoint,
      share: o.share,
      verdict: o.verdict,
      because: because(o.because, quote),
      seenSource: o.seenSource ?? null,
      missing: o.missing.map((m) => missing(m, sources)),
      request: leg(o, 'request'),
      reply: leg(o, 'reply'),
      ack: leg(o, 'ack'),
      ...(stepsOf(o, 'data').length > 0 && { data: leg(o, 'data') }),
      error: leg(o, 'error'),
    })),
    seenSource: seenSource(trace),
    assumptions: trace.assumptions,
    missing: trace.missing.map((m) => missing(m, sources)),
    observed: trace.observed.map((o) => ({ answered: o.ok, says: o.says, evidence: quote(o.at) })),
  };
};

/** Is the endpoint lost at another place than the one that the probe names? */
function isLostElsewhere({ because: of }: Trace, { verdict, because: own }: Outcome): boolean {
  if (verdict !== 'dropped' || !own || !of) return false;
  const [line, first] = [own.evidence[0], of.evidence[0]];
  return (
    own.direction !== of.direction ||
    own.node !== of.node ||
    own.netns !== of.netns ||
    own.reason !== of.reason ||
    line !== first
  );
}

/** One answer of `dumplint/reach@1`. */
export const reachProbeJson = (trace: Trace, sources: Sources): ReachProbeJson => ({
  src: trace.src,
  dst: trace.dst,
  proto: trace.proto,
  port: trace.port ?? null,
  ...sizeOf(trace),
  verdict: trace.verdict,
  because: because(trace.because, sources.quote),
  outcomes: trace.outcomes.map((o) => ({
    endpoint: o.endpoint,
    verdict: o.verdict,
    ...(o.because && isLostElsewhere(trace, o) && { because: becauseJson(o.because, sources.quote) }),
  })),
  seenSource: seenSource(trace),
  missing: trace.missing.map((m) => missing(m, sources)),
});

/** The answer to a probe that cannot be asked of this bundle: one bad probe loses no other. */
export const refusedJson = ({ src, dst, proto, port, ...more }: Probe, says: string): ReachProbeJson => ({
  src,
  dst,
  proto,
  port: port ?? null,
  ...sizeOf(more),
  verdict: 'unknown',
  because: null,
  outcomes: [],
  seenSource: null,
  missing: [{ input: 'the ends of the probe', reason: 'not-captured', detail: says }],
});

const classJson = (c: EndClass): JsonClass => ({
  name: classNameOf(c),
  kind: c.kind,
  ...(c.node !== undefined && { node: c.node }),
  family: c.family,
  end: c.end,
  size: c.size,
  ...(c.port !== undefined && { proto: c.proto, port: c.port }),
});

/** All pairs of classes as `dumplint/reach@1`. */
export const matrixJson = (matrix: Matrix, sources: Sources): ReachJson => ({
  schema: 'dumplint/reach@1',
  sources: matrix.sources.map(classJson),
  destinations: matrix.destinations.map(classJson),
  probes: matrix.pairs.map(({ src, dst, trace }) => ({
    ...reachProbeJson(trace, sources),
    pair: { src: classNameOf(src), dst: classNameOf(dst) },
  })),
});
