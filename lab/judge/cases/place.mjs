/**
 * Where a case strikes, as `pick` chooses: a node with pods, one of its pods and a second one if it has it, another node with a pod,
 * and a third node. A plain run takes the first of each; a random one any.
 * @typedef {import('../../topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('../../topologies.mjs').Pod} Pod
 * @typedef {import('../case.mjs').Pick} Pick
 * @typedef {{ node: NodeSpec, pod: Pod, sibling?: Pod, peer: NodeSpec, far: Pod, third: NodeSpec, pick: Pick, coin: () => boolean }} Place
 */

/** @param {import('../../topologies.mjs').Topology} topology @param {Pick} pick @returns {Place} */
export function placeOf(topology, pick) {
  const used = topology.nodes.filter((n) => n.pods.length > 0);
  const node = pick(used.some((n) => n.pods.length > 1) ? used.filter((n) => n.pods.length > 1) : used);
  const pod = pick(node.pods);
  const sibling = node.pods.find((p) => p !== pod);
  const peer = pick(used.filter((n) => n !== node));
  const far = pick(peer.pods);
  const third = topology.nodes.find((n) => n !== node && n !== peer);
  return { node, pod, ...(sibling && { sibling }), peer, far, third, pick, coin: () => pick([true, false]) };
}
