import { birdStopped } from './faults/bird-stopped.mjs';
import { cni0ForwardingOff, cni0ForwardingOffGravity } from './faults/cni0-forwarding-off.mjs';
import { missingRoute } from './faults/missing-route.mjs';
import { overlappingSubnets } from './faults/overlapping-subnets.mjs';
import { staleVtepMac } from './faults/stale-vtep-mac.mjs';
import { wrongInterface } from './faults/wrong-interface.mjs';
import { backends } from './probe.mjs';
import { GRAVITY, KUBEADM } from './topologies.mjs';

/**
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 * @typedef {import('./probe.mjs').Probe} Probe
 * @typedef {import('./capture.mjs').Captured} Captured
 * @typedef {{ rule: string, node: string, device?: string, capture: string, line: string,
 *   inGravity?: { rule?: string, node?: string, capture: string, line: string } | null, orCapture?: { capture: string, line: string } }} Expected
 * `capture` is the lab's name of the capture on `node`, or `nodes-yaml`; a writer knows the file. `line` is a regular expression.
 * `inGravity` is the proof in that layout, where it is another one; null: there is none. `orCapture` proves it as well.
 * @typedef {{
 *   id: string, topology: import('./topologies.mjs').Topology, story: string,
 *   break: (cluster: Cluster) => Promise<void | (() => unknown)>, brokenFromStart?: true,
 *   works: (probe: Probe) => boolean | undefined,
 *   saw?: (result: import('./probe.mjs').Result) => string | undefined,
 *   expect: { errors: readonly Expected[], warnings?: readonly Expected[], mayFind: readonly string[] },
 *   evidence?: (cluster: Cluster) => Promise<Captured[]>,
 * }} Fault
 * `works` says for a probe between pods, nodes and their overlay addresses whether the broken cluster answers it;
 * undefined where the kernel may do either. `saw`: the source address that the asked end must have seen. `break` may return
 * what takes it back, which trials need. Services follow from their backends.
 */

/** A service works if all its backends do, fails if none does, and is a matter of luck in between. */
export function serviceWorks(topology, probe, works) {
  const each = backends(topology, probe).map((dst) => works({ ...probe, dst }));
  return each.every((w) => w === true) ? true : each.every((w) => w === false) ? false : undefined;
}

/** What may be found beside the fault itself: whatever it is, the packet walk shows what it loses. */
export const mayFindOf = ({ expect }) =>
  expect.errors.length === 0 ? expect.mayFind : [...expect.mayFind, 'trace/path-lost'];

/** What `works` says, carried over to services. */
export const expectation = (fault) => (probe) =>
  probe.dst.kind === 'service' ? serviceWorks(fault.topology, probe, fault.works) : fault.works(probe);

/** All faults, in the order of the samples. @type {readonly Fault[]} */
export const FAULTS = [
  cni0ForwardingOff,
  cni0ForwardingOffGravity,
  wrongInterface,
  staleVtepMac,
  missingRoute,
  overlappingSubnets,
  birdStopped,
];

/** Healthy clusters: every probe is answered, nothing is to be found. @type {readonly Fault[]} */
export const HEALTHY = [
  [
    'healthy',
    KUBEADM,
    "A healthy kubeadm cluster with flannel (vxlan). docker0 on node-2 is down, which is nobody's trouble.",
  ],
  [
    'healthy-gravity',
    GRAVITY,
    'A healthy Gravity 6 cluster: flannel with etcd leases in planet, flannel.null for the service network, rules of kube-proxy 1.16.',
  ],
].map(([id, topology, story]) => ({
  id,
  topology,
  story,
  break: async () => {},
  works: () => true,
  expect: { errors: [], mayFind: [] },
}));
