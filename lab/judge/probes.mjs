import { bridgeOf } from '../cluster.mjs';
import { six } from '../ipv6.mjs';
import { podNs } from '../topologies.mjs';

/**
 * A probe as `dumplint reach --probes` takes it; `class` is for the summary only.
 * @typedef {{ src: string, dst: string, proto: 'icmp' | 'tcp' | 'udp', port?: number, size?: number, df?: boolean }} Asked
 * @typedef {Asked & { class: string }} Classed
 * @typedef {import('../topologies.mjs').Topology} Topology
 */

export const nodeEnd = (node) => `node:${node.name}`;
export const podEnd = (pod) => `pod:${pod.namespace}/${pod.name}`;
const serviceEnd = (service) => `svc:${service.namespace}/${service.name}`;

const nodes = (topology) => topology.nodes;
const pods = (topology) => topology.nodes.flatMap((n) => n.pods.map((pod) => ({ pod, node: n })));

/** Namespace in the lab of an end that sends; addresses that no node has are the machine outside. */
export function senderOf(topology, end) {
  if (end.startsWith('node:')) return end.slice(5);
  const pod = pods(topology).find((p) => podEnd(p.pod) === end)?.pod;
  return pod ? podNs(pod) : 'outside';
}

/** The address that is really asked. */
export function addressOf(topology, end) {
  const node = topology.nodes.find((n) => nodeEnd(n) === end);
  const pod = pods(topology).find((p) => podEnd(p.pod) === end)?.pod;
  const service = topology.services.find((s) => serviceEnd(s) === end);
  return node?.internalIp ?? pod?.address ?? service?.clusterIp ?? end;
}

/** All pairs but those with oneself; without a machine outside none with it. */
const cross = (sources, targets, make) =>
  sources
    .filter((src) => src !== undefined)
    .flatMap((src) => targets.filter((dst) => dst !== undefined && dst !== src).map((dst) => ({ src, dst, ...make })));

/** Ping between all; one address of the overlay and the bridge of each node. */
function pings(topology) {
  const n = nodes(topology).map(nodeEnd);
  const p = pods(topology).map(({ pod }) => podEnd(pod));
  const o = [topology.outside];
  const icmp = (name) => ({ proto: 'icmp', class: `${name} icmp` });
  const firsts = nodes(topology).flatMap((node) => [nodeEnd(node), ...node.pods.slice(0, 1).map(podEnd)]);
  const own = (last) => nodes(topology).map((node) => node.podCidr.replace(/\d+\/\d+$/, last));
  return [
    ...cross(p, p, icmp('pod-pod')),
    ...cross(n, n, icmp('node-node')),
    ...cross(n, p, icmp('node-pod')),
    ...cross(p, n, icmp('pod-node')),
    ...cross(o, n, icmp('outside-node')),
    ...cross(p, o, icmp('pod-outside')),
    ...cross(n, o, icmp('node-outside')),
    ...(/^flannel-(vxlan|ipip|wireguard)$/.test(topology.flavour) ? cross(firsts, own('0'), icmp('to-vtep')) : []),
    ...(bridgeOf(topology) ? cross(firsts, own('1'), icmp('to-bridge')) : []),
  ];
}

/** A connection to each pod's first port, and a port where nobody listens; a datagram to each name server. */
function connections(topology) {
  const n = nodes(topology).map(nodeEnd);
  const all = pods(topology);
  const p = all.map(({ pod }) => podEnd(pod));
  const first = p.slice(0, 1).concat(n.slice(0, 1));
  return [
    ...all.flatMap(({ pod }) => {
      const { port } = pod.listen.find((l) => l.protocol === 'TCP');
      const to = [podEnd(pod)];
      const udp = pod.listen.find((l) => l.protocol === 'UDP');
      return [
        ...cross(p, to, { proto: 'tcp', port, class: 'pod-pod tcp' }),
        ...cross(n, to, { proto: 'tcp', port, class: 'node-pod tcp' }),
        ...(udp ? cross([...p, ...n], to, { proto: 'udp', port: udp.port, class: 'pod-pod udp' }) : []),
        ...cross(first, to, { proto: 'tcp', port: 9999, class: 'closed tcp' }),
      ];
    }),
    ...nodes(topology).flatMap((node) =>
      node.listen.flatMap(({ port }) =>
        cross([...p, ...n, topology.outside], [nodeEnd(node)], { proto: 'tcp', port, class: 'to-node tcp' }),
      ),
    ),
    ...cross([...p, ...n], [topology.outside], { proto: 'tcp', port: 8080, class: 'to-outside tcp' }),
  ];
}

/** Cluster addresses from everywhere; node ports, host ports and balancers' addresses from outside, nodes and one pod of each. */
function services(topology) {
  const n = nodes(topology).map(nodeEnd);
  const p = pods(topology).map(({ pod }) => podEnd(pod));
  const firsts = nodes(topology).flatMap((node) => node.pods.slice(0, 1).map(podEnd));
  const few = [topology.outside, ...n, ...firsts].filter((end) => end !== undefined);
  const hostPorts = nodes(topology).flatMap((node) =>
    node.pods
      .filter((pod) => pod.hostPort)
      .flatMap((pod) => cross(few, [nodeEnd(node)], { proto: 'tcp', port: pod.hostPort, class: 'host-port' })),
  );
  return [
    ...topology.services.flatMap((s) =>
      s.ports.flatMap((port) => {
        const proto = port.protocol.toLowerCase();
        return [
          ...cross([...p, ...n], [serviceEnd(s)], { proto, port: port.port, class: `service ${proto}` }),
          ...(port.nodePort
            ? few.flatMap((src) =>
                n.map((dst) => ({ src, dst, proto, port: port.nodePort, class: `node-port ${proto}` })),
              )
            : []),
          ...(s.balancer
            ? cross([...n, ...firsts], [s.balancer.address], { proto, port: port.port, class: 'balancer' })
            : []),
        ];
      }),
    ),
    ...hostPorts,
  ];
}

/** What the CNI's tunnel puts around a packet; VXLAN's where there is none. */
const overheadOf = ({ flavour, tunnel, v6 }) =>
  v6
    ? 70
    : flavour.endsWith('-wireguard')
      ? 60
      : tunnel === 'gre'
        ? 28
        : flavour.endsWith('-ipip') || tunnel === 'ipip'
          ? 20
          : 50;

/** Sizes at the edges of what fits: into the NIC, into a tunnel of it, and one more of each. */
function sizes(topology) {
  const firsts = nodes(topology).flatMap((node) => node.pods.slice(0, 1).map(podEnd));
  const n = nodes(topology).map(nodeEnd);
  const { mtu } = topology;
  const fits = mtu - overheadOf(topology);
  const at = (pairs, some) =>
    pairs.flatMap((pair) => [
      ...some.map((size) => ({ ...pair, proto: 'icmp', size, df: true, class: 'size df' })),
      { ...pair, proto: 'icmp', size: mtu + 500, df: false, class: 'size' },
    ]);
  return [
    ...at(cross(firsts, firsts, {}), [fits, fits + 1, mtu, mtu + 1]),
    ...at(cross(n, firsts, {}), [fits, fits + 1]),
    ...at([...cross(n, n, {}), ...cross(firsts, n, {})], [mtu, mtu + 1]),
  ];
}

/**
 * The usual probes of a topology. A plain one is small enough for every link.
 * @param {Topology} topology @param {{ large?: boolean }} [options] `large`: sizes too @returns {Classed[]}
 */
export const usualProbes = (topology, { large = true } = {}) => {
  const four = [...pings(topology), ...connections(topology), ...services(topology), ...(large ? sizes(topology) : [])];
  return topology.v6 ? four.map(inSix(topology)) : four;
};

/** The same probe by IPv6. */
const inSix = (topology) => (probe) => ({
  ...probe,
  src: senderOf(topology, probe.src) === 'outside' ? six(probe.src) : probe.src,
  dst: six(addressOf(topology, probe.dst)),
});

/** May several endpoints answer? Then one try says little. */
export const isBalanced = (probe) => /^(service|node-port|balancer)/.test(probe.class);

/** Few probes that tell whether a cluster is whole again. */
export function healthProbes(topology) {
  const firsts = nodes(topology).flatMap((node) => [nodeEnd(node), ...node.pods.slice(0, 1).map(podEnd)]);
  const sources = [...firsts, topology.outside];
  const four = [
    ...cross(sources, firsts, { proto: 'icmp', class: 'health' }).filter(
      (q) => q.src !== topology.outside || q.dst.startsWith('node:'),
    ),
    ...topology.services.slice(0, 3).flatMap((s) =>
      cross(firsts, [serviceEnd(s)], {
        proto: s.ports[0].protocol.toLowerCase(),
        port: s.ports[0].port,
        class: 'health',
      }),
    ),
  ];
  return topology.v6 ? [...four, ...four.map(inSix(topology))] : four;
}
