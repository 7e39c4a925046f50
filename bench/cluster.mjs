import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kubeProxyRules } from '../lab/kube-proxy.mjs';

/**
 * node bench/cluster.mjs FOLDER [--nodes N] [--services N] [--endpoints N] [--pods N], or called from another script.
 *
 * A bundle of a big cluster: flannel in VXLAN mode, kube-proxy in iptables mode, each service with `endpoints` pods, spread over the nodes. All
 * captures that a packet walk asks for. The same call writes the same bytes.
 */
export function writeCluster(folder, { nodes: count, services: many, endpoints = 3, pods = 12 }) {
  const mac = (kind, n) => [kind, 0, 0, 0, n >> 8, n & 255].map((b) => b.toString(16).padStart(2, '0')).join(':');
  const lan = (i) => `192.168.${48 + ((i + 11) >> 8)}.${(i + 11) & 255}`;
  const nodes = Array.from({ length: count }, (_, i) => ({
    name: `node-${i + 1}`,
    internalIp: lan(i),
    podCidr: `10.244.${i}.0/24`,
    controlPlane: i === 0,
    pods: [],
  }));
  const place = (i, app) => {
    const node = nodes[i % count];
    const n = node.pods.length + 2;
    node.pods.push({
      name: `${app}-${i}`,
      namespace: 'default',
      app,
      address: node.podCidr.replace('0/24', String(n)),
    });
  };
  for (let s = 0; s < many; s++) for (let e = 0; e < endpoints; e++) place(s * 7 + e * 31, `app-${s}`);
  for (const [i, node] of nodes.entries()) while (node.pods.length < pods) place(i, 'job');
  const services = Array.from({ length: many }, (_, s) => ({
    namespace: 'default',
    name: `app-${s}`,
    app: `app-${s}`,
    clusterIp: `10.96.${1 + (s >> 8)}.${s & 255}`,
    type: s % 20 === 0 ? 'NodePort' : 'ClusterIP',
    ports: [
      { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, ...(s % 20 === 0 && { nodePort: 30000 + s }) },
    ],
  }));
  const topology = { name: 'big', clusterCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/12', nodes, services };
  const write = (path, lines) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `${lines.join('\n')}\n`);
  };
  const flannel = {
    filter: [
      ':FLANNEL-FWD - [0:0]',
      '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
      '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
      '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
    ],
    nat: [
      ':FLANNEL-POSTRTG - [0:0]',
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
      '-A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN',
      '-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
      '-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
    ],
  };
  for (const [i, node] of nodes.entries()) writeNode(write, { nodes, topology, flannel, mac, node, i });
  write('cluster/kubectl-get-nodes-o-wide.txt', [
    'NAME     STATUS   ROLES           AGE   VERSION    INTERNAL-IP     EXTERNAL-IP   OS-IMAGE                         KERNEL-VERSION   CONTAINER-RUNTIME',
    ...nodes.map(
      (n) =>
        `${n.name}   Ready    <none>          26h   v1.29.14   ${n.internalIp}   <none>        Debian GNU/Linux 12 (bookworm)   6.1.0   containerd://1.7.25`,
    ),
  ]);
  write('cluster/kubectl-get-pods-A-o-wide.txt', [
    'NAMESPACE      NAME                             READY   STATUS    RESTARTS   AGE   IP              NODE     NOMINATED NODE   READINESS GATES',
    ...nodes.flatMap((n) =>
      n.pods.map(
        (p) =>
          `default        ${p.name}   1/1     Running   0          26h   ${p.address}      ${n.name}   <none>           <none>`,
      ),
    ),
  ]);
  write('cluster/kubectl-get-svc-A.txt', [
    'NAMESPACE     NAME         TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)                  AGE',
    ...services.map(
      (s) =>
        `default       ${s.name}   ${s.type}   ${s.clusterIp}    <none>        80${s.ports[0].nodePort ? `:${s.ports[0].nodePort}` : ''}/TCP                  26h`,
    ),
  ]);
}

function writeNode(write, { nodes, topology, flannel, mac, node, i }) {
  const gateway = node.podCidr.replace('0/24', '1');
  const vtep = node.podCidr.replace('/24', '');
  const peers = nodes.flatMap((n, j) => (n === node ? [] : [{ n, j, vtep: n.podCidr.replace('/24', '') }]));
  const ports = node.pods.map((p, k) => ({
    ...p,
    dev: `veth${(i * 1000 + k).toString(16).padStart(8, '0')}`,
    index: 5 + k,
    mac: mac(0x5e, i * 64 + k),
    portMac: mac(0x9e, i * 64 + k),
  }));
  const flags = '<BROADCAST,MULTICAST,UP,LOWER_UP>';
  const device = (n, name, mtu, more, lladdr, lines) => [
    `${n}: ${name}: ${flags} mtu ${mtu} qdisc noqueue ${more}state UP group default qlen 1000`,
    `    link/ether ${lladdr} brd ff:ff:ff:ff:ff:ff`,
    ...lines.map((l) => `    ${l}`),
  ];
  const inet = (address, brd, dev) => [
    `inet ${address}${brd ? ` brd ${brd}` : ''} scope global ${dev}`,
    '   valid_lft forever preferred_lft forever',
  ];
  const dir = node.name;
  write(`${dir}/hostname.txt`, [node.name]);
  write(`${dir}/ip-addr.txt`, [
    '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000',
    '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00',
    '    inet 127.0.0.1/8 scope host lo',
    '       valid_lft forever preferred_lft forever',
    ...device(2, 'eth0', 1500, '', mac(0x06, i), inet(`${node.internalIp}/20`, '192.168.63.255', 'eth0')),
    ...device(3, 'flannel.1', 1450, '', mac(0x1a, i), [
      `vxlan id 1 local ${node.internalIp} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300 udpcsum noudp6zerocsumtx noudp6zerocsumrx`,
      ...inet(`${vtep}/32`, '', 'flannel.1'),
    ]),
    ...device(4, 'cni0', 1450, '', mac(0x7a, i), [
      'bridge forward_delay 1500 hello_time 200 max_age 2000 ageing_time 30000 stp_state 0 priority 32768 vlan_filtering 0 nf_call_iptables 0',
      ...inet(`${gateway}/24`, node.podCidr.replace('0/24', '255'), 'cni0'),
    ]),
    ...ports.flatMap((p) =>
      device(p.index, `${p.dev}@if2`, 1450, 'master cni0 ', p.portMac, [
        'veth',
        'bridge_slave state forwarding priority 32 cost 2 hairpin on guard off root_block off fastleave off learning on flood on isolated off',
      ]),
    ),
  ]);
  write(`${dir}/ip-route.txt`, [
    'default via 192.168.48.1 dev eth0',
    `${node.podCidr} dev cni0 proto kernel scope link src ${gateway}`,
    ...peers.map((p) => `${p.n.podCidr} via ${p.vtep} dev flannel.1 onlink`),
    `192.168.48.0/20 dev eth0 proto kernel scope link src ${node.internalIp}`,
    ...[
      [vtep, 'flannel.1'],
      [gateway, 'cni0'],
      [node.internalIp, 'eth0'],
      ['127.0.0.1', 'lo'],
      ['127.0.0.0/8', 'lo'],
    ].map(([a, dev]) => `local ${a} dev ${dev} table local proto kernel scope host src ${a.replace('0/8', '1')}`),
    `broadcast ${node.podCidr.replace('0/24', '255')} dev cni0 table local proto kernel scope link src ${gateway}`,
  ]);
  write(`${dir}/ip-rule.txt`, [
    '0:	from all lookup local',
    '32766:	from all lookup main',
    '32767:	from all lookup default',
  ]);
  write(`${dir}/ip-neigh.txt`, [
    ...ports.map((p) => `${p.address} dev cni0 lladdr ${p.mac} REACHABLE`),
    ...peers.flatMap((p) => [
      `${p.n.internalIp} dev eth0 lladdr ${mac(0x06, p.j)} REACHABLE`,
      `${p.vtep} dev flannel.1 lladdr ${mac(0x1a, p.j)} PERMANENT`,
    ]),
  ]);
  write(`${dir}/bridge-fdb.txt`, [
    ...peers.map((p) => `${mac(0x1a, p.j)} dev flannel.1 dst ${p.n.internalIp} self permanent`),
    ...ports.flatMap((p) => [`${p.mac} dev ${p.dev} master cni0`, `${p.portMac} dev ${p.dev} master cni0 permanent`]),
  ]);
  const devices = ['lo', 'eth0', 'flannel.1', 'cni0', ...ports.map((p) => p.dev), 'all', 'default'];
  write(
    `${dir}/ip-netconf.txt`,
    devices.map(
      (d) =>
        `inet ${d} forwarding on rp_filter ${d === 'lo' ? 'off' : 'loose'} mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off`,
    ),
  );
  write(`${dir}/sysctl.txt`, [
    'net.bridge.bridge-nf-call-ip6tables = 1',
    'net.bridge.bridge-nf-call-iptables = 1',
    ...devices.flatMap((d) =>
      [
        'accept_local = 0',
        'arp_announce = 0',
        'arp_ignore = 0',
        'forwarding = 1',
        'proxy_arp = 0',
        'rp_filter = 2',
        'src_valid_mark = 0',
      ].map((k) => `net.ipv4.conf.${d}.${k}`),
    ),
    'net.ipv4.ip_forward = 1',
  ]);
  write(`${dir}/iptables-save.txt`, [
    '# Generated by iptables-save v1.8.9 on Wed Nov 25 12:00:00 2026',
    kubeProxyRules(topology, flannel, node),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const number = (fallback) => ({ type: 'string', default: fallback });
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { nodes: number('100'), services: number('200'), endpoints: number('3'), pods: number('12') },
  });
  const [folder] = positionals;
  if (folder === undefined) throw new Error('name the folder to write: node bench/cluster.mjs FOLDER');
  writeCluster(folder, Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Number(value)])));
}
