import { KUBEADM, vethOf } from '../topologies.mjs';
import { oddity } from './oddity.mjs';

/** With a default route in that table it would be a fault: the node's own pods are then asked for at the gateway. */
export const ruleAndTable = oddity(
  'rule-and-table',
  KUBEADM,
  'node-1 has a rule for its own address and a table that says what the main one says of the LAN.',
  ({ lab }) => {
    lab.batch('node-1', [
      'route add 192.168.50.0/24 dev eth0 table 100',
      'rule add from 192.168.50.11 lookup 100 priority 1000',
    ]);
    return () => lab.batch('node-1', ['rule delete priority 1000', 'route flush table 100']);
  },
);

/** A supernet route is no overlap in effect, the longest prefix counts. */
export const supernet = oddity(
  'supernet',
  KUBEADM,
  'All nodes have a static route 10.0.0.0/8 to the company network, by the same gateway as all else.',
  ({ lab, topology }) => {
    for (const { name } of topology.nodes) lab.ip(name, ['route', 'add', '10.0.0.0/8', 'via', '192.168.50.1']);
    return () => {
      for (const { name } of topology.nodes) lab.ip(name, ['route', 'delete', '10.0.0.0/8']);
    };
  },
);

/** What DirectRouting writes for a peer on the same LAN (T16). */
export const directRoute = oddity(
  'direct-route',
  KUBEADM,
  'node-1 sends to the pods of node-2 by the LAN, without the tunnel; the replies come through it.',
  ({ lab }) => {
    lab.ip('node-1', ['route', 'replace', '10.244.1.0/24', 'via', '192.168.50.12', 'dev', 'eth0']);
    return () =>
      lab.ip('node-1', ['route', 'replace', '10.244.1.0/24', 'via', '10.244.1.0', 'dev', 'flannel.1', 'onlink']);
  },
);

/** The bridge is the input device of routed packets, not its port; lo is none; IPv6 is not in use (T4). */
export const idleForwarding = oddity(
  'idle-forwarding',
  KUBEADM,
  'Forwarding is off on node-1 where nothing asks for it: on lo, on the ports of cni0, and for all of IPv6.',
  ({ lab, topology }) => {
    const devices = ['lo', ...topology.nodes[0].pods.map(vethOf)];
    const set = (value) =>
      lab.sysctl('node-1', {
        ...Object.fromEntries(devices.map((dev) => [`net.ipv4.conf.${dev}.forwarding`, value])),
        'net.ipv6.conf.all.forwarding': 0,
      });
    set(0);
    return () => set(1);
  },
);
