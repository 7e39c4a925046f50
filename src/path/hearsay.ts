import type { NeighbourFact } from '../facts/index.js';
import type { Machine } from './machine.js';
import type { World } from './world.js';

/*
 * What the captured stacks together know of who is on their networks, looked up by address: there are many of them, and each step may ask.
 */

/** An entry with an lladdr, and whose it is. */
export interface Known {
  readonly machine: Machine;
  readonly entry: NeighbourFact;
}

/** Next hops of any route, as the captures write them, and who has a route by them. */
type Gateways = ReadonlyMap<string, ReadonlySet<Machine>>;

interface Hearsay {
  readonly byAddress: ReadonlyMap<string, readonly Known[]>;
  readonly gateways: Gateways;
}

const held = new WeakMap<World, Hearsay>();

function hearsayOf(world: World): Hearsay {
  const known = held.get(world);
  if (known) return known;
  const byAddress = new Map<string, Known[]>();
  const gateways = new Map<string, Set<Machine>>();
  for (const machine of world.machines) {
    for (const entry of machine.facts('neigh')) {
      if (entry.lladdr === undefined) continue;
      const list = byAddress.get(entry.address);
      if (list) list.push({ machine, entry });
      else byAddress.set(entry.address, [{ machine, entry }]);
    }
    for (const route of machine.facts('route'))
      for (const { via } of route.nexthops)
        if (via !== undefined) gateways.set(via, (gateways.get(via) ?? new Set()).add(machine));
  }
  const made = { byAddress, gateways };
  held.set(world, made);
  return made;
}

/** Entries of all stacks that give the address an lladdr. */
export const entriesFor = (world: World, address: string): readonly Known[] =>
  hearsayOf(world).byAddress.get(address) ?? [];

/** Next hops of any route, as the captures write them, and who has a route by them. */
export const gatewaysOf = (world: World): Gateways => hearsayOf(world).gateways;
