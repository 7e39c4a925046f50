import { KUBEADM } from '../topologies.mjs';
import { isNode, isPodOf, podLeaves, sameNode } from './ends.mjs';

const forwarding = (dev) => `net.ipv4.conf.${dev.replaceAll('.', '/')}.forwarding`;
const set = ({ lab }, values) => lab.sysctl('node-1', values);
const netconf = (dev) => ({
  rule: 'kernel/forwarding-disabled',
  node: 'node-1',
  device: dev,
  capture: 'ip-netconf',
  line: `^inet ${dev.replace('.', '\\.')} forwarding off `,
});

const oneDevice = (id, dev, story, works) => ({
  id,
  topology: KUBEADM,
  story,
  async break(cluster) {
    set(cluster, { [forwarding(dev)]: 0 });
    return () => set(cluster, { [forwarding(dev)]: 1 });
  },
  works,
  expect: { errors: [netconf(dev)], mayFind: [] },
});

/** @type {import('../faults.mjs').Fault} */
export const flannelForwardingOff = oneDevice(
  'flannel-forwarding-off',
  'flannel.1',
  'Forwarding is off on flannel.1 of node-1: what peers send to its pods is dropped behind the tunnel, replies to its pods too. node-1 itself notices nothing.',
  (probe) => isNode(probe.dst) || !podLeaves(probe, 'node-1'),
);

/** @type {import('../faults.mjs').Fault} */
export const nicForwardingOff = oneDevice(
  'nic-forwarding-off',
  'eth0',
  'Forwarding is off on eth0 of node-1. The overlay is delivered to node-1 itself and goes on; but what its pods ask of addresses outside was masqueraded, and the replies need forwarding.',
  (probe) => sameNode(probe) || !(isPodOf(probe.src, 'node-1') && isNode(probe.dst)),
);

/** @type {import('../faults.mjs').Fault} */
export const ipForwardOff = {
  id: 'ip-forward-off',
  topology: KUBEADM,
  story: 'Somebody wrote net.ipv4.ip_forward=0 on node-1, which turned forwarding off on all its devices.',
  async break(cluster) {
    set(cluster, { 'net.ipv4.ip_forward': 0 });
    return () => set(cluster, { 'net.ipv4.ip_forward': 1 });
  },
  works: (probe) => !podLeaves(probe, 'node-1'),
  expect: {
    errors: [
      {
        rule: 'kernel/ip-forward-off',
        node: 'node-1',
        capture: 'ip-netconf',
        line: '^inet all forwarding off ',
        orCapture: { capture: 'sysctl', line: '^net\\.ipv4\\.ip_forward = 0' },
      },
    ],
    mayFind: ['kernel/forwarding-disabled'],
  },
};

/** @type {import('../faults.mjs').Fault} */
export const ipForwardOffDevicesOn = {
  id: 'ip-forward-off-devices-on',
  topology: KUBEADM,
  story:
    'net.ipv4.ip_forward is 0 on node-1, but every device was set to 1 again afterwards: all of them forward, only a device made anew would not.',
  async break(cluster) {
    const { stdout } = cluster.lab.exec('node-1', ['ls', '/proc/sys/net/ipv4/conf']);
    const devices = stdout.split('\n').filter((dev) => dev !== '' && dev !== 'all' && dev !== 'default');
    set(cluster, { 'net.ipv4.ip_forward': 0 });
    set(cluster, Object.fromEntries(devices.map((dev) => [forwarding(dev), 1])));
    return () => set(cluster, { 'net.ipv4.ip_forward': 1 });
  },
  works: () => true,
  expect: {
    errors: [],
    warnings: [
      {
        rule: 'kernel/ip-forward-off',
        node: 'node-1',
        capture: 'ip-netconf',
        line: '^inet all forwarding off ',
        orCapture: { capture: 'sysctl', line: '^net\\.ipv4\\.ip_forward = 0' },
      },
    ],
    mayFind: [],
  },
};
