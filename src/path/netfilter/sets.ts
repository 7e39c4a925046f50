import type { Answer } from './tri.js';
import type { HookContext } from './types.js';

/** Is the packet in a set? `fields` are `src` and `dst` in the order of the set's dimensions. */
export function inSet(c: HookContext, name: string, fields: readonly string[]): Answer {
  void fields;
  return { node: c.machine.node, input: `ipset ${name}`, reason: 'not-captured' };
}
