import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SLOW } from '../slow.mjs';
import { podNs } from '../topologies.mjs';
import { felixRules } from './felix.mjs';

/**
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('../topologies.mjs').NodeSpec} NodeSpec
 */

/** Calico's name of a workload's host device: `cali` + 11 digits of SHA-1 over `namespace.pod`. */
export const caliOf = (pod) =>
  `cali${createHash('sha1').update(`${pod.namespace}.${pod.name}`).digest('hex').slice(0, 11)}`;

/** calico-node's bird.cfg for BIRD 2; `metric 0` because Calico's own BIRD 1.6 sets none. */
function birdConfig(topology, node) {
  const peers = topology.nodes.filter((n) => n !== node);
  const block = node.podCidr;
  return `router id ${node.internalIp};
protocol device { scan time 2; }
protocol direct { ipv4; interface -"cali*", "*"; }
protocol static { ipv4; route ${block} blackhole; }
protocol kernel {
  learn;
  persist;
  scan time 2;
  graceful restart;
  merge paths on;
  metric 0;
  ipv4 {
    import all;
    export where source ~ [ RTS_STATIC, RTS_BGP ];
  };
}
template bgp bgp_template {
  description "Connection to BGP peer";
  local ${node.internalIp} as 64512;
  multihop;
  graceful restart on;
  connect delay time 1;
  connect retry time 3;
  error wait time 1, 5;
  ipv4 {
    import all;
    export filter { if ( net = ${block} ) then accept; reject; };
    gateway recursive;
    add paths on;
  };
}
${peers.map((p) => `protocol bgp Mesh_${p.internalIp.replaceAll('.', '_')} from bgp_template { neighbor ${p.internalIp} as 64512; }`).join('\n')}
`;
}

const socketOf = (lab, node) => join(lab.folder, `${node.name}.ctl`);

/** What `birdcl` prints on that node, also when nothing listens on its socket. */
export const birdcl = (cluster, node, words) =>
  cluster.lab.exec(node.name, ['birdc', '-s', socketOf(cluster.lab, node), ...words], { mayFail: true });

export function startBird({ lab, topology, state }, node) {
  const config = join(lab.folder, `${node.name}.conf`);
  writeFileSync(config, birdConfig(topology, node));
  state.get(node.name).bird = lab.spawn(node.name, [
    'bird',
    '-f',
    '-c',
    config,
    '-s',
    socketOf(lab, node),
    '-P',
    join(lab.folder, `${node.name}.pid`),
  ]);
}

/** Polls until `ready()` holds; an error after `seconds`. */
export async function until(what, ready, seconds = 20) {
  const end = Date.now() + seconds * 1000 * SLOW;
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await sleep(150);
  }
}

/** An orderly stop: BIRD tells its peers goodbye. Its kernel routes stay (`persist`), as calico-node has it. */
export async function stopBird(cluster, node) {
  birdcl(cluster, node, ['down']);
  const { bird } = cluster.state.get(node.name);
  await until(`bird of ${node.name} to end`, () => bird.exitCode !== null);
}

export function attachPods({ lab, topology }, node, mtu = topology.mtu) {
  for (const pod of node.pods) {
    const cali = caliOf(pod);
    lab.ip(node.name, [
      'link',
      'add',
      cali,
      'address',
      'ee:ee:ee:ee:ee:ee',
      'mtu',
      String(mtu),
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'address',
      pod.mac,
      'mtu',
      String(mtu),
      'netns',
      lab.full(podNs(pod)),
    ]);
    lab.ip(node.name, ['link', 'set', cali, 'up']);
    lab.sysctl(node.name, {
      [`net.ipv4.conf.${cali}.proxy_arp`]: 1,
      [`net.ipv4.conf.${cali}.rp_filter`]: 1,
      [`net.ipv4.conf.${cali}.route_localnet`]: 1,
      [`net.ipv4.neigh.${cali}.proxy_delay`]: 0,
    });
    lab.ip(node.name, ['route', 'add', `${pod.address}/32`, 'dev', cali, 'scope', 'link']);
    lab.batch(podNs(pod), [
      'link set eth0 up',
      `address add ${pod.address}/32 dev eth0`,
      'route add 169.254.1.1 dev eth0 scope link',
      'route add default via 169.254.1.1 dev eth0',
    ]);
  }
}

const blocksKnown = (cluster, node) => {
  const { stdout } = cluster.lab.ip(node.name, ['route', 'show', 'proto', 'bird']);
  return cluster.topology.nodes.every((n) => stdout.includes(n.podCidr));
};

/** BIRD reads the kernel's table every two seconds and writes again what is missing. */
export async function sync(cluster, node) {
  birdcl(cluster, node, ['restart', 'all']);
  await until(`all blocks on ${node.name}`, () => blocksKnown(cluster, node), 40);
}
/** Host side of a pod's veth. */
export const deviceOf = (pod) => caliOf(pod);

/** @param {Cluster} cluster */
export async function build(cluster) {
  const { lab, topology } = cluster;
  for (const node of topology.nodes) {
    attachPods(cluster, node);
    for (const set of ['cali40masq-ipam-pools', 'cali40all-ipam-pools']) {
      lab.exec(node.name, ['ipset', 'create', set, 'hash:net', 'family', 'inet', 'maxelem', '1048576']);
      lab.exec(node.name, ['ipset', 'add', set, topology.clusterCidr]);
    }
    startBird(cluster, node);
  }
  for (const node of topology.nodes) await until(`the socket of ${node.name}`, () => existsSync(socketOf(lab, node)));
  for (const node of topology.nodes) await until(`all blocks on ${node.name}`, () => blocksKnown(cluster, node), 40);
}

export const rules = ({ topology }, node) =>
  felixRules(node.pods.map(caliOf), { raw: topology.raw, appends: topology.raw });
