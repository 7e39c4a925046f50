import { FAULTS } from '../faults.mjs';
import { ODDITIES, TRIALS } from '../trials.mjs';
import { CASES } from './cases/index.mjs';

/**
 * @typedef {<T>(list: readonly T[]) => T} Pick chooses one: the first, or by the seed
 * @typedef {{
 *   id: string, kind: 'fault' | 'oddity', story: string,
 *   topology?: import('../topologies.mjs').Topology, fits?: (topology: import('../topologies.mjs').Topology) => boolean,
 *   break: (cluster: import('../cluster.mjs').Cluster, pick: Pick) => Promise<void | (() => unknown)>, brokenFromStart?: boolean,
 *   wavers?: boolean, between?: boolean, probes?: (topology: import('../topologies.mjs').Topology) => readonly import('./probes.mjs').Asked[],
 * }} Case
 */

const healthy = {
  id: 'healthy',
  kind: /** @type {const} */ ('oddity'),
  story: 'Nothing is broken.',
  fits: () => true,
  break: async () => () => {},
};

/** @type {readonly Case[]} */
export const ALL_CASES = [
  healthy,
  ...[...FAULTS, ...TRIALS].map((f) => ({ kind: /** @type {const} */ ('fault'), ...f })),
  ...ODDITIES.map((o) => ({ kind: /** @type {const} */ ('oddity'), ...o })),
  ...CASES,
];

export const fits = (one, topology) => (one.topology ? one.topology.name === topology.name : one.fits(topology));

/**
 * Cases whose outcome hangs on a count of packets or on which processor takes them, and those that break what lies between the nodes, where nothing is
 * captured and the walk says that it presumes nothing to be lost. That an outcome hangs on timing excuses no verdict: such a one is unknown.
 */
export const EXCUSED = new Set([
  ...ALL_CASES.filter((c) => c.between === true).map((c) => c.id),
  ...['cpu', 'nth', 'random', 'limit', 'hashlimit', 'quota'].map((name) => `matches.match-${name}`),
]);
