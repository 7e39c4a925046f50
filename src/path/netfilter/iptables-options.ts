import type { At, IptablesOption } from '../../kit/index.js';
import type { HookContext, RuleVerdict } from './types.js';

export type Target = (c: HookContext) => RuleVerdict;

export type Options = readonly IptablesOption[];
export const optionOf = (options: Options, ...names: readonly string[]): string | undefined =>
  options.find((o) => names.includes(o.name))?.values[0];
export const has = (options: Options, name: string): boolean => options.some((o) => o.name === name);

export const unknownTarget =
  (name: string, at: At): Target =>
  (c) => ({
    kind: 'unknown',
    missing: { node: c.machine.node, input: `-j ${name}`, reason: 'unsupported', at },
  });
