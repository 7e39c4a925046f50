import { createHash } from 'node:crypto';

/**
 * Rules as kube-proxy (iptables mode) and kubelet write them. Chain names are theirs too: base32 of SHA-256 over
 * `namespace/name:port` + protocol (+ endpoint), first 16 characters (pkg/proxy/iptables/proxier.go,
 * portProtoHash), so `default/kubernetes:https` tcp is KUBE-SVC-NPX46M4PTMTKRN6Y here as everywhere.
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {{ chain: string, seps: { chain: string, address: string, target: string }[], id: string, proto: string, ip: string, port: number, nodePort?: number, ext: string }} Portal
 */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
function hash(text) {
  const bits = [...createHash('sha256').update(text).digest()].map((b) => b.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: 16 }, (_, i) => BASE32[Number.parseInt(bits.slice(i * 5, i * 5 + 5), 2)]).join('');
}

/** Endpoints of a service: pods with its label, or the API server on the control plane. */
export function endpointsOf(topology, service) {
  if (service.app === 'apiserver') return topology.nodes.filter((n) => n.controlPlane).map((n) => n.internalIp);
  return topology.nodes.flatMap((n) => n.pods.filter((p) => p.app === service.app).map((p) => p.address));
}

/** @param {Topology} topology @returns {Portal[]} */
function portals(topology) {
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
        ext: `KUBE-EXT-${name}`,
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

function sepRules({ seps, id, proto }) {
  return seps.flatMap((s) => [
    `-A ${s.chain} -s ${s.address}/32 ${comment(id)} -j KUBE-MARK-MASQ`,
    `-A ${s.chain} -p ${proto} ${comment(id)} -m ${proto} -j DNAT --to-destination ${s.target}`,
  ]);
}

function balanceRules({ chain, seps, id }, old) {
  return seps.map((s, i) => {
    const said = old ? '' : ` ${comment(`${id} -> ${s.target}`)}`;
    const left = seps.length - i;
    const chance = left > 1 ? ` -m statistic --mode random --probability ${probability(left)}` : '';
    return `-A ${chain}${said}${chance} -j ${s.chain}`;
  });
}

function natCurrent(topology, all) {
  const net = topology.clusterCidr;
  return [
    ...all.map(
      (p) =>
        `-A KUBE-SERVICES -d ${p.ip}/32 -p ${p.proto} ${comment(`${p.id} cluster IP`)} -m ${p.proto} --dport ${p.port} -j ${p.chain}`,
    ),
    `-A KUBE-SERVICES ${comment('kubernetes service nodeports; NOTE: this must be the last rule in this chain')} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS`,
    ...all
      .filter((p) => p.nodePort)
      .flatMap((p) => [
        `-A KUBE-NODEPORTS -p ${p.proto} ${comment(p.id)} -m ${p.proto} --dport ${p.nodePort} -j ${p.ext}`,
        `-A ${p.ext} ${comment(`masquerade traffic for ${p.id} external destinations`)} -j KUBE-MARK-MASQ`,
        `-A ${p.ext} -j ${p.chain}`,
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

/**
 * The whole input of `iptables-restore`: mangle canaries, filter and nat with the CNI's own rules behind kube-proxy's.
 * @param {Topology} topology
 * @param {{ filter: string[], nat: string[], filterFirst?: string[], natFirst?: string[] }} own
 */
export function kubeProxyRules(topology, own) {
  const old = topology.kubeProxy === '1.16';
  const all = portals(topology);
  const filterChains = old
    ? ['KUBE-EXTERNAL-SERVICES', 'KUBE-FIREWALL', 'KUBE-FORWARD', 'KUBE-SERVICES']
    : [
        'KUBE-EXTERNAL-SERVICES',
        'KUBE-FIREWALL',
        'KUBE-FORWARD',
        'KUBE-KUBELET-CANARY',
        'KUBE-NODEPORTS',
        'KUBE-PROXY-CANARY',
        'KUBE-PROXY-FIREWALL',
        'KUBE-SERVICES',
      ];
  const natChains = [
    ...(old
      ? ['KUBE-MARK-DROP']
      : ['KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY', ...all.filter((p) => p.nodePort).map((p) => p.ext)]),
    ...['KUBE-MARK-MASQ', 'KUBE-NODEPORTS', 'KUBE-POSTROUTING', 'KUBE-SERVICES'],
    ...all.flatMap((p) => [p.chain, ...p.seps.map((s) => s.chain)]),
  ];
  const nat = [
    `-A PREROUTING ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A OUTPUT ${comment('kubernetes service portals')} -j KUBE-SERVICES`,
    `-A POSTROUTING ${comment('kubernetes postrouting rules')} -j KUBE-POSTROUTING`,
    '-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000',
  ];
  const canaries = old
    ? []
    : [
        '*mangle',
        ...built(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']),
        ...made(['KUBE-IPTABLES-HINT', 'KUBE-KUBELET-CANARY', 'KUBE-PROXY-CANARY']),
        'COMMIT',
      ];
  const chainsOf = (rules) => rules.filter((r) => r.startsWith(':'));
  const rulesOf = (rules) => rules.filter((r) => !r.startsWith(':'));
  const { filterFirst = [], natFirst = [] } = own;
  return [
    ...canaries,
    ...[
      '*filter',
      ...built(['INPUT', 'FORWARD', 'OUTPUT']),
      ...chainsOf([...filterFirst, ...own.filter]),
      ...made(filterChains),
    ],
    ...[...rulesOf(filterFirst), ...FILTER[topology.kubeProxy], ...rulesOf(own.filter), 'COMMIT'],
    ...[
      '*nat',
      ...built(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']),
      ...chainsOf([...natFirst, ...own.nat]),
      ...made(natChains),
    ],
    ...[...rulesOf(natFirst), ...nat, ...(old ? nat116 : natCurrent)(topology, all), ...rulesOf(own.nat), 'COMMIT'],
    '',
  ].join('\n');
}
