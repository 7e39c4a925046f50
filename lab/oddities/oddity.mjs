/**
 * Something unusual that breaks nothing: the kernel answers every probe, and the linter must not raise its voice.
 * @param {string} id @param {import('../topologies.mjs').Topology} topology @param {string} story
 * @param {(cluster: import('../cluster.mjs').Cluster) => () => void} make returns what takes it back
 * @param {import('../faults.mjs').Fault['works']} [works]
 * @returns {import('../faults.mjs').Fault}
 */
export const oddity = (id, topology, story, make, works = () => true) => ({
  id,
  topology,
  story,
  break: async (cluster) => make(cluster),
  works,
  expect: { errors: [], mayFind: [] },
});
