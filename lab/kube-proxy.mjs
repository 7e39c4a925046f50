import { createHash } from 'node:crypto';
import { ipvsRules } from './kube-proxy-ipvs.mjs';

/**
 * Rules as kube-proxy (iptables mode) and kubelet write them. Chain names are theirs too: base32 of SHA-256 over
 * `namespace/name:port` + protocol (+ endpoint), first 16 characters (pkg/proxy/iptables/proxier.go,
 * portProtoHash), so `default/kubernetes:https` tcp is KUBE-SVC-NPX46M4PTMTKRN6Y here as everywhere.
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {{ chain: string, seps: { chain: string, address: string, target: string }[], id: string, proto: string, ip: string, port: number, nodePort?: number,
 *   name: string, owner: import('./topologies.mjs').Service }} Portal
 */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export function hash(text) {
  const bits = [...createHash('sha256').update(text).digest()].map((b) => b.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: 16 }, (_, i) => BASE32[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}

/** Endpoints of a service: pods with its label, or the API server on the control plane. */
export function endpointsOf(topology, service) {
  if (service.app === 'apiserver') return topology.nodes.filter((n) => n.controlPlane).map((n) => n.internalIp);
  return topology.nodes.flatMap((n) => n.pods.filter((p) => p.app === service.app).map((p) => p.address));
}

/** @param {Topology} topology @returns {Portal[]} */
export function portals(topology) {
  return topology.services.flatMap((service) =>
    service.ports.map((port) => {
      const id = `${service.namespace}/${service.name}:${port.name}`;
      const proto = port.protocol.toLowerCase();
      const seps = endpointsOf(topology, service).map((address) => {
        const target = `${address}:${port.targetPort}`;
        return { chain: `KUBE-SEP-${hash(`${id}${proto}${target}`)}`, address, target };
      });
      const name = hash(`${id}${proto}`);
      return {
        chain: `KUBE-SVC-${name}`,
        name,
        owner: service,
        seps,
        id,
        proto,
        ip: service.clusterIp,
        port: port.port,
        nodePort: port.nodePort,
      };
    }),
  );
}

const comment = (text) => `-m comment --comment "${text}"`;
const probability = (n) => (1 / n).toFixed(10);

const recent = (sep) => `-m recent --name ${sep.chain}`;
const MASK = '--mask 255.255.255.255 --rsource';

function sepRules({ seps, id, proto, owner }) {
  const set = (s) => (owner.affinity ? ` ${recent(s)} --set ${MASK}` : '');
  return seps.flatMap((s) => [
    `-A ${s.chain} -s ${s.address}/32 ${comment(id)} -j KUBE-MARK-MASQ`,
    `-A ${s.chain} -p ${proto} ${comment(id)}${set(s)} -m ${proto} -j DNAT --to-destination ${s.target}`,
  ]);
}

function balanceRules({ chain, seps, id, owner }, old) {
  const said = (s) => (old ? '' : ` ${comment(`${id} -> ${s.target}`)}`);
  const kept = owner.affinity ? seps : [];
  return [
    ...kept.map(
      (s) => `-A ${chain}${said(s)} ${recent(s)} --rcheck --seconds ${owner.affinity} --reap ${MASK} -j ${s.chain}`,
    ),
    ...seps.map((s, i) => {
      const left = seps.length - i;
      const chance = left > 1 ? ` -m statistic --mode random --probability ${probability(left)}` : '';
      return `-A ${chain}${said(s)}${chance} -j ${s.chain}`;
    }),
  ];
}

const localSeps = (node, { seps }) => seps.filter((s) => node.pods.some((p) => p.address === s.address));
const isExternal = (p) => p.nodePort !== undefined || p.owner.balancer !== undefined;

/** KUBE-EXT: what comes from outside (proxier.go, `usesExternalTrafficChain`), and KUBE-SVL for externalTrafficPolicy Local. */
function externalRules(topology, node, p) {
  const ext = `KUBE-EXT-${p.name}`;
  if (!p.owner.local)
    return [
      `-A ${ext} ${comment(`masquerade traffic for ${p.id} external destinations`)} -j KUBE-MARK-MASQ`,
      `-A ${ext} -j ${p.chain}`,
    ];
  const svl = `KUBE-SVL-${p.name}`;
  const seps = localSeps(node, p);
  const what = `for ${p.id} external destinations`;
  return [
    `-A ${ext} -s ${topology.clusterCidr} ${comment(`pod traffic ${what}`)} -j ${p.chain}`,
    `-A ${ext} ${comment(`masquerade LOCAL traffic ${what}`)} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ`,
    `-A ${ext} ${comment(`route LOCAL traffic ${what}`)} -m addrtype --src-type LOCAL -j ${p.chain}`,
    ...(seps.length > 0 ? [`-A ${ext} -j ${svl}`, ...balanceRules({ ...p, chain: svl, seps }, false)] : []),
  ];
}

/** KUBE-FW: sources that a load balancer's address takes; the rest meets KUBE-PROXY-FIREWALL. */
function balancerRules(p) {
  const { balancer } = p.owner;
  if (!balancer) return [];
  const { address, ranges } = balancer;
  const target = ranges ? `KUBE-FW-${p.name}` : `KUBE-EXT-${p.name}`;
  const fw = `-A KUBE-FW-${p.name}`;
  return [
    `-A KUBE-SERVICES -d ${address}/32 -p ${p.proto} ${comment(`${p.id} loadbalancer IP`)} -m ${p.proto} --dport ${p.port} -j ${target}`,
    ...(ranges
      ? [
          ...ranges.map((range) => `${fw} -s ${range} ${comment(`${p.id} loadbalancer IP`)} -j KUBE-EXT-${p.name}`),
          `${fw} ${comment(`other traffic to ${p.id} will be dropped by KUBE-PROXY-FIREWALL`)}`,
        ]
      : []),
  ];
}

function natCurrent(topology, every, node) {
  const net = topology.clusterCidr;
  const all = every.filter((p) => p.seps.length > 0);
  return [
    ...all.flatMap((p) => [
      `-A KUBE-SERVICES -d ${p.ip}/32 -p ${p.proto} ${comment(`${p.id} cluster IP`)} -m ${p.proto} --dport ${p.port} -j ${p.chain}`,
      ...balancerRules(p),
    ]),
    `-A KUBE-SERVICES ${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
    ...all
      .filter(isExternal)
      .flatMap((p) => [
        ...(p.nodePort
          ? [
              `-A KUBE-NODEPORTS -p ${p.proto} ${comment(p.id)} -m ${p.proto} --dport ${p.nodePort} -j KUBE-EXT-${p.name}`,
            ]
          : []),
        ...externalRules(topology, node, p),
      ]),
    ...all.flatMap((p) => [
      `-A ${p.chain} ! -s ${net} -d ${p.ip}/32 -p ${p.proto} ${comment(`${p.id} cluster IP`)} -m ${p.proto} --dport ${p.port} -j KUBE-MARK-MASQ`,
      ...balanceRules(p, false),
      ...sepRules(p),
    ]),
    '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
    '-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0',
    `-A KUBE-POSTROUTING ${comment('kubernetes service traffic requiring SNAT')} -j MASQUERADE --random-fully`,
  ];
}

/** What has no endpoint is refused, what has none here is dropped, what the source ranges leave out too; health checks are let in. */
function filterServices(node, all) {
  const port = (p, value) => `-p ${p.proto} -m ${p.proto} --dport ${value}`;
  const none = all.filter((p) => p.seps.length === 0);
  const elsewhere = all.filter((p) => p.owner.local && p.seps.length > 0 && localSeps(node, p).length === 0);
  const outside = (p, text, target) => [
    ...(p.nodePort
      ? [
          `-A KUBE-EXTERNAL-SERVICES -p ${p.proto} ${comment(`${p.id} ${text}`)} -m addrtype --dst-type LOCAL -m ${p.proto} --dport ${p.nodePort} ${target}`,
        ]
      : []),
    ...(p.owner.balancer
      ? [
          `-A KUBE-EXTERNAL-SERVICES -d ${p.owner.balancer.address}/32 -p ${p.proto} ${comment(`${p.id} ${text}`)} -m ${p.proto} --dport ${p.port} ${target}`,
        ]
      : []),
  ];
  const reject = '-j REJECT --reject-with icmp-port-unreachable';
  return [
    ...none.flatMap((p) => [
      `-A KUBE-SERVICES -d ${p.ip}/32 -p ${p.proto} ${comment(`${p.id} has no endpoints`)} -m ${p.proto} --dport ${p.port} ${reject}`,
      ...outside(p, 'has no endpoints', reject),
    ]),
    ...elsewhere.flatMap((p) => outside(p, 'has no local endpoints', '-j DROP')),
    ...all
      .filter((p) => p.owner.balancer?.ranges && p.seps.length > 0)
      .map(
        (p) =>
          `-A KUBE-PROXY-FIREWALL -d ${p.owner.balancer.address}/32 -p ${p.proto} ${comment(`${p.id} traffic not accepted by KUBE-FW-${p.name}`)} -m ${p.proto} --dport ${p.port} -j DROP`,
      ),
    ...all
      .filter((p) => p.owner.healthCheckNodePort)
      .map(
        (p) =>
          `-A KUBE-NODEPORTS ${port(p, p.owner.healthCheckNodePort).replace(' -m', ` ${comment(`${p.owner.namespace}/${p.owner.name} health check node port`)} -m`)} -j ACCEPT`,
      ),
  ];
}

const isLocalTo = (node) => (p) => p.owner.local && localSeps(node, p).length > 0;
/** Chains that only services with more than a cluster IP have. */
const moreChains = (node, all) =>
  all
    .filter((p) => p.seps.length > 0)
    .flatMap((p) => [
      ...(isExternal(p) ? [`KUBE-EXT-${p.name}`] : []),
      ...(p.owner.balancer?.ranges ? [`KUBE-FW-${p.name}`] : []),
      ...(isLocalTo(node)(p) ? [`KUBE-SVL-${p.name}`] : []),
    ]);

function nat116(topology, all) {
  const net = topology.clusterCidr;
  const portal = (p) => `-d ${p.ip}/32 -p ${p.proto} ${comment(`${p.id} cluster IP`)} -m ${p.proto} --dport ${p.port}`;
  return [
    ...all.flatMap((p) => [
      `-A KUBE-SERVICES ! -s ${net} ${portal(p)} -j KUBE-MARK-MASQ`,
      `-A KUBE-SERVICES ${portal(p)} -j ${p.chain}`,
    ]),
    `-A KUBE-SERVICES ${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
    ...all
      .filter((p) => p.nodePort)
      .flatMap((p) => [
        `-A KUBE-NODEPORTS -p ${p.proto} ${comment(p.id)} -m ${p.proto} --dport ${p.nodePort} -j KUBE-MARK-MASQ`,
        `-A KUBE-NODEPORTS -p ${p.proto} ${comment(p.id)} -m ${p.proto} --dport ${p.nodePort} -j ${p.chain}`,
      ]),
    // Version 1.16 wrote no comments into SVC and SEP chains.
    ...all.flatMap((p) => [
      ...balanceRules(p, true),
      ...p.seps.flatMap((s) => [
        `-A ${s.chain} -s ${s.address}/32 -j KUBE-MARK-MASQ`,
        `-A ${s.chain} -p ${p.proto} -m ${p.proto} -j DNAT --to-destination ${s.target}`,
      ]),
    ]),
    `-A KUBE-POSTROUTING ${comment('kubernetes service traffic requiring SNAT')} -m mark --mark 0x4000/0x4000 -j MASQUERADE`,
    '-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000',
  ];
}

const fresh = '-m conntrack --ctstate NEW ';
const FILTER = {
  current: [
    `-A INPUT ${fresh}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A INPUT ${comment('kubernetes health check service ports')} -j KUBE-NODEPORTS`,
    `-A INPUT ${fresh}${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
    '-A INPUT -j KUBE-FIREWALL',
    `-A FORWARD ${fresh}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A FORWARD ${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`,
    `-A FORWARD ${fresh}${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A FORWARD ${fresh}${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
    `-A OUTPUT ${fresh}${comment('kubernetes load balancer firewall')} -j KUBE-PROXY-FIREWALL`,
    `-A OUTPUT ${fresh}${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    '-A OUTPUT -j KUBE-FIREWALL',
    `-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 ${comment('block incoming localnet connections')} -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP`,
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD ${comment('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
    `-A KUBE-FORWARD ${comment('kubernetes forwarding conntrack rule')} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  ],
  1.16: [
    `-A INPUT ${fresh}${comment('kubernetes externally-visible service portals')} -j KUBE-EXTERNAL-SERVICES`,
    '-A INPUT -j KUBE-FIREWALL',
    `-A FORWARD ${comment('kubernetes forwarding rules')} -j KUBE-FORWARD`,
    `-A FORWARD ${fresh}${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A OUTPUT ${fresh}${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    '-A OUTPUT -j KUBE-FIREWALL',
    `-A KUBE-FIREWALL ${comment('kubernetes firewall for dropping marked packets')} -m mark --mark 0x8000/0x8000 -j DROP`,
    '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
    `-A KUBE-FORWARD ${comment('kubernetes forwarding rules')} -m mark --mark 0x4000/0x4000 -j ACCEPT`,
  ],
};

const built = (names) => names.map((n) => `:${n} ACCEPT [0:0]`);
const made = (names) => [...names].sort().map((n) => `:${n} - [0:0]`);
const chainsOf = (rules) => rules.filter((r) => r.startsWith(':'));
const rulesOf = (rules) => rules.filter((r) => !r.startsWith(':'));

/** kubelet's own, which are there whatever kube-proxy does. */
const KUBELET_FILTER = (line) => line.includes('KUBE-FIREWALL');

const HEAD = [
  `-A PREROUTING ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A OUTPUT ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
  `-A POSTROUTING ${comment('kubernetes postrouting rules')} -j KUBE-POSTROUTING`,
  '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
];

/** kube-proxy's part of filter and nat, chains and rules. */
function proxyPart(topology, node) {
  const all = portals(topology);
  if (topology.proxyMode === 'nftables')
    return {
      filter: [...made(['KUBE-FIREWALL', 'KUBE-KUBELET-CANARY']), ...FILTER.current.filter(KUBELET_FILTER)],
      nat: made(['KUBE-KUBELET-CANARY']),
      canaries: ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY'],
    };
  if (topology.proxyMode === 'ipvs') {
    const ipvs = ipvsRules(topology, node);
    const canaries = ['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY'];
    return {
      filter: [
        ...made([...ipvs.filterChains, 'KUBE-FIREWALL', 'KUBE-KUBELET-CANARY']),
        ...ipvs.filter,
        ...FILTER.current.filter(KUBELET_FILTER),
      ],
      nat: [...made([...ipvs.natChains, 'KUBE-KUBELET-CANARY']), ...HEAD, ...ipvs.nat],
      canaries,
    };
  }
  const plain = ['KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES'];
  const seps = all.filter((p) => p.seps.length > 0).flatMap((p) => [p.chain, ...p.seps.map((s) => s.chain)]);
  const nat = ['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-SERVICES', ...seps];
  if (topology.kubeProxy === '1.16')
    return {
      filter: [...made(plain), ...FILTER['1.16']],
      nat: [...made(['KUBE-MARK-DROP', ...nat]), ...HEAD, ...nat116(topology, all)],
      canaries: [],
    };
  const canaries = ['KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY'];
  return {
    filter: [
      ...made([...plain, ...canaries, 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL']),
      ...FILTER.current,
      ...filterServices(node, all),
    ],
    nat: [...made([...canaries, ...moreChains(node, all), ...nat]), ...HEAD, ...natCurrent(topology, all, node)],
    canaries: ['KUBE-IPTABLES-HINT', ...canaries],
  };
}

const table = (name, chains, rules) =>
  rules.length === 0 ? [] : [`*${name}`, ...built(chains), ...chainsOf(rules), ...rulesOf(rules), 'COMMIT'];

/**
 * The whole input of `iptables-restore`: mangle canaries, filter and nat with the CNI's own rules behind kube-proxy's.
 * @param {Topology} topology
 * @param {{ filter: string[], nat: string[], filterFirst?: string[], natFirst?: string[], raw?: string[], mangle?: string[] }} own
 * @param {import('./topologies.mjs').NodeSpec} node
 */
export function kubeProxyRules(topology, own, node) {
  const proxy = proxyPart(topology, node);
  const { filterFirst = [], natFirst = [], raw = [], mangle = [] } = own;
  const ports = hostPortRules(topology, node);
  // Chains in the order of the samples: the CNI's, then kube-proxy's.
  const merge = (first, middle, last) => [
    ...chainsOf([...first, ...last]),
    ...chainsOf(middle),
    ...rulesOf(first),
    ...rulesOf(middle),
    ...rulesOf(last),
  ];
  return [
    ...table('raw', ['PREROUTING', 'OUTPUT'], raw),
    ...table(
      'mangle',
      ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
      [...made(proxy.canaries), ...mangle],
    ),
    ...table('filter', ['INPUT', 'FORWARD', 'OUTPUT'], merge(filterFirst, proxy.filter, own.filter)),
    ...table(
      'nat',
      ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
      merge(natFirst, proxy.nat, [...own.nat, ...ports]),
    ),
    '',
  ].join('\n');
}

/** The portmap plugin's chains (plugins/meta/portmap/portmap_iptables.go) for pods with a host port. */
function hostPortRules(topology, node) {
  const pods = node.pods.filter((p) => p.hostPort !== undefined);
  if (pods.length === 0) return [];
  const local = '-m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT';
  const setmark = '-j CNI-HOSTPORT-SETMARK';
  return [
    ...made(['CNI-HOSTPORT-DNAT', 'CNI-HOSTPORT-MASQ', 'CNI-HOSTPORT-SETMARK', ...pods.map(portmapChain)]),
    `-A PREROUTING ${local}`,
    `-A OUTPUT ${local}`,
    `-A POSTROUTING ${comment('CNI portfwd requiring masquerade')} -j CNI-HOSTPORT-MASQ`,
    '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
    `-A CNI-HOSTPORT-SETMARK ${comment('CNI portfwd masquerade mark')} -j MARK --set-xmark 0x2000/0x2000`,
    ...pods.flatMap((p) => {
      const chain = portmapChain(p);
      const match = `-p tcp -m tcp --dport ${p.hostPort}`;
      return [
        `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"${createHash('sha256').update(p.name).digest('hex')}\\"" -m multiport --dports ${p.hostPort} -j ${chain}`,
        `-A ${chain} -s ${topology.flavour.startsWith('flannel') ? node.podCidr : `${p.address}/32`} ${match} ${setmark}`,
        `-A ${chain} -s 127.0.0.1/32 ${match} ${setmark}`,
        `-A ${chain} ${match} -j DNAT --to-destination ${p.address}:${p.listen[0].port}`,
      ];
    }),
  ];
}

const portmapChain = (pod) => `CNI-DN-${createHash('sha512').update(`cbr0${pod.name}`).digest('hex').slice(0, 21)}`;
