/** What faults ask about a probe's two ends. */
export const isNode = (end) => end.kind === 'node';
export const isPod = (end) => end.kind === 'pod';
export const between = (probe, a, b) =>
  (probe.src.node === a && probe.dst.node === b) || (probe.src.node === b && probe.dst.node === a);
export const sameNode = (probe) => probe.src.node === probe.dst.node;

export const firstPod = (node) => node.pods[0].address;
