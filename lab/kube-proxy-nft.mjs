import { hash, portals } from './kube-proxy.mjs';

/**
 * kube-proxy's nftables mode: one table `ip kube-proxy` (pkg/proxy/nftables/proxier.go of 1.31, setupNFTables and syncProxyRules),
 * as input of `nft -f`.
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./kube-proxy.mjs').Portal} Portal
 */

/** `service-2QRHZV4L-default/web/tcp/http`; proxier.go hashes to eight characters. */
const nameOf = (kind, p) =>
  `${kind}-${p.name.slice(0, 8)}-${p.owner.namespace}/${p.owner.name}/${p.proto}/${p.id.split(':')[1]}`;
const endpointOf = (p, sep) =>
  `endpoint-${hash(`${p.id}${sep.target}`).slice(0, 8)}-${p.owner.namespace}/${p.owner.name}/${p.proto}/${p.id.split(':')[1]}__${sep.target.replace(':', '/')}`;
const affinityOf = (p, sep) => endpointOf(p, sep).replace(/^endpoint/, 'affinity');

const localSeps = (node, { seps }) => seps.filter((s) => node.pods.some((pod) => pod.address === s.address));
const isExternal = (p) => p.nodePort !== undefined || p.owner.balancer !== undefined;

const balance = (p, seps) => [
  ...(p.owner.affinity ? seps.map((s) => `ip saddr @${affinityOf(p, s)} goto ${endpointOf(p, s)}`) : []),
  `numgen random mod ${seps.length} vmap { ${seps.map((s, i) => `${i} : goto ${endpointOf(p, s)}`).join(', ')} }`,
];

const chain = (name, lines) => `\tchain ${name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;

function externalChain(topology, node, p) {
  if (!isExternal(p)) return [];
  const service = nameOf('service', p);
  if (!p.owner.local) return [chain(nameOf('external', p), ['jump mark-for-masquerade', `goto ${service}`])];
  const seps = localSeps(node, p);
  const from = 'traffic for';
  const to = 'external destinations';
  return [
    ...(seps.length > 0 ? [chain(nameOf('local', p), balance(p, seps))] : []),
    chain(nameOf('external', p), [
      `ip saddr ${topology.clusterCidr} goto ${service} comment "short-circuit pod traffic"`,
      `fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"`,
      `fib saddr type local goto ${service} comment "short-circuit local ${from} ${to}"`.replace(
        ` ${from} ${to}`,
        ' traffic',
      ),
      ...(seps.length > 0 ? [`goto ${nameOf('local', p)}`] : []),
    ]),
  ];
}

/** Chains of one service port, from what is jumped to up to what jumps: nft -f wants to know a chain first. */
function serviceChains(topology, node, p) {
  const { balancer, affinity } = p.owner;
  return [
    ...p.seps.map((s) =>
      affinity
        ? `\tset ${affinityOf(p, s)} {\n\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t\ttimeout ${affinity}s\n\t}\n`
        : '',
    ),
    ...p.seps.map((s) =>
      chain(endpointOf(p, s), [
        `ip saddr ${s.address} jump mark-for-masquerade`,
        ...(affinity ? [`update @${affinityOf(p, s)} { ip saddr }`] : []),
        `meta l4proto ${p.proto} dnat to ${s.target}`,
      ]),
    ),
    chain(nameOf('service', p), [
      `ip daddr ${p.ip} ${p.proto} dport ${p.port} ip saddr != ${topology.clusterCidr} jump mark-for-masquerade`,
      ...balance(p, p.seps),
    ]),
    ...externalChain(topology, node, p),
    ...(balancer?.ranges ? [chain(nameOf('firewall', p), [`ip saddr != { ${balancer.ranges.join(', ')} } drop`])] : []),
  ];
}

const map = (name, type, comment, elements) =>
  `\tmap ${name} {\n\t\ttype ${type}\n\t\tcomment "${comment}"\n${elements.length > 0 ? `\t\telements = { ${elements.join(',\n\t\t\t     ')} }\n` : ''}\t}\n`;
const ADDRESSED = 'ipv4_addr . inet_proto . inet_service : verdict';
const PORTS = 'inet_proto . inet_service : verdict';

function maps(node, all) {
  const live = all.filter((p) => p.seps.length > 0);
  const none = all.filter((p) => p.seps.length === 0);
  const elsewhere = live.filter((p) => p.owner.local && localSeps(node, p).length === 0);
  const at = (address, p, port = p.port) => `${address} . ${p.proto} . ${port}`;
  const port = (p) => `${p.proto} . ${p.nodePort}`;
  const balanced = (list) => list.filter((p) => p.owner.balancer);
  return [
    `\tset cluster-ips {\n\t\ttype ipv4_addr\n\t\tcomment "Active ClusterIPs"\n\t\telements = { ${[...new Set(all.map((p) => p.ip))].join(', ')} }\n\t}\n`,
    `\tset nodeport-ips {\n\t\ttype ipv4_addr\n\t\tcomment "IPs that accept NodePort traffic"\n\t\telements = { ${node.internalIp} }\n\t}\n`,
    map('no-endpoint-services', ADDRESSED, 'vmap to drop or reject packets to services with no endpoints', [
      ...none.map((p) => `${at(p.ip, p)} comment "${p.id}" : goto reject-chain`),
      ...balanced(none).map((p) => `${at(p.owner.balancer.address, p)} comment "${p.id}" : goto reject-chain`),
      ...balanced(elsewhere).map((p) => `${at(p.owner.balancer.address, p)} comment "${p.id}" : drop`),
    ]),
    map('no-endpoint-nodeports', PORTS, 'vmap to drop or reject packets to service nodeports with no endpoints', [
      ...none.filter((p) => p.nodePort).map((p) => `${port(p)} comment "${p.id}" : goto reject-chain`),
      ...elsewhere.filter((p) => p.nodePort).map((p) => `${port(p)} comment "${p.id}" : drop`),
    ]),
    map(
      'firewall-ips',
      ADDRESSED,
      'destinations that are subject to LoadBalancerSourceRanges',
      balanced(live)
        .filter((p) => p.owner.balancer.ranges)
        .map((p) => `${at(p.owner.balancer.address, p)} comment "${p.id}" : goto ${nameOf('firewall', p)}`),
    ),
    map('service-ips', ADDRESSED, 'ClusterIP, ExternalIP and LoadBalancer IP traffic', [
      ...live.map((p) => `${at(p.ip, p)} comment "${p.id}" : goto ${nameOf('service', p)}`),
      ...balanced(live).map(
        (p) => `${at(p.owner.balancer.address, p)} comment "${p.id}" : goto ${nameOf('external', p)}`,
      ),
    ]),
    map(
      'service-nodeports',
      PORTS,
      'NodePort traffic',
      live.filter((p) => p.nodePort).map((p) => `${port(p)} comment "${p.id}" : goto ${nameOf('external', p)}`),
    ),
  ];
}

const hook = (name, type, at, priority, jumps) =>
  chain(name, [`type ${type} hook ${at} priority ${priority}; policy accept;`, ...jumps]);
const fresh = (target) => `ct state new jump ${target}`;

/** @param {Topology} topology @param {import('./topologies.mjs').NodeSpec} node */
export function kubeProxyTable(topology, node) {
  const all = portals(topology);
  const live = all.filter((p) => p.seps.length > 0);
  const found = 'ip daddr . meta l4proto . th dport vmap';
  return [
    'table ip kube-proxy {}\ndelete table ip kube-proxy\ntable ip kube-proxy {\n\tcomment "rules for kube-proxy"\n',
    chain('mark-for-masquerade', ['meta mark set meta mark or 0x4000']),
    chain('reject-chain', ['reject']),
    ...live.flatMap((p) => serviceChains(topology, node, p)),
    ...maps(node, all),
    chain('masquerading', [
      'meta mark and 0x4000 == 0 return',
      'meta mark set meta mark xor 0x4000',
      'masquerade fully-random',
    ]),
    chain('services', [
      `${found} @service-ips`,
      'ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports',
    ]),
    chain('cluster-ips-check', [
      'ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"',
      `ip daddr { ${topology.serviceCidr} } drop comment "Drop traffic to unallocated ClusterIPs"`,
    ]),
    chain('firewall-check', [`${found} @firewall-ips`]),
    chain('service-endpoints-check', [`${found} @no-endpoint-services`]),
    chain('nodeport-endpoints-check', ['ip daddr @nodeport-ips meta l4proto . th dport vmap @no-endpoint-nodeports']),
    hook('filter-prerouting', 'filter', 'prerouting', 'dstnat - 10', [fresh('firewall-check')]),
    hook('filter-input', 'filter', 'input', '-110', [
      fresh('nodeport-endpoints-check'),
      fresh('service-endpoints-check'),
    ]),
    hook('filter-forward', 'filter', 'forward', '-110', [fresh('service-endpoints-check'), fresh('cluster-ips-check')]),
    hook('filter-output', 'filter', 'output', '-110', [fresh('service-endpoints-check'), fresh('firewall-check')]),
    hook('filter-output-post-dnat', 'filter', 'output', '-90', [fresh('cluster-ips-check')]),
    hook('nat-prerouting', 'nat', 'prerouting', 'dstnat', ['jump services']),
    hook('nat-output', 'nat', 'output', '-100', ['jump services']),
    hook('nat-postrouting', 'nat', 'postrouting', 'srcnat', ['jump masquerading']),
    '}\n',
  ].join('');
}
