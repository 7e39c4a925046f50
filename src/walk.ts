import { fileOf, lineOf } from './kit/index.js';
import type { LoadedBundle } from './load.js';
import { makeWorld, type Probe, traceProbe, type World } from './path/index.js';
import type { Trace } from './path/types.js';
import { type Quote, quoted, type ReachProbeJson, reachJson, type TraceJson, traceJson } from './report/path/json.js';

/** A question that cannot be asked of this bundle: an endpoint that it does not know. */
export class ProbeError extends Error {}

const worlds = new WeakMap<LoadedBundle, World>();

/** The world of a bundle; built once, whatever is asked. */
export function worldOf(loaded: LoadedBundle): World {
  const known = worlds.get(loaded) ?? makeWorld(loaded.model);
  worlds.set(loaded, known);
  return known;
}

function walked(loaded: LoadedBundle, probe: Probe): Trace {
  const answer = traceProbe(worldOf(loaded), probe);
  if (answer.kind === 'error') throw new ProbeError(answer.says);
  return answer.trace;
}

async function quoteFor(loaded: LoadedBundle, traces: readonly Trace[], steps: boolean): Promise<Quote> {
  const lines = await loaded.lines([...new Set(traces.flatMap((t) => quoted(t, steps)))]);
  return (at) => ({ file: loaded.model.files[fileOf(at)] ?? '', line: lineOf(at), text: lines.get(at) ?? '' });
}

/** Walks one probe through a loaded bundle. Throws ProbeError for an endpoint that the bundle does not know. */
export async function traceBundle(loaded: LoadedBundle, probe: Probe): Promise<TraceJson> {
  const trace = walked(loaded, probe);
  return traceJson(trace, await quoteFor(loaded, [trace], true));
}

export interface ReachJson {
  readonly schema: 'dumplint/reach@1';
  readonly probes: readonly ReachProbeJson[];
}

/** Answers all probes, in their order. */
export async function reachBundle(loaded: LoadedBundle, probes: readonly Probe[]): Promise<ReachJson> {
  const traces = probes.map((p) => walked(loaded, p));
  const quote = await quoteFor(loaded, traces, false);
  return { schema: 'dumplint/reach@1', probes: traces.map((t) => reachJson(t, quote)) };
}
