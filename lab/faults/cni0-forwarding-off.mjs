import { capturePing, captureTcpdump } from '../capture.mjs';
import { nodeOf } from '../cluster.mjs';
import { GRAVITY, KUBEADM } from '../topologies.mjs';
import { firstPod, isPod, sameNode } from './ends.mjs';

async function cni0Evidence(cluster) {
  const node = nodeOf(cluster, 'node-1');
  const target = firstPod(node);
  const ping = async () => void capturePing(cluster, 'node-2', target);
  return [
    capturePing(cluster, 'node-2', node.podCidr.replace(/\/\d+$/, '')),
    capturePing(cluster, 'node-2', node.podCidr.replace(/\d+\/\d+$/, '1')),
    capturePing(cluster, 'node-2', target),
    await captureTcpdump(cluster, 'node-1', 'cni0', ['icmp'], ping),
    await captureTcpdump(cluster, 'node-1', 'flannel.1', ['icmp'], ping),
  ];
}

/** Forwarding off on cni0: what a pod of the node sends is heard only by the bridge and by the node itself. */
const cni0Works = (probe) => {
  if (sameNode(probe)) return true;
  if (probe.src.node === 'node-1' && isPod(probe.src)) return false;
  return !(probe.dst.node === 'node-1' && isPod(probe.dst));
};

const cni0Break = async ({ lab }) => lab.sysctl('node-1', { 'net.ipv4.conf.cni0.forwarding': 0 });

/** @returns {import('../faults.mjs').Fault} */
const cni0Off = (id, topology, errors, evidence) => ({
  id,
  topology,
  story:
    'Somebody set net.ipv4.conf.cni0.forwarding=0 on node-1. What its pods send off their bridge is dropped, replies too; node-1 itself, ' +
    'and pods that talk on the bridge, notice nothing. From node-2 the overlay address and the bridge address of node-1 answer, its pods do not.',
  break: cni0Break,
  works: cni0Works,
  expect: { errors, mayFind: ['trace/reply-lost-in-node', 'trace/ping-matrix', 'dns/query-timeout'] },
  ...(evidence && { evidence }),
});

const forwardingOff = [
  {
    rule: 'kernel/forwarding-disabled',
    node: 'node-1',
    device: 'cni0',
    capture: 'ip-netconf',
    line: '^inet cni0 forwarding off ',
  },
];

export const cni0ForwardingOff = cni0Off('cni0-forwarding-off', KUBEADM, forwardingOff, cni0Evidence);
export const cni0ForwardingOffGravity = cni0Off('cni0-forwarding-off-gravity', GRAVITY, forwardingOff);
