import { setTimeout as sleep } from 'node:timers/promises';

/** What faults ask about a probe's two ends. */
export const isNode = (end) => end.kind === 'node';
export const isPod = (end) => end.kind === 'pod';
export const between = (probe, a, b) =>
  (probe.src.node === a && probe.dst.node === b) || (probe.src.node === b && probe.dst.node === a);
export const sameNode = (probe) => probe.src.node === probe.dst.node;

export const firstPod = (node) => node.pods[0].address;

/**
 * The gateway answers a stray packet with an ICMP error, five at most and then one a second (route.c, ip_error), and the
 * probes have used them up. After this wait a ping of three gets its three.
 */
export const gatewayRested = () => sleep(6000);

export const isPodOf = (end, node) => isPod(end) && end.node === node;
/** From or to a pod of the node, and not within it. */
export const podLeaves = (probe, node) => !sameNode(probe) && (isPodOf(probe.src, node) || isPodOf(probe.dst, node));
/** What two nodes say to each other through the overlay, in either direction. */
export const overlayBetween = (probe, a, b) => between(probe, a, b) && !isNode(probe.dst);
