/**
 * Chance that can be had again: the same seed makes the same choices (mulberry32).
 * @typedef {{ below: (n: number) => number, pick: <T>(list: readonly T[]) => T, coin: () => boolean, shuffled: <T>(list: readonly T[]) => T[] }} Chance
 */

/** @param {number} seed @returns {Chance} */
export function chanceOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return {
    below,
    pick(list) {
      if (list.length === 0) throw new Error('nothing to choose from');
      return list[below(list.length)];
    },
    coin: () => next() < 0.5,
    shuffled(list) {
      const rest = [...list];
      return list.map(() => rest.splice(below(rest.length), 1)[0]);
    },
  };
}
