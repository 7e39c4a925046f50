import { portals } from './kube-proxy.mjs';

/**
 * kube-proxy's ipvs mode (pkg/proxy/ipvs/proxier.go and ipset.go of 1.29): services in the kernel's own balancer, their addresses on a dummy that
 * is never up, and a handful of rules that ask sets.
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./topologies.mjs').NodeSpec} NodeSpec
 */

export const DEVICE = 'kube-ipvs0';
const say = (text) => `-m comment --comment "${text}"`;
const set = (name, dimensions) => `-m set --match-set ${name} ${dimensions}`;
const localSeps = (node, { seps }) => seps.filter((s) => node.pods.some((p) => p.address === s.address));

/** Members of each set, by what stands in it. */
function setsOf(topology, node) {
  const all = portals(topology);
  const ports = (proto, local) =>
    all.filter((p) => p.nodePort && p.proto === proto && (!local || p.owner.local)).map((p) => String(p.nodePort));
  const balancers = all.filter((p) => p.owner.balancer);
  const front = (p) => `${p.owner.balancer.address},${p.proto}:${p.port}`;
  const ranged = balancers.filter((p) => p.owner.balancer.ranges);
  const own = all.flatMap((p) =>
    localSeps(node, p).map((s) => `${s.address},${p.proto}:${s.target.split(':')[1]},${s.address}`),
  );
  return {
    'KUBE-LOOP-BACK': ['hash:ip,port,ip', own],
    'KUBE-CLUSTER-IP': ['hash:ip,port', all.map((p) => `${p.ip},${p.proto}:${p.port}`)],
    'KUBE-LOAD-BALANCER': ['hash:ip,port', balancers.map(front)],
    'KUBE-LOAD-BALANCER-LOCAL': ['hash:ip,port', balancers.filter((p) => p.owner.local).map(front)],
    'KUBE-LOAD-BALANCER-FW': ['hash:ip,port', ranged.map(front)],
    'KUBE-LOAD-BALANCER-SOURCE-CIDR': [
      'hash:ip,port,net',
      ranged.flatMap((p) => p.owner.balancer.ranges.map((r) => `${front(p)},${r}`)),
    ],
    'KUBE-NODE-PORT-TCP': ['bitmap:port range 0-65535', ports('tcp', false)],
    'KUBE-NODE-PORT-UDP': ['bitmap:port range 0-65535', ports('udp', false)],
    'KUBE-NODE-PORT-LOCAL-TCP': ['bitmap:port range 0-65535', ports('tcp', true)],
    'KUBE-HEALTH-CHECK-NODE-PORT': [
      'bitmap:port range 0-65535',
      all.filter((p) => p.owner.healthCheckNodePort).map((p) => String(p.owner.healthCheckNodePort)),
    ],
    'KUBE-IPVS-IPS': ['hash:ip', addressesOf(topology)],
  };
}

/** Addresses on the dummy. */
export const addressesOf = (topology) => [
  ...new Set(topology.services.flatMap((s) => [s.clusterIp, ...(s.balancer ? [s.balancer.address] : [])])),
];

/** Input of `ipset restore`. */
export const ipvsSets = (topology, node) =>
  Object.entries(setsOf(topology, node))
    .flatMap(([name, [type, members]]) => [`create ${name} ${type}`, ...members.map((m) => `add ${name} ${m}`)])
    .concat('')
    .join('\n');

/** Input of `ipvsadm -R`; node ports on each address of the node that is not a service's. */
export function ipvsServices(topology, node, nodeAddresses) {
  const flag = { tcp: '-t', udp: '-u' };
  return portals(topology)
    .flatMap((p) => {
      const all = [
        { address: `${p.ip}:${p.port}`, seps: p.seps },
        ...(p.owner.balancer
          ? [{ address: `${p.owner.balancer.address}:${p.port}`, seps: p.owner.local ? localSeps(node, p) : p.seps }]
          : []),
        ...(p.nodePort
          ? nodeAddresses.map((a) => ({
              address: `${a}:${p.nodePort}`,
              seps: p.owner.local ? localSeps(node, p) : p.seps,
            }))
          : []),
      ];
      const sticky = p.owner.affinity ? ` -p ${p.owner.affinity}` : '';
      return all.flatMap(({ address, seps }) => [
        `-A ${flag[p.proto]} ${address} -s rr${sticky}`,
        ...seps.map((s) => `-a ${flag[p.proto]} ${address} -r ${s.target} -m -w 1`),
      ]);
    })
    .concat('')
    .join('\n');
}

const has = (sets, name) => sets[name][1].length > 0;

function natRules(topology, sets) {
  const rule = (chain, name, dimensions, target, { proto, comment } = {}) =>
    has(sets, name)
      ? [`-A ${chain}${proto ? ` -p ${proto}` : ''} ${say(comment)} ${set(name, dimensions)} -j ${target}`]
      : [];
  return [
    ...rule('KUBE-POSTROUTING', 'KUBE-LOOP-BACK', 'dst,dst,src', 'MASQUERADE', {
      comment: 'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
    }),
    ...rule('KUBE-SERVICES', 'KUBE-LOAD-BALANCER', 'dst,dst', 'KUBE-LOAD-BALANCER', {
      comment: 'Kubernetes service lb portal',
    }),
    ...rule('KUBE-LOAD-BALANCER', 'KUBE-LOAD-BALANCER-LOCAL', 'dst,dst', 'RETURN', {
      comment: 'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
    }),
    ...rule('KUBE-NODE-PORT', 'KUBE-NODE-PORT-LOCAL-TCP', 'dst', 'RETURN', {
      proto: 'tcp',
      comment: 'Kubernetes nodeport TCP port with externalTrafficPolicy=local',
    }),
    ...rule('KUBE-NODE-PORT', 'KUBE-NODE-PORT-TCP', 'dst', 'KUBE-MARK-MASQ', {
      proto: 'tcp',
      comment: 'Kubernetes nodeport TCP port for masquerade purpose',
    }),
    ...rule('KUBE-NODE-PORT', 'KUBE-NODE-PORT-UDP', 'dst', 'KUBE-MARK-MASQ', {
      proto: 'udp',
      comment: 'Kubernetes nodeport UDP port for masquerade purpose',
    }),
    `-A KUBE-SERVICES ! -s ${topology.clusterCidr} ${say('Kubernetes service cluster ip + port for masquerade purpose')} ${set('KUBE-CLUSTER-IP', 'dst,dst')} -j KUBE-MARK-MASQ`,
    '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
    '-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ',
    `-A KUBE-SERVICES ${set('KUBE-CLUSTER-IP', 'dst,dst')} -j ACCEPT`,
    ...(has(sets, 'KUBE-LOAD-BALANCER') ? [`-A KUBE-SERVICES ${set('KUBE-LOAD-BALANCER', 'dst,dst')} -j ACCEPT`] : []),
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    `-A KUBE-POSTROUTING ${say('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
  ];
}

function filterRules(sets) {
  const firewall = has(sets, 'KUBE-LOAD-BALANCER-FW')
    ? [
        `-A KUBE-PROXY-FIREWALL ${say('Kubernetes service load balancer ip + port for load balancer with sourceRange')} ${set('KUBE-LOAD-BALANCER-FW', 'dst,dst')} -j KUBE-SOURCE-RANGES-FIREWALL`,
        `-A KUBE-SOURCE-RANGES-FIREWALL ${say('Kubernetes service load balancer ip + port + source cidr for packet filter')} ${set('KUBE-LOAD-BALANCER-SOURCE-CIDR', 'dst,dst,src')} -j RETURN`,
        '-A KUBE-SOURCE-RANGES-FIREWALL -j DROP',
      ]
    : [];
  return [
    `-A INPUT ${say('kubernetes ipvs access filter')} -j KUBE-IPVS-FILTER`,
    `-A INPUT ${say('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`,
    `-A INPUT ${say('kubernetes health check rules')} -j KUBE-NODE-PORT`,
    `-A FORWARD ${say('kube-proxy firewall rules')} -j KUBE-PROXY-FIREWALL`,
    `-A FORWARD ${say('kubernetes forwarding rules')} -j KUBE-FORWARD`,
    ...firewall,
    `-A KUBE-FORWARD ${say('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
    `-A KUBE-FORWARD ${say('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
    `-A KUBE-NODE-PORT ${say('Kubernetes health check node port')} ${set('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j ACCEPT`,
    `-A KUBE-IPVS-FILTER ${set('KUBE-LOAD-BALANCER', 'dst,dst')} -j RETURN`,
    `-A KUBE-IPVS-FILTER ${set('KUBE-CLUSTER-IP', 'dst,dst')} -j RETURN`,
    `-A KUBE-IPVS-FILTER ${set('KUBE-HEALTH-CHECK-NODE-PORT', 'dst')} -j RETURN`,
    `-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW ${set('KUBE-IPVS-IPS', 'dst')} -j REJECT --reject-with icmp-port-unreachable`,
  ];
}

/** kube-proxy's chains and rules of both tables; the jumps of nat are those of the iptables mode. */
export function ipvsRules(topology, node) {
  const sets = setsOf(topology, node);
  return {
    filterChains: [
      'KUBE-FORWARD',
      'KUBE-IPVS-FILTER',
      'KUBE-NODE-PORT',
      'KUBE-PROXY-FIREWALL',
      'KUBE-SOURCE-RANGES-FIREWALL',
    ],
    filter: filterRules(sets),
    natChains: ['KUBE-LOAD-BALANCER', 'KUBE-MARK-MASQ', 'KUBE-NODE-PORT', 'KUBE-POSTROUTING', 'KUBE-SERVICES'],
    nat: natRules(topology, sets),
  };
}
