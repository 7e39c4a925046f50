import type { Missing } from '../model/types.js';
import { doubt, type Walk } from './context.js';
import type { Machine } from './machine.js';
import type { World } from './world.js';

const unplaced = new WeakMap<World, Map<string, Missing>>();

/** By node, a captured namespace whose addresses were not: it may be that of any pod there. */
function unplacedOf(world: World): ReadonlyMap<string, Missing> {
  const known = unplaced.get(world);
  if (known) return known;
  const made = new Map<string, Missing>();
  for (const m of world.machines) {
    const missing = m.netns === '' || made.has(m.node) ? undefined : m.addressesMissing();
    if (missing) made.set(m.node, { ...missing, input: `address of ${m.netns}` });
  }
  unplaced.set(world, made);
  return made;
}

/** A presumed pod may be a namespace that was captured without its addresses: what that one's rules do to its packets is not known. */
export function presumeOf(w: Walk, { captured, node }: Machine): void {
  const missing = captured ? undefined : unplacedOf(w.world).get(node);
  if (missing) doubt(w, missing, 'lost');
}
