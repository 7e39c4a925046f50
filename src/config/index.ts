import { dirname, isAbsolute, relative, resolve } from 'node:path';
import type { Suppression } from '../engine/finish.js';
import type { RuleSetting } from '../engine/run.js';
import type { Rule, Severity } from '../engine/types.js';
import { ConfigError } from './error.js';
import { findConfiguration } from './find.js';
import { inputHolding } from './inside.js';

export interface ConfigRequest {
  readonly cwd: string;
  /** What will be judged: configuration in there is not used. */
  readonly inputs: readonly string[];
  readonly shipped: readonly Rule[];
  /** A configuration file named on purpose. */
  readonly file?: string;
  readonly none?: boolean;
}

export interface Effective {
  /** File that it comes from; null: none was found. */
  readonly origin: string | null;
  readonly rules: readonly Rule[];
  readonly settings: Readonly<Record<string, RuleSetting>>;
  readonly suppress: readonly Suppression[];
  readonly failOn: Severity | 'never';
  readonly level: Severity;
  /** Paths as the working directory sees them. */
  readonly bundles: readonly string[];
  readonly ruleModules: readonly string[];
  readonly notes: readonly string[];
}

const seenFrom = (cwd: string, file: string, path: string): string => {
  if (isAbsolute(path)) return path;
  const seen = relative(cwd, resolve(dirname(file), path));
  return seen === '' ? '.' : seen;
};

/** The configuration in effect. Libraries load only when there is a file. */
export async function configure(request: ConfigRequest): Promise<Effective> {
  const { cwd, shipped } = request;
  const named = request.file === undefined ? undefined : resolve(cwd, request.file);
  const found =
    request.none === true
      ? { notes: [] }
      : named !== undefined
        ? { file: named, notes: [] }
        : findConfiguration(cwd, request.inputs);
  const nothing: Effective = {
    origin: null,
    rules: shipped,
    settings: {},
    suppress: [],
    failOn: 'error',
    level: 'info',
    bundles: [],
    ruleModules: [],
    notes: found.notes,
  };
  const { file } = found;
  if (file === undefined) return nothing;
  const [{ readConfiguration }, { checkFile, checkRules, checkSuppressed }] = await Promise.all([
    import('./read.js'),
    import('./check.js'),
  ]);
  const content = checkFile(file, await readConfiguration(file));
  const bundles = (content.bundles ?? []).map((b) => seenFrom(cwd, file, b));
  const inputs = request.inputs.length > 0 ? request.inputs : bundles;
  const holding = named === undefined ? inputHolding(file, inputs, cwd) : undefined;
  if (holding !== undefined)
    throw new ConfigError(
      `${file}, bundles: the configuration lies in its own input ${holding}. Name folders beside or below it, or use --config ${file}.`,
    );
  const names = content.ruleModules ?? [];
  const rules =
    names.length === 0
      ? shipped
      : await (await import('./modules.js')).loadRuleModules({ file, names, inputs, cwd, shipped });
  checkSuppressed(file, content.suppress ?? [], rules);
  return {
    origin: file,
    rules,
    settings: checkRules(file, content.rules ?? {}, rules),
    // zod says `undefined` where the type says absent.
    suppress: (content.suppress ?? []) as readonly Suppression[],
    failOn: content.failOn ?? nothing.failOn,
    level: content.level ?? nothing.level,
    bundles,
    ruleModules: names,
    notes: found.notes,
  };
}
