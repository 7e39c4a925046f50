import { existsSync } from 'node:fs';
import { configure, type Effective } from '../config/index.js';
import type { Report } from '../engine/report.js';
import type { Rule, Severity } from '../engine/types.js';
import { judge, type LoadedBundle, load, rules as shipped } from '../index.js';
import { didYouMean, nearest } from '../kit/index.js';
import { exitCode } from './exit.js';
import { UsageError } from './usage.js';

export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly 'no-config'?: boolean;
}

export interface LintFlags extends ConfigFlags {
  readonly level?: Severity | undefined;
  readonly 'fail-on'?: Severity | 'never' | undefined;
  readonly rule?: readonly string[] | undefined;
  readonly 'allow-empty'?: boolean;
}

export const configFor = (flags: ConfigFlags, inputs: readonly string[]): Promise<Effective> =>
  configure({
    cwd: process.cwd(),
    inputs,
    shipped,
    ...(flags.config !== undefined && { file: flags.config }),
    none: flags['no-config'] === true,
  });

/** The paths as given, or the configuration's bundles. A word that is no path but nearly a command was meant as one. */
export function inputsOf(paths: readonly string[], config: Effective, command: string): readonly string[] {
  if (paths.length === 0 && config.bundles.length > 0) return config.bundles;
  if (paths.length === 0)
    throw new UsageError(
      `No input was given: name a folder, an archive or a file, or - for standard input, as in \`dumplint ${command} case.tgz\`. \`dumplint --help\` lists the commands.`,
    );
  return paths;
}

/** `dumplint lnit case.tgz`: the first word is taken for a path, and that is where the mistake shows. */
export function assertNoCommandMeant(paths: readonly string[], commands: readonly string[]): void {
  const [first = ''] = paths;
  if (first.includes('/') || first === '-' || existsSync(first)) return;
  const meant = nearest(first, commands);
  if (meant !== undefined)
    throw new UsageError(
      `${first} is neither a command nor a file or folder here. Did you mean \`dumplint ${meant}\`?`,
    );
}

export function ruleOf(id: string, rules: readonly Rule[]): Rule {
  const rule = rules.find((r) => r.id === id);
  if (rule) return rule;
  const ids = rules.map((r) => r.id);
  throw new UsageError(`There is no rule ${id}.${didYouMean(id, ids)} \`dumplint rules\` lists them.`);
}

export interface Judged {
  readonly report: Report;
  readonly loaded: LoadedBundle;
  readonly exit: 0 | 1 | 2 | 3;
}

/** Reads and judges the inputs under the configuration. */
export async function judgeInputs(
  paths: readonly string[],
  flags: LintFlags,
  config: Effective,
  version: string,
): Promise<Judged> {
  const rules =
    flags.rule && flags.rule.length > 0 ? [...new Set(flags.rule)].map((id) => ruleOf(id, config.rules)) : config.rules;
  const loaded = await load(paths);
  const report = await judge(loaded, {
    rules,
    settings: config.settings,
    suppress: config.suppress,
    notes: config.notes,
    version,
  });
  const exit = exitCode({
    report,
    failOn: flags['fail-on'] ?? config.failOn,
    crashed: loaded.crashes.length > 0,
    damaged: loaded.damaged,
    allowEmpty: flags['allow-empty'] === true,
  });
  return { report, loaded, exit };
}
