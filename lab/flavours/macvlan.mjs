import { podNs } from '../topologies.mjs';

/**
 * Pods on the LAN itself by the macvlan plugin (plugins/main/macvlan): each has a card and an address of the LAN, and its own node can't
 * reach it by that card.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 */

/** @param {Cluster} cluster */
export async function build({ lab, topology }) {
  for (const node of topology.nodes)
    for (const pod of node.pods) {
      const parent = node.nics[0].name;
      lab.ip(node.name, [
        ...['link', 'add', 'mac0', 'link', parent, 'address', pod.mac, 'type', 'macvlan', 'mode', 'bridge'],
      ]);
      lab.ip(node.name, ['link', 'set', 'mac0', 'netns', lab.full(podNs(pod)), 'name', 'eth0']);
      lab.batch(podNs(pod), [
        'link set eth0 up',
        `address add ${pod.address}/${topology.lan.length} brd + dev eth0`,
        `route add default via ${topology.lan.gateway} dev eth0`,
      ]);
    }
}

/** Nothing is written for peers. */
export const sync = () => {};
/** Its card is the node's. */
export const deviceOf = () => 'eth0';
export const rules = () => ({ filter: [], nat: [] });
