/** The library: what the CLI does, for programs. */
import { rules as shipped } from '../rules/index.js';
import type { OpenOptions } from './bundle/index.js';
import { parseText } from './capture/parse.js';
import { recogniseFile } from './capture/recognise.js';
import { finishReport, type Suppression } from './engine/finish.js';
import type { Report } from './engine/report.js';
import { type RuleSetting, runRules } from './engine/run.js';
import type { Rule } from './engine/types.js';
import type { AnyFact } from './facts/index.js';
import { type Gap, textFrom } from './kit/index.js';
import { type LoadedBundle, loadBundle } from './load.js';
import type { ClusterModel } from './model/types.js';
import { parsers } from './parsers/index.js';
import type { Probe } from './path/types.js';
import type { ReachJson, TraceJson } from './report/path/json.js';
import { reachAllBundle, reachBundle, traceBundle } from './walk.js';

export type { Suppression } from './engine/finish.js';
export type * from './engine/report.js';
export type { RuleSetting } from './engine/run.js';
export { defineParser } from './kit/index.js';
export type { LoadedBundle } from './load.js';
export { buildModel, type ModelInput } from './model/build.js';
export { parsers } from './parsers/index.js';
export type { Probe } from './path/types.js';
export type * from './report/path/json.js';
export * from './rule.js';
export { ProbeError } from './walk.js';
export { shipped as rules };

export interface LintOptions extends OpenOptions {
  /** Default: the shipped rules. */
  readonly rules?: readonly Rule[];
  /** By rule id; options are expected to be valid (see the CLI's configuration). */
  readonly settings?: Readonly<Record<string, RuleSetting>>;
  readonly suppress?: readonly Suppression[];
  /** Sentences for the report's notes. */
  readonly notes?: readonly string[];
  /** Version for `tool.version` of the report. */
  readonly version?: string;
}

/**
 * Reads the inputs (directories, archives, files, `-`) as one cluster. Trouble with an input is in the result, not thrown.
 */
export const load = (paths: readonly string[], options: OpenOptions = {}): Promise<LoadedBundle> =>
  loadBundle(paths, parsers, options);

/** Judges a bundle that is loaded. */
export function judge(loaded: LoadedBundle, options: LintOptions = {}): Promise<Report> {
  const rules = options.rules ?? shipped;
  return finishReport({
    version: options.version ?? '0.0.0',
    ruleset: `${rules.length} rules`,
    paths: loaded.paths,
    layout: loaded.layout,
    model: loaded.model,
    runs: runRules(loaded.model, rules, options.settings ?? {}),
    suppress: options.suppress ?? [],
    unread: loaded.unread,
    notes: [...(options.notes ?? []), ...loaded.notes, ...loaded.crashes],
    files: loaded.files,
    bytes: loaded.ledger,
    lines: loaded.lines,
  });
}

/** `load` and `judge` in one: inputs to the report. */
export async function lint(paths: readonly string[], options: LintOptions = {}): Promise<Report> {
  return judge(await load(paths, options), options);
}

/** What the kernels of the cluster do with a packet and its answer. Throws ProbeError for an endpoint that the inputs do not know. */
export async function trace(paths: readonly string[], probe: Probe, options: OpenOptions = {}): Promise<TraceJson> {
  return traceBundle(await load(paths, options), probe);
}

export interface ReachOptions extends OpenOptions {
  /** Answered in their order; default: one per pair of classes of ends. */
  readonly probes?: readonly Probe[];
}

/** Verdicts for many probes. An end that the inputs do not know makes its own answer `unknown`, with the reason. */
export async function reach(paths: readonly string[], { probes, ...options }: ReachOptions = {}): Promise<ReachJson> {
  const loaded = await load(paths, options);
  return probes ? reachBundle(loaded, probes) : reachAllBundle(loaded);
}

export interface ParseResult {
  readonly command: string;
  readonly facts: readonly AnyFact[];
  readonly gaps: readonly Gap[];
}

/** One command's output to facts: `parse(text, 'ip-route')`, or by its content alone. Undefined when nothing recognises it. */
export async function parse(text: string, command?: string): Promise<ParseResult | undefined> {
  const lines = textFrom(text);
  const head = text.split('\n', 200);
  const parser =
    command === undefined ? recogniseFile(parsers, '', head)?.parser : parsers.find((p) => p.command === command);
  if (!parser) return undefined;
  await parser.prepare?.();
  const { facts, gaps } = parseText(parser, lines, 0, { argv: [], fileName: '', scope: {} });
  return { command: parser.command, facts: facts as unknown as readonly AnyFact[], gaps };
}

export type { ClusterModel };
