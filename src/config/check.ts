import IPCIDR from 'ip-cidr';
import type { RuleSetting } from '../engine/run.js';
import type { Rule } from '../engine/types.js';
import { didYouMean } from '../kit/index.js';
import { ConfigError } from './error.js';
import { type ConfigFile, configSchema, optionsSchema, parseOptions } from './schema.js';

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
}

const keyPath = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );

/** Of the alternatives of a union the one with the fewest mistakes is what the user meant, then the one that came furthest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || !issue.errors) return issue;
  const candidates = issue.errors.flatMap((all) => (all[0] ? [{ mistakes: all.length, first: deepest(all[0]) }] : []));
  const score = (i: Issue) => i.path.length * 2 + (i.code === 'unrecognized_keys' ? 1 : 0);
  candidates.sort((a, b) => a.mistakes - b.mistakes || score(b.first) - score(a.first));
  const [best] = candidates;
  return best ? { ...best.first, path: [...issue.path, ...best.first.path] } : issue;
}

function sentence(file: string, issue: Issue, known: readonly string[]): string {
  const found = deepest(issue);
  const path = keyPath(found.path);
  const where = path === '' ? file : `${file}, ${path}`;
  if (found.code === 'unrecognized_keys') {
    const [key = ''] = found.keys ?? [];
    return `${where}: there is no setting ${key} here.${didYouMean(key, known)}`;
  }
  return `${where}: ${found.message.replace(/^Invalid (input|option): /, '').replace(/^./, (c) => c.toLowerCase())}.`;
}

/** The file's content, or a sentence on its first mistake. */
export function checkFile(file: string, value: unknown): ConfigFile {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ConfigError(
    `${sentence(file, issue as Issue, Object.keys(configSchema.shape))} The schema is schema/config-1.json of the package.`,
  );
}

const FORMAT = { cidrv4: 4, cidrv6: 6 } as const;

/** zod's pattern admits host bits; a prefix that contains another address than it shows is a slip. The family is checked first, ip-cidr confuses them. */
function checkCidr(where: string, value: unknown, format: keyof typeof FORMAT): void {
  if (typeof value !== 'string') return;
  if (value.includes(':') !== (FORMAT[format] === 6))
    throw new ConfigError(`${where}: ${value} is no IPv${FORMAT[format]} prefix.`);
  if (!IPCIDR.isValidCIDR(value))
    throw new ConfigError(
      `${where}: ${value} is no prefix; write it like ${FORMAT[format] === 6 ? 'fd00::/8' : '10.244.0.0/16'}.`,
    );
  const length = value.slice(value.indexOf('/'));
  const first = String(new IPCIDR(value).start());
  const isSame =
    new IPCIDR(`${first}${length}`).start() === first &&
    IPCIDR.createAddress(value).correctForm() === IPCIDR.createAddress(first).correctForm();
  if (!isSame)
    throw new ConfigError(`${where}: ${value} has bits set behind its prefix length; did you mean ${first}${length}?`);
}

function checkCidrs(file: string, rule: Rule, options: Readonly<Record<string, unknown>>): void {
  const { properties = {} } = optionsSchema(rule) as {
    properties?: Record<string, { format?: string; items?: { format?: string } }>;
  };
  for (const [name, value] of Object.entries(options)) {
    const format = properties[name]?.format ?? properties[name]?.items?.format;
    if (format !== 'cidrv4' && format !== 'cidrv6') continue;
    for (const v of Array.isArray(value) ? value : [value])
      checkCidr(`${file}, rules.${rule.id}.options.${name}`, v, format);
  }
}

/** Settings by rule id, with options that the rule accepts. */
export function checkRules(
  file: string,
  entries: NonNullable<ConfigFile['rules']>,
  rules: readonly Rule[],
): Readonly<Record<string, RuleSetting>> {
  const ids = rules.map((r) => r.id);
  const out: Record<string, RuleSetting> = {};
  for (const [id, entry] of Object.entries(entries)) {
    const rule = rules.find((r) => r.id === id);
    if (!rule)
      throw new ConfigError(
        `${file}, rules: there is no rule ${id}.${didYouMean(id, ids)} \`dumplint rules\` lists them.`,
      );
    if (typeof entry === 'string') {
      out[id] = { severity: entry };
      continue;
    }
    if (entry.options !== undefined) {
      const result = parseOptions(rule, entry.options);
      if (!result.success) {
        const [issue] = result.error.issues;
        const known = Object.keys(rule.options?.describe ?? {});
        const help = known.length === 0 ? `${id} has no options.` : `Options of ${id}: ${known.join(', ')}.`;
        throw new ConfigError(
          `${sentence(file, { ...(issue as Issue), path: ['rules', id, 'options', ...(issue?.path ?? [])] }, known)} ${help}`,
        );
      }
      checkCidrs(file, rule, entry.options);
    }
    out[id] = {
      ...(entry.severity !== undefined && { severity: entry.severity }),
      ...(entry.options !== undefined && { options: entry.options }),
    };
  }
  return out;
}

/** A suppression of a rule that does not exist would stay silent for ever. */
export function checkSuppressed(
  file: string,
  suppress: NonNullable<ConfigFile['suppress']>,
  rules: readonly Rule[],
): void {
  const ids = rules.map((r) => r.id);
  for (const [i, s] of suppress.entries())
    if ('rule' in s && !ids.includes(s.rule))
      throw new ConfigError(
        `${file}, suppress[${i}].rule: there is no rule ${s.rule}.${didYouMean(s.rule, ids)} \`dumplint rules\` lists them.`,
      );
}
