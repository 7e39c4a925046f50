import { INPUTS } from '../engine/inputs.js';
import type { Rule } from '../engine/types.js';
import type { FormatOptions } from '../report/index.js';
import { pen } from '../report/text/pen.js';

export interface OptionDoc {
  readonly name: string;
  readonly type: string;
  readonly default: string;
  readonly says: string;
}

const typeOf = (schema: unknown): string => {
  if (typeof schema !== 'object' || schema === null) return 'any';
  const s = schema as {
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly items?: unknown;
    readonly format?: string;
    readonly minimum?: number;
  };
  if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' or ');
  if (s.type === 'array') return `list of ${typeOf(s.items)}`;
  const least = s.minimum !== undefined && s.minimum > Number.MIN_SAFE_INTEGER ? ` of at least ${s.minimum}` : '';
  return `${s.format?.replace(/^cidrv/, 'CIDR of IPv') ?? s.type ?? 'any'}${least}`;
};

/** The options of a rule as its schema tells them. Loads zod. */
export async function optionsOf(rule: Rule): Promise<readonly OptionDoc[]> {
  const { options } = rule;
  if (!options) return [];
  const { optionsSchema } = await import('../config/schema.js');
  const { properties = {} } = optionsSchema(rule) as { readonly properties?: Readonly<Record<string, unknown>> };
  return Object.entries(options.describe).map(([name, says]) => ({
    name,
    says,
    type: typeOf(properties[name]),
    default: JSON.stringify(options.defaults[name]),
  }));
}

/** Inputs of a rule in a person's words; alternatives joined by "or". */
export function needsOf(rule: Rule): readonly string[] {
  const name = (kind: keyof typeof INPUTS) => {
    const { label, command } = INPUTS[kind];
    return command === undefined || command === label ? label : `${label} (${command})`;
  };
  return [...new Set(rule.needs.map((n) => (typeof n === 'string' ? [n] : [...n]).map(name).join(' or ')))];
}

/** Rules that name this one as a cause of theirs. */
export const effectsOf = (rule: Rule, all: readonly Rule[]): readonly string[] =>
  all.filter((r) => r.causedBy?.includes(rule.id)).map((r) => r.id);

/** The page of `dumplint explain`; a rule that the package ships has one of its docs too. */
export async function explain(
  rule: Rule,
  all: readonly Rule[],
  isShipped: boolean,
  format: FormatOptions,
): Promise<string> {
  const out = pen(format);
  out.line([rule.id, 'bold'], '  ', [rule.severity, rule.severity]);
  out.prose(0, `${rule.title}.`);
  const part = (title: string, lines: readonly string[]) => {
    if (lines.length === 0) return;
    out.line();
    out.line([title, 'bold']);
    for (const l of lines) out.prose(2, l);
  };
  part('Why', [rule.why]);
  part('Repair', [rule.fix]);
  part('Needs', needsOf(rule));
  if (rule.technology !== undefined) part('Applies', [`only where the input shows ${rule.technology}`]);
  const options = await optionsOf(rule);
  part(
    'Options',
    options.map((o) => `${o.name} (${o.type}, default ${o.default}): ${o.says}`),
  );
  part('Can be caused by', rule.causedBy ?? []);
  part('Can cause', effectsOf(rule, all));
  part('See also', rule.seeAlso ?? []);
  part('Since', [rule.since]);
  part('Configure', [
    `rules: { ${rule.id}: off } or a severity: error, warning, info`,
    ...(isShipped ? [`a real example of it is in docs/rules/${rule.id}.md of this package`] : []),
  ]);
  return out.done();
}
