import { changesOf } from './changes.mjs';

/**
 * One thing that may be wrong, or merely odd, with a cluster. Nothing is expected of it: the kernel says what works.
 *
 * `needs` are abilities of the cluster (shape.mjs, abilitiesOf) without which it makes no sense. `break` makes it where `at` says and
 * returns what takes it back (`undo.commands` tells what was done). `kernel` says what the kernel did when it was tried alone.
 * `wavers`: what the kernel does hangs on timing, so a walk must fork there. `large`: only packets above some size notice.
 *
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('./place.mjs').Place} Place
 * @typedef {{
 *   id: string, category: string, harmless: boolean, needs: readonly string[], kernel: string, wavers?: true, large?: true,
 *   break: (cluster: Cluster, at: Place) => Promise<import('./changes.mjs').Undo>,
 * }} Case
 */

/**
 * Cases of one category: id → [needs, what the kernel did, what is changed].
 * @param {string} category
 * @param {Record<string, { needs?: readonly string[], kernel: string, wavers?: true, large?: true, harmless?: true,
 *   make: (on: import('./changes.mjs').Changes, at: Place, cluster: Cluster) => unknown }>} cases
 * @returns {Case[]}
 */
export const casesOf = (category, cases) =>
  Object.entries(cases).map(([id, { needs = [], make, harmless = false, ...rest }]) => ({
    id,
    category,
    harmless,
    needs,
    ...rest,
    async break(cluster, at) {
      const on = changesOf(cluster);
      try {
        await make(on, at, cluster);
      } catch (error) {
        await on.undo();
        throw error;
      }
      return on.undo;
    },
  }));
