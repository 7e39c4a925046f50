import type { IptablesSpec } from '../../facts/index.js';
import { parseRule } from './rule.js';

/**
 * kube-proxy writes the same rules on every node: ten nodes with 50 000 rules each have 50 000 different texts. A cache of what is a
 * pure function of its key, bounded; when it is full it starts anew, which costs time and no truth.
 */
const MOST = 2 ** 18;
const LONGEST = 1024;
const specs = new Map<string, IptablesSpec | string>();
const names = new Map<string, string>();

export function sharedRule(text: string): IptablesSpec | string {
  const known = specs.get(text);
  if (known !== undefined) return known;
  const spec = parseRule(text);
  if (text.length > LONGEST) return spec;
  if (specs.size >= MOST) specs.clear();
  specs.set(text, spec);
  return spec;
}

/** One string for all equal chain names. */
export function sharedName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= MOST) names.clear();
  names.set(name, name);
  return name;
}
