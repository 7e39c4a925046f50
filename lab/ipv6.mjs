import { felixSets } from './flavours/calico-vxlan.mjs';
import { kubeProxyRules } from './kube-proxy.mjs';
import { macOf, podNs } from './topologies.mjs';

/**
 * The second family of a dual-stack cluster: everything that stands there for IPv4, once more for IPv6. Each address has one that
 * belongs to it (10.244.0.2 is fd00:10:244::2 too), and rules are those of IPv4 with the addresses replaced.
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./topologies.mjs').NodeSpec} NodeSpec
 */

/** The address of IPv6 that belongs to one of IPv4: its decimal digits are read as hexadecimal ones. */
export function six(address) {
  if (address.includes(':')) return address;
  const [a, b, c, d] = address.split('.');
  return compact(['fd00', a, b, c, '0', '0', '0', d]);
}

/** As the kernel writes it: the longest run of zeros is left out. */
const compact = (groups) => {
  const numbers = groups.map((g) => Number.parseInt(g, 16));
  let best = { start: -1, length: 1 };
  for (let i = 0; i < numbers.length; i++) {
    let j = i;
    while (numbers[j] === 0) j++;
    if (j - i > best.length) best = { start: i, length: j - i };
  }
  const text = (list) => list.map((n) => n.toString(16)).join(':');
  return best.start < 0
    ? text(numbers)
    : `${text(numbers.slice(0, best.start))}::${text(numbers.slice(best.start + best.length))}`;
};

const LENGTHS = { 8: 32, 12: 48, 16: 48, 24: 64, 26: 64, 32: 128 };
/** The same of a prefix. */
export function sixPrefix(prefix) {
  if (prefix === '224.0.0.0/4') return 'ff00::/8';
  if (prefix === '127.0.0.0/8' || prefix === '127.0.0.1/32') return '::1/128';
  const [address, length] = prefix.split('/');
  const to = LENGTHS[length];
  if (to === undefined) throw new Error(`no prefix of IPv6 for ${prefix}`);
  const groups = ['fd00', ...address.split('.').slice(0, 3), '0', '0', '0', address.split('.')[3]];
  return `${compact(groups.map((g, i) => (i * 16 >= to ? '0' : g)))}/${to}`;
}

/** Rules of IPv4 as `ip6tables-restore` takes them. */
export const sixRules = (text) =>
  text
    .replaceAll('--mask 255.255.255.255', '--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
    .replaceAll('icmp-port-unreachable', 'icmp6-port-unreachable')
    .replaceAll('-p icmp ', '-p ipv6-icmp ')
    .replaceAll('vxlan.calico', 'vxlan-v6.calico')
    .replaceAll('--match-set cali40', '--match-set cali60')
    .replace(/\b(\d+\.\d+\.\d+\.\d+)(\/\d+)?(:\d+)?\b/g, (_, address, length, port) =>
      length ? sixPrefix(`${address}${length}`) : port ? `[${six(address)}]${port}` : six(address),
    );

const nicLength = (address) => LENGTHS[address.split('/')[1]];
const overlayOf = (topology) => topology.flavour === 'flannel-vxlan' || topology.flavour === 'calico-vxlan';
export const tunnelNameOf = (topology) =>
  ({ 'flannel-vxlan': 'flannel-v6.1', 'calico-vxlan': 'vxlan-v6.calico' })[topology.flavour];
const vtep = (node) => six(node.podCidr.replace(/\/\d+$/, '')).replace(/::[0-9a-f]*$/, '::');
const vtepMac = (node) => macOf(`vtep6 ${node.name}`);
/** The link-local address that an all-ee MAC gives: Calico's gateway of all pods. */
const CALI_GATEWAY = 'fe80::ecee:eeff:feee:eeee';
const gatewayOf = (node) => `${vtep(node)}1`;
const isCalico = (topology) => topology.flavour === 'bird-bgp' || topology.flavour === 'calico-vxlan';

function makeNics({ lab, topology }, node) {
  lab.sysctl(node.name, { 'net.ipv6.conf.all.forwarding': 1, 'net.ipv6.conf.default.forwarding': 1 });
  for (const nic of node.nics)
    if (nic.network !== 'nat')
      lab.ip(node.name, [
        'address',
        'add',
        `${six(nic.address.split('/')[0])}/${nicLength(nic.address)}`,
        'dev',
        nic.name,
      ]);
  lab.ip(node.name, [
    'route',
    'add',
    'default',
    'via',
    six(topology[node.nics[0].network].gateway),
    'dev',
    node.nics[0].name,
  ]);
}

function attachPods({ lab, topology }, node, deviceOf) {
  if (!isCalico(topology) && topology.flavour !== 'kindnet' && node.pods.length > 0)
    lab.ip(node.name, ['address', 'add', `${gatewayOf(node)}/64`, 'dev', 'cni0']);
  for (const pod of node.pods) {
    const address = six(pod.address);
    const device = deviceOf(pod);
    if (isCalico(topology)) {
      lab.batch(node.name, [`route add ${address}/128 dev ${device}`]);
      lab.sysctl(node.name, { [`net.ipv6.conf.${device}.proxy_ndp`]: 1 });
      lab.batch(podNs(pod), [`address add ${address}/128 dev eth0`, `route add default via ${CALI_GATEWAY} dev eth0`]);
    } else if (topology.flavour === 'kindnet') {
      const gateway = gatewayOf(node);
      lab.batch(node.name, [`address add ${gateway}/128 dev ${device}`, `route add ${address}/128 dev ${device}`]);
      lab.batch(podNs(pod), [
        `address add ${address}/64 dev eth0 noprefixroute`,
        `route add ${gateway} dev eth0`,
        `route add ${sixPrefix(node.podCidr)} via ${gateway} dev eth0`,
        `route add default via ${gateway} dev eth0`,
      ]);
    } else
      lab.batch(podNs(pod), [
        `address add ${address}/64 dev eth0`,
        `route add default via ${gatewayOf(node)} dev eth0`,
      ]);
  }
}

function makeTunnel({ lab, topology }, node) {
  const name = tunnelNameOf(topology);
  const nic = node.nics.find((n) => n.name === (topology.flannelIface ?? node.nics[0].name));
  const own = `local ${six(nic.address.split('/')[0])} dev ${nic.name}`;
  const how = isCalico(topology) ? 'id 4096 dstport 4789' : 'id 1 dstport 8472';
  lab.batch(node.name, [
    `link add ${name} address ${vtepMac(node)} mtu ${topology.mtu - 70} type vxlan ${how} ${own} nolearning`,
    `link set ${name} up`,
    `address add ${vtep(node)}/128 dev ${name}`,
  ]);
}

/** What the CNI's daemon writes for all peers. @param {Cluster} cluster @param {NodeSpec} node */
export function syncSix({ lab, topology }, node) {
  for (const peer of topology.nodes) {
    if (peer === node) continue;
    const prefix = sixPrefix(peer.podCidr);
    if (!overlayOf(topology)) {
      lab.ip(node.name, ['route', 'replace', prefix, 'via', six(peer.internalIp)]);
      continue;
    }
    const name = tunnelNameOf(topology);
    const nic = peer.nics.find((n) => n.name === (topology.flannelIface ?? peer.nics[0].name));
    const entry = ['dst', six(nic.address.split('/')[0]), 'self', 'permanent'];
    lab.ip(node.name, ['neigh', 'replace', vtep(peer), 'lladdr', vtepMac(peer), 'dev', name, 'nud', 'permanent']);
    lab.exec(node.name, ['bridge', 'fdb', 'replace', vtepMac(peer), 'dev', name, ...entry]);
    lab.ip(node.name, ['route', 'replace', prefix, 'via', vtep(peer), 'dev', name, 'onlink']);
  }
}

function makeSets(cluster, node) {
  const input = Object.entries(felixSets(cluster, node)).flatMap(([name, members]) => [
    `create ${name.replace('cali40', 'cali60')} hash:net family inet6 maxelem 1048576`,
    ...members.map((m) => `add ${name.replace('cali40', 'cali60')} ${m.includes('/') ? sixPrefix(m) : six(m)}`),
  ]);
  cluster.lab.exec(node.name, ['ipset', 'restore'], { input: `${input.join('\n')}\n` });
}

/**
 * Rules of a node, from scratch.
 * @param {Cluster} cluster @param {NodeSpec} node @param {Parameters<typeof kubeProxyRules>[1]} own
 */
export function restoreSixRules({ lab, topology }, node, own) {
  lab.exec(node.name, [`ip6tables-${topology.iptables}-restore`], {
    input: sixRules(kubeProxyRules(topology, own, node)),
  });
}

/** @param {Cluster} cluster @param {(pod: import('./topologies.mjs').Pod) => string} deviceOf */
export function makeSix(cluster, deviceOf) {
  const { lab, topology } = cluster;
  for (const [network, bridge] of Object.entries({ lan: 'br0', lan2: 'br1' })) {
    const lan = topology[network];
    if (lan) lab.ip('lan', ['address', 'add', `${six(lan.gateway)}/${LENGTHS[lan.length]}`, 'dev', bridge]);
  }
  lab.sysctl('lan', { 'net.ipv6.conf.all.forwarding': 1 });
  if (topology.outside)
    lab.batch('outside', [
      `address add ${six(topology.outside)}/${LENGTHS[topology.lan.length]} dev eth0`,
      `route add default via ${six(topology.lan.gateway)}`,
    ]);
  for (const node of topology.nodes) {
    makeNics(cluster, node);
    if (overlayOf(topology)) makeTunnel(cluster, node);
    if (isCalico(topology)) lab.ip(node.name, ['route', 'add', 'blackhole', sixPrefix(node.podCidr), 'proto', '80']);
    attachPods(cluster, node, deviceOf);
    if (isCalico(topology)) makeSets(cluster, node);
  }
  for (const node of topology.nodes) syncSix(cluster, node);
}
