import type { StackKind } from '../facts/index.js';
import type { Missing, Scope } from '../model/types.js';
import { doubt, type Otherwise, type Walk } from './context.js';
import type { Machine } from './machine.js';

/**
 * What the collector takes of other stacks of this sort (nodes, pods) and not of this one. Undefined: it was captured, or nobody takes it, and the
 * stack is presumed to be as the kernel makes one.
 */
export const withheld = (
  machine: Machine,
  kind: StackKind,
  input: string = kind,
  scope: Scope = {},
): Missing | undefined =>
  machine.captured && !machine.presumable(kind, Object.keys(scope).length > 0 ? scope : undefined)
    ? machine.missing(kind, input, scope)
    : undefined;

/** The same as a doubt: what was presumed may be so or not. */
export function doubtWithheld(
  w: Walk,
  machine: Machine,
  kind: StackKind,
  otherwise: Otherwise,
  { input = kind, scope = {} }: { readonly input?: string; readonly scope?: Scope } = {},
): void {
  const missing = withheld(machine, kind, input, scope);
  if (missing) doubt(w, missing, otherwise);
}

/** The setting `net.…` of a stack, as above. */
export const settingWithheld = (machine: Machine, key: string): Missing | undefined =>
  withheld(machine, 'sysctl', key, { key });

export function doubtSetting(w: Walk, machine: Machine, key: string, otherwise: Otherwise = 'lost'): void {
  doubtWithheld(w, machine, 'sysctl', otherwise, { input: key, scope: { key } });
}
