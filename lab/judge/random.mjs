import { ALL_CASES, fits } from './case.mjs';

/** A small generator with a seed (mulberry32): the same seed draws the same trials. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * One to three faults and up to two oddities together on a topology, each drawn; a case that was made for one topology is drawn there.
 * @param {number} count @param {number} seed @param {readonly import('../topologies.mjs').Topology[]} topologies
 * @param {(one: import('./case.mjs').Case) => boolean} [isWanted] of which cases
 * @returns {import('./trial.mjs').Trial[]}
 */
export function randomTrials(count, seed, topologies, isWanted = () => true) {
  const random = generator(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const draw = (topology, kind, most) => {
    const open = ALL_CASES.filter(
      (c) => c.kind === kind && c.id !== 'healthy' && !c.brokenFromStart && isWanted(c) && fits(c, topology),
    );
    const drawn = new Set();
    for (let i = 0; i < most && open.length > 0; i++) drawn.add(pick(open));
    return [...drawn];
  };
  return Array.from({ length: count }, (_, i) => {
    const topology = pick(topologies);
    const faults = draw(topology, 'fault', 1 + Math.floor(random() * 3));
    const oddities = draw(topology, 'oddity', Math.floor(random() * 3));
    const cases = [...oddities, ...faults];
    // Each trial has its own stream, so that one that fails does not change the others.
    const own = generator(Math.floor(random() * 2 ** 32));
    return {
      name: `${topology.name}+random-${seed}-${i}`,
      topology,
      cases: cases.length > 0 ? cases : ALL_CASES.slice(0, 1),
      pick: (list) => list[Math.floor(own() * list.length)],
    };
  });
}
