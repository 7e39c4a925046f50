import { KUBEADM, macOf } from '../topologies.mjs';
import { oddity } from './oddity.mjs';

/** T9: an address nobody needs does not answer. */
export const deadNeighbours = oddity(
  'dead-neighbours',
  KUBEADM,
  'node-1 asked for addresses that nobody has, on the LAN and among its pods: FAILED entries.',
  ({ lab }) => {
    for (const address of ['192.168.50.200', '10.244.0.99'])
      lab.exec('node-1', ['ping', '-c1', '-W1', address], { mayFail: true });
    return () => lab.batch('node-1', ['neigh flush dev eth0', 'neigh flush dev cni0']);
  },
);

/** T26, T30: what a node leaves behind hurts nobody. */
export const removedNode = oddity(
  'removed-node',
  KUBEADM,
  'node-4 was removed from the cluster. node-1 still has its ARP entry and all that flannel wrote about it.',
  ({ lab }) => {
    const mac = macOf('vtep node-4');
    lab.batch('node-1', [
      `neigh add 192.168.50.14 lladdr ${macOf('eth0 node-4')} dev eth0 nud stale`,
      `neigh add 10.244.3.0 lladdr ${mac} dev flannel.1 nud permanent`,
      'route add 10.244.3.0/24 via 10.244.3.0 dev flannel.1 onlink',
    ]);
    const fdb = (action) =>
      lab.exec('node-1', [
        'bridge',
        'fdb',
        action,
        mac,
        'dev',
        'flannel.1',
        'dst',
        '192.168.50.14',
        'self',
        'permanent',
      ]);
    fdb('add');
    return () => {
      fdb('delete');
      lab.batch('node-1', [
        'route delete 10.244.3.0/24',
        'neigh delete 10.244.3.0 dev flannel.1',
        'neigh delete 192.168.50.14 dev eth0',
      ]);
    };
  },
);

export const cordoned = oddity(
  'cordoned',
  KUBEADM,
  'node-3 was cordoned for maintenance; its pods still run.',
  ({ state }) => {
    state.get('node-3').cordoned = true;
    return () => {
      state.get('node-3').cordoned = false;
    };
  },
);
