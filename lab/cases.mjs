import { addresses, pods } from './cases/addresses.mjs';
import { bgp } from './cases/bgp.mjs';
import { chanceOf } from './cases/chance.mjs';
import { forget } from './cases/changes.mjs';
import { filter } from './cases/filter.mjs';
import { forwarding } from './cases/forwarding.mjs';
import { bridge, links, mtu } from './cases/links.mjs';
import { matches } from './cases/matches.mjs';
import { nat, services } from './cases/nat.mjs';
import { neighbours } from './cases/neighbours.mjs';
import { oddities } from './cases/oddities.mjs';
import { placeOf } from './cases/place.mjs';
import { routes, rules } from './cases/routes.mjs';
import { abilitiesOf } from './cases/shape.mjs';
import { sysctls } from './cases/sysctl.mjs';
import { fdb, vxlan } from './cases/vxlan.mjs';

/**
 * The registry for the judge of the packet walk: faults and oddities that a seed places in any cluster, alone or together.
 * @typedef {import('./cases/case.mjs').Case} Case
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 */

/** @type {readonly Case[]} */
export const CASES = [
  ...forwarding,
  ...filter,
  ...matches,
  ...nat,
  ...services,
  ...routes,
  ...rules,
  ...neighbours,
  ...fdb,
  ...vxlan,
  ...links,
  ...bridge,
  ...mtu,
  ...addresses,
  ...pods,
  ...sysctls,
  ...bgp,
  ...oddities,
];

/** Those that make sense in that cluster, which must be whole when asked. @param {Cluster} cluster */
export function casesFor(cluster) {
  const abilities = abilitiesOf(cluster);
  return CASES.filter((c) =>
    c.needs.every((need) => (need.startsWith('!') ? !abilities.has(need.slice(1)) : abilities.has(need))),
  );
}

/**
 * Makes cases one on top of the other, each placed by its own seed, and lets the kernel forget what it learned before. One that cannot be
 * made on top of those before it (its route is gone already) is left out and named in `left`.
 * @param {Cluster} cluster @param {readonly { case: Case, seed: number }[]} chosen
 */
export async function applyCases(cluster, chosen) {
  const made = [];
  const left = [];
  for (const { case: one, seed } of chosen)
    try {
      const undo = await one.break(cluster, placeOf(cluster.topology, seed));
      made.push({ id: one.id, seed, undo, commands: undo.commands });
    } catch (error) {
      left.push({ id: one.id, seed, why: String(error.message) });
    }
  await forget(cluster);
  return {
    made,
    left,
    async undo() {
      for (const { undo } of made.toReversed()) await undo();
    },
  };
}

/** `count` cases of different categories by one seed. @param {readonly Case[]} from */
export function chooseCases(from, seed, count) {
  const chance = chanceOf(seed);
  const chosen = [];
  for (const one of chance.shuffled(from)) {
    if (chosen.length === count) break;
    if (chosen.some((c) => c.case.category === one.category)) continue;
    chosen.push({ case: one, seed: chance.below(2 ** 31) });
  }
  return chosen;
}
