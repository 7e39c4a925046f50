import { commandFor, labelFor } from './engine/inputs.js';
import { didYouMean, fileOf, lineOf, valueWithoutSecrets } from './kit/index.js';
import type { LoadedBundle } from './load.js';
import { type Probe, type Traced, traceProbe, worldOf } from './path/index.js';
import { reachAll } from './path/reach.js';
import type { Trace } from './path/types.js';
import {
  matrixJson,
  type ReachJson,
  reachProbeJson,
  refusedJson,
  type Sources,
  type Supply,
  type TraceJson,
  traceJson,
} from './report/path/json.js';
import { quoted } from './report/path/quoted.js';

/** A question that cannot be asked of this bundle: an endpoint that it does not know. */
export class ProbeError extends Error {}

/** What can stand for an end, as a probe names it. */
function endpointNames({ model }: LoadedBundle): readonly string[] {
  return [
    ...model.nodes.flatMap((n) => [n.name, ...n.aliases].map((name) => `node:${name}`)),
    ...model.facts('pod').map((p) => `pod:${p.namespace}/${p.name}`),
    ...model.facts('service').map((s) => `svc:${s.namespace}/${s.name}`),
  ];
}

/** The sentence of the walk as a sentence, with the name that may have been meant. */
function refusal(loaded: LoadedBundle, probe: Probe, says: string): string {
  const names = endpointNames(loaded);
  const unknown = [probe.src, probe.dst].filter(
    (end) => !names.includes(end) && says.includes(end.replace(/^\w+:/, '')),
  );
  const meant = unknown.map((end) => didYouMean(end, names)).find((hint) => hint !== '') ?? '';
  return `${says.replace(/^no /, 'No ')}.${meant}`;
}

const ask = (loaded: LoadedBundle, probe: Probe): Traced => traceProbe(worldOf(loaded.model), probe);

const supply: Supply = (m) => {
  const command = commandFor(m.supply ?? m.input);
  return { input: labelFor(m.input), ...(command !== undefined && { command }) };
};

async function sourcesFor(loaded: LoadedBundle, traces: readonly Trace[], steps: boolean): Promise<Sources> {
  const lines = await loaded.lines([...new Set(traces.flatMap((t) => quoted(t, steps)))]);
  return {
    quote: (at) => ({ file: loaded.model.files[fileOf(at)] ?? '', line: lineOf(at), text: lines.get(at) ?? '' }),
    supply,
  };
}

/** Walks one probe through a loaded bundle. Throws ProbeError for an endpoint that the bundle does not know. */
export async function traceBundle(loaded: LoadedBundle, probe: Probe): Promise<TraceJson> {
  const answer = ask(loaded, probe);
  if (answer.kind === 'error') throw new ProbeError(refusal(loaded, probe, answer.says));
  return valueWithoutSecrets(traceJson(answer.trace, await sourcesFor(loaded, [answer.trace], true)));
}

/** Steps of many walks are not kept: the answers do not tell them. */
const withoutSteps = (trace: Trace): Trace => ({
  ...trace,
  outcomes: trace.outcomes.map((o) => ({ ...o, legs: [] })),
});

/** Answers all probes, in their order. A probe whose end is not known is answered with `unknown` and the reason. */
export async function reachBundle(loaded: LoadedBundle, probes: readonly Probe[]): Promise<ReachJson> {
  const answers = probes.map((probe) => {
    const traced = ask(loaded, probe);
    return traced.kind === 'trace' ? { probe, trace: withoutSteps(traced.trace) } : { probe, says: traced.says };
  });
  const traces = answers.flatMap(({ trace }) => (trace ? [trace] : []));
  const sources = await sourcesFor(loaded, traces, false);
  return valueWithoutSecrets({
    schema: 'dumplint/reach@1',
    probes: answers.map(({ probe, trace, says }) =>
      trace ? reachProbeJson(trace, sources) : refusedJson(probe, refusal(loaded, probe, says)),
    ),
  });
}

/** One probe per pair of classes of ends. */
export async function reachAllBundle(loaded: LoadedBundle): Promise<ReachJson> {
  const matrix = reachAll(worldOf(loaded.model));
  return valueWithoutSecrets(
    matrixJson(
      matrix,
      await sourcesFor(
        loaded,
        matrix.pairs.map((p) => p.trace),
        false,
      ),
    ),
  );
}
