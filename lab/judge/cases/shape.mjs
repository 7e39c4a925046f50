/**
 * What a cluster looks like to its kernel, asked of the kernel: no case needs to know a CNI's names.
 * @typedef {import('../../cluster.mjs').Cluster} Cluster
 * @typedef {import('../../topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('../../topologies.mjs').Pod} Pod
 */
import { podNs } from '../../topologies.mjs';

const json = ({ lab }, ns, ...words) => JSON.parse(lab.ip(ns, ['-j', ...words]).stdout || '[]');
export const linksOf = (cluster, ns) => json(cluster, ns, '-d', 'link', 'show');

/** The device in the node at whose other end the pod is. @param {Cluster} cluster @param {NodeSpec} node @param {Pod} pod */
export function hostDevice(cluster, node, pod) {
  const [inside] = json(cluster, podNs(pod), 'link', 'show', 'dev', 'eth0');
  const found = linksOf(cluster, node.name).find(
    (l) => l.ifindex === inside.link_index && l.linkinfo?.info_kind === 'veth' && l.link_index === inside.ifindex,
  );
  if (!found) throw new Error(`${node.name} has no device for ${pod.name}`);
  return found.ifname;
}

/** Where the node's kernel sees a packet of the pod come in: the bridge, or the pod's own device. */
export function podSide(cluster, node, pod) {
  const device = hostDevice(cluster, node, pod);
  return linksOf(cluster, node.name).find((l) => l.ifname === device).master ?? device;
}

export const bridgeUnder = (cluster, node, pod) => {
  const device = podSide(cluster, node, pod);
  return linksOf(cluster, node.name).find((l) => l.ifname === device && l.linkinfo?.info_kind === 'bridge')?.ifname;
};

/** The device that holds the node's own address. */
export function nicOf(cluster, node) {
  const found = json(cluster, node.name, 'addr', 'show').find((l) =>
    l.addr_info.some((a) => a.local === node.internalIp),
  );
  if (!found) throw new Error(`no device of ${node.name} has ${node.internalIp}`);
  return found.ifname;
}

const TUNNELS = new Set(['vxlan', 'ipip', 'geneve', 'gre', 'wireguard', 'sit']);
/** The tunnel through which the node sends what is for pods elsewhere, as `ip -d -j link` tells it. */
export const tunnelLink = (cluster, node) =>
  linksOf(cluster, node.name).find((l) => TUNNELS.has(l.linkinfo?.info_kind) && l.flags.includes('UP'));

const number = (address) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
/** Whether a prefix of IPv4 holds an address. */
export function holds(prefix, address) {
  if (prefix === 'default') return true;
  const [network, length = '32'] = prefix.split('/');
  const size = 2 ** (32 - Number(length));
  return Math.floor(number(network) / size) === Math.floor(number(address) / size);
}

/** The entry of the main table that an address is looked up by, in the words of `ip route`. */
export function routeFor({ lab }, ns, address) {
  const all = lab
    .ip(ns, ['-4', '-o', 'route', 'show', 'table', 'main'])
    .stdout.split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => ({
      line,
      prefix: /^(?:(?:unicast|blackhole|unreachable|prohibit|throw) )?(\S+)/.exec(line)?.[1] ?? '',
    }))
    .filter(({ prefix }) => holds(prefix, address));
  const length = ({ prefix }) => (prefix === 'default' ? 0 : Number(prefix.split('/')[1] ?? 32));
  const best = all.sort((a, b) => length(b) - length(a))[0];
  if (!best) throw new Error(`${ns} has no route for ${address}`);
  const word = (name) => new RegExp(` ${name} (\\S+)`).exec(best.line)?.[1];
  return {
    prefix: best.prefix,
    line: best.line.replace(/ (linkdown|dead)\b/g, ''),
    gateway: word('via'),
    device: word('dev'),
  };
}

/** Whom the node asks by ARP when it sends to that address, and on which device. */
export function nextHop(cluster, ns, address) {
  const [found] = json(cluster, ns, 'route', 'get', address);
  return { device: found.dev, address: found.gateway ?? address };
}

/** By whom the node reaches the world. */
export function gatewayOf(cluster, node) {
  const { gateway, device } = routeFor(cluster, node.name, '198.51.100.1');
  if (!gateway) throw new Error(`${node.name} has no gateway`);
  return { gateway, device };
}

/** The address that the tunnel of that node is reached at. */
export const underlayOf = (cluster, node) => tunnelLink(cluster, node)?.linkinfo.info_data.local ?? node.internalIp;
