import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INPUTS } from '../engine/inputs.js';
import type { Rule } from '../engine/types.js';
import { didYouMean } from '../kit/index.js';
import { ConfigError } from './error.js';
import { inputHolding } from './inside.js';

interface Hooks {
  readonly resolve: unknown;
  readonly load: unknown;
}

let hooked = false;

/** Node 22.15 and later run hooks in place; before, on a thread. */
async function installHooks(): Promise<void> {
  if (hooked) return;
  hooked = true;
  const url = new URL('./hooks.js', import.meta.url).href;
  const { registerHooks } = nodeModule as unknown as { readonly registerHooks?: (hooks: Hooks) => void };
  if (registerHooks) {
    const { resolve, load } = (await import(url)) as Hooks;
    registerHooks({ resolve, load });
  } else nodeModule.register(url);
}

function locate(name: string, from: string): string {
  const file = isAbsolute(name) ? name : join(dirname(from), name);
  if (existsSync(file)) {
    if (/\.m?[jt]s$/.test(file)) return file;
    throw new ConfigError(
      `${from}, ruleModules: ${name} is no module: a file of rules is called *.ts, *.mts, *.js or *.mjs.`,
    );
  }
  if (/^\.{0,2}\//.test(name)) throw new ConfigError(`${from}, ruleModules: there is no file ${file}.`);
  try {
    return createRequire(from).resolve(name);
  } catch {
    throw new ConfigError(
      `${from}, ruleModules: ${name} is neither a file beside the configuration nor a package installed there.`,
    );
  }
}

const TEXTS = ['title', 'why', 'fix', 'since'] as const;

/** What a rule must have is checked by hand: a rule file need not be TypeScript, and no class tells a rule from another object. */
function checkRule(value: unknown, where: string): Rule {
  if (typeof value !== 'object' || value === null)
    throw new ConfigError(
      `${where}: its default export must be a rule or a list of rules (see defineRule of dumplint/rule).`,
    );
  const rule = value as Readonly<Record<string, unknown>>;
  const fail = (what: string): never => {
    throw new ConfigError(`${where}: ${typeof rule.id === 'string' ? `rule ${rule.id}` : 'a rule'} ${what}.`);
  };
  if (typeof rule.id !== 'string' || !/^[a-z0-9-]+\/[a-z0-9-]+$/.test(rule.id))
    fail('needs an id of the form area/bad-state');
  for (const key of TEXTS) if (typeof rule[key] !== 'string' || rule[key] === '') fail(`needs a text \`${key}\``);
  if (!['error', 'warning', 'info'].includes(String(rule.severity))) fail('needs a severity: error, warning or info');
  if (typeof rule.check !== 'function') fail('needs a function `check`');
  if (!Array.isArray(rule.needs)) return fail('needs a list `needs` of the facts that it reads');
  const kinds = Object.keys(INPUTS);
  const uses = Array.isArray(rule.uses) ? rule.uses : [];
  for (const kind of [...rule.needs.flat(), ...uses].map(String))
    if (!kinds.includes(kind)) fail(`needs facts of kind ${kind}, which do not exist.${didYouMean(kind, kinds)}`);
  return value as Rule;
}

export interface ModuleRequest {
  /** The configuration file that names them. */
  readonly file: string;
  readonly names: readonly string[];
  readonly inputs: readonly string[];
  readonly cwd: string;
  readonly shipped: readonly Rule[];
}

/** The shipped rules and those of the modules, sorted by id. Nothing that lies in an input is ever run. */
export async function loadRuleModules(request: ModuleRequest): Promise<readonly Rule[]> {
  const all = [...request.shipped];
  await installHooks();
  for (const name of request.names) {
    const file = locate(name, request.file);
    const input = inputHolding(file, request.inputs, request.cwd);
    if (input !== undefined)
      throw new ConfigError(
        `${request.file}, ruleModules: ${name} lies in the input ${input}, and nothing from an input is run. Move it elsewhere.`,
      );
    let loaded: { readonly default?: unknown };
    try {
      loaded = (await import(pathToFileURL(file).href)) as typeof loaded;
    } catch (error) {
      throw new ConfigError(
        `${request.file}, ruleModules: ${name} can't be loaded: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    for (const value of Array.isArray(loaded.default) ? loaded.default : [loaded.default]) {
      const rule = checkRule(value, file);
      if (all.some((r) => r.id === rule.id))
        throw new ConfigError(`${file}: there is a rule ${rule.id} already; give yours another id.`);
      all.push(rule);
    }
  }
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}
