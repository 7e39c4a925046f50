import { chanceOf } from './chance.mjs';

/**
 * Where a case strikes, chosen by a seed: a node with a pod on it, a second pod of that node if it has one, another node with a
 * pod, and a third node if there is one.
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('../topologies.mjs').Pod} Pod
 * @typedef {import('./chance.mjs').Chance & { seed: number, node: NodeSpec, pod: Pod, sibling?: Pod, peer: NodeSpec, far: Pod, third?: NodeSpec }} Place
 */

/** @param {import('../topologies.mjs').Topology} topology @param {number} seed @returns {Place} */
export function placeOf(topology, seed) {
  const chance = chanceOf(seed);
  const used = chance.shuffled(topology.nodes.filter((n) => n.pods.length > 0));
  const [node, peer] = used;
  const [pod, sibling] = chance.shuffled(node.pods);
  return {
    ...chance,
    seed,
    node,
    pod,
    ...(sibling && { sibling }),
    peer,
    far: chance.pick(peer.pods),
    third: used[2] ?? topology.nodes.find((n) => n !== node && n !== peer),
  };
}

/** In words, for a log. */
export const placed = (at) =>
  `${at.node.name} (${at.pod.address}${at.sibling ? `, ${at.sibling.address}` : ''}) and ${at.peer.name} (${at.far.address}), seed ${at.seed}`;
