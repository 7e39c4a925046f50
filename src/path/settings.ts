import type { Missing } from '../model/types.js';
import { doubt, type Otherwise, type Walk } from './context.js';
import type { Machine } from './machine.js';

/**
 * What would tell a setting that the collector takes of other stacks and not of this one. Undefined: it is captured, or nobody takes it, and it is
 * what the kernel begins with.
 */
export function settingMissing(machine: Machine, key: string): Missing | undefined {
  const scope = { key };
  if (!machine.captured || machine.presumable('sysctl', scope)) return undefined;
  return machine.missing('sysctl', key, scope);
}

/** The setting is taken for what the kernel begins with, and may be another. */
export function presumeSetting(w: Walk, machine: Machine, key: string, otherwise: Otherwise = 'lost'): void {
  const missing = settingMissing(machine, key);
  if (missing) doubt(w, missing, otherwise);
}
