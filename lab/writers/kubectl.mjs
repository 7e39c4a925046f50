import { createHash } from 'node:crypto';
import { kernelVersion } from '../capture.mjs';
import { BOOTED, CAPTURED, isoOf } from '../clock.mjs';
import { isCalico } from '../cluster.mjs';
import { six, sixPrefix } from '../ipv6.mjs';
import { endpointsOf } from '../kube-proxy.mjs';
import { suffixOf } from '../topologies.mjs';

/**
 * No API server runs in the lab: these are the texts kubectl would print about the cluster that does run.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 */

const AGE = '26h';
const uid = (text) =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');
const runtimeOf = (topology) => (topology.flannel === 'gravity' ? 'docker://18.9.9' : 'containerd://1.7.25');
const roleOf = (topology, node) =>
  !node.controlPlane ? '<none>' : topology.flannel === 'gravity' ? 'master' : 'control-plane';

/** kubectl's table: columns as wide as their widest cell, three blanks between, none behind the last. */
function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return `${rows.map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] + 3))).join('')).join('\n')}\n`;
}

/** `spec.unschedulable` is what `kubectl cordon` sets. */
const isCordoned = (state, node) => state.get(node.name).cordoned === true;

export const nodesWide = ({ topology, state }) =>
  table([
    [
      'NAME',
      'STATUS',
      'ROLES',
      'AGE',
      'VERSION',
      'INTERNAL-IP',
      'EXTERNAL-IP',
      'OS-IMAGE',
      'KERNEL-VERSION',
      'CONTAINER-RUNTIME',
    ],
    ...topology.nodes.map((n) => [
      n.name,
      isCordoned(state, n) ? 'Ready,SchedulingDisabled' : 'Ready',
      roleOf(topology, n),
      AGE,
      topology.version,
      n.internalIp,
      '<none>',
      'Debian GNU/Linux 12 (bookworm)',
      kernelVersion(),
      runtimeOf(topology),
    ]),
  ]);

/** The pods of the cluster itself have their node's address. */
function systemPods(topology) {
  const sets =
    topology.flavour === 'kindnet'
      ? [
          ['kube-system', 'kindnet'],
          ['kube-system', 'kube-proxy'],
        ]
      : isCalico(topology)
        ? [
            ['kube-system', 'calico-node'],
            ['kube-system', 'kube-proxy'],
          ]
        : [
            ['kube-flannel', 'kube-flannel-ds'],
            ['kube-system', 'kube-proxy'],
          ];
  // Gravity runs flannel and kube-proxy as units in planet, not as pods.
  const daemons =
    topology.flannel === 'gravity'
      ? []
      : topology.nodes.flatMap((n) =>
          sets.map(([namespace, set]) => ({ namespace, name: `${set}-${suffixOf(`${set} ${n.name}`)}`, node: n })),
        );
  const statics =
    topology.flannel === 'gravity' ? [] : ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const controlPlane = topology.nodes
    .filter((n) => n.controlPlane)
    .flatMap((n) => statics.map((name) => ({ namespace: 'kube-system', name: `${name}-${n.name}`, node: n })));
  return [...daemons, ...controlPlane].map((p) => ({ ...p, address: p.node.internalIp }));
}

const allPods = (topology) =>
  [...topology.nodes.flatMap((node) => node.pods.map((p) => ({ ...p, node }))), ...systemPods(topology)].sort((a, b) =>
    a.namespace + a.name < b.namespace + b.name ? -1 : 1,
  );

export const podsWide = ({ topology }) =>
  table([
    ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'],
    ...allPods(topology).map((p) => [
      p.namespace,
      p.name,
      '1/1',
      'Running',
      '0',
      AGE,
      p.address,
      p.node.name,
      '<none>',
      '<none>',
    ]),
  ]);

const portsText = (service) =>
  service.ports.map((p) => `${p.port}${p.nodePort ? `:${p.nodePort}` : ''}/${p.protocol}`).join(',');

export const servicesTable = ({ topology }) =>
  table([
    ['NAMESPACE', 'NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
    ...topology.services.map((s) => [
      s.namespace,
      s.name,
      s.balancer ? 'LoadBalancer' : s.ports.some((p) => p.nodePort) ? 'NodePort' : 'ClusterIP',
      s.clusterIp,
      s.balancer?.address ?? '<none>',
      portsText(s),
      AGE,
    ]),
  ]);

/** kubectl prints three endpoints and counts the rest. */
export const endpointsTable = ({ topology }) =>
  table([
    ['NAMESPACE', 'NAME', 'ENDPOINTS', 'AGE'],
    ...topology.services.map((s) => {
      const all = s.ports.flatMap((p) => endpointsOf(topology, s).map((address) => `${address}:${p.targetPort}`));
      const more = all.length > 3 ? ` + ${all.length - 3} more...` : '';
      return [s.namespace, s.name, all.slice(0, 3).join(',') + more || '<none>', AGE];
    }),
  ]);

/** Annotations by which flannel's kube subnet manager publishes a lease, and Calico its address. */
function annotations({ topology, state }, node) {
  const { lease } = state.get(node.name);
  const common = [
    ['kubeadm.alpha.kubernetes.io/cri-socket', 'unix:///var/run/containerd/containerd.sock'],
    ['node.alpha.kubernetes.io/ttl', '"0"'],
  ];
  // Gravity's flannel keeps its leases in etcd.
  if (topology.flannel === 'gravity')
    return [
      ['node.alpha.kubernetes.io/ttl', '"0"'],
      ['volumes.kubernetes.io/controller-managed-attach-detach', '"true"'],
    ];
  if (['kindnet', 'tunnel-mesh', 'flat-vxlan', 'macvlan'].includes(topology.flavour)) return common;
  if (isCalico(topology))
    return [
      ...common,
      ['projectcalico.org/IPv4Address', node.nics[0].address],
      ...Object.entries({ 'calico-vxlan': 'IPv4VXLANTunnelAddr', 'calico-ipip': 'IPv4IPIPTunnelAddr' })
        .filter(([flavour]) => flavour === topology.flavour)
        .map(([, name]) => [`projectcalico.org/${name}`, node.podCidr.replace(/\/\d+$/, '')]),
      ['volumes.kubernetes.io/controller-managed-attach-detach', '"true"'],
    ];
  return [
    ['flannel.alpha.coreos.com/backend-data', lease.backend ? '"null"' : `'{"VNI":1,"VtepMAC":"${lease.vtepMac}"}'`],
    ['flannel.alpha.coreos.com/backend-type', lease.backend ?? 'vxlan'],
    ['flannel.alpha.coreos.com/kube-subnet-manager', '"true"'],
    ['flannel.alpha.coreos.com/public-ip', lease.publicIp],
    ...common,
    ['volumes.kubernetes.io/controller-managed-attach-detach', '"true"'],
  ];
}

const NETWORKS = { kindnet: 'Kindnet', 'flat-vxlan': 'Weave', macvlan: 'Multus' };
const networkOf = (topology) => (isCalico(topology) ? 'Calico' : (NETWORKS[topology.flavour] ?? 'Flannel'));

function nodeYaml(cluster, node, index) {
  const { topology } = cluster;
  // Under Calico's own IPAM the node's podCIDR is a number that nothing uses.
  const podCidr = isCalico(topology)
    ? `10.244.${index}.0/24`
    : (cluster.state.get(node.name).lease?.subnet ?? node.podCidr);
  const labels = [
    ['beta.kubernetes.io/arch', 'amd64'],
    ['beta.kubernetes.io/os', 'linux'],
    ['kubernetes.io/arch', 'amd64'],
    ['kubernetes.io/hostname', node.name],
    ['kubernetes.io/os', 'linux'],
    ...(node.controlPlane ? [['node-role.kubernetes.io/control-plane', '""']] : []),
  ];
  const cordoned = isCordoned(cluster.state, node) ? '\n    unschedulable: true' : '';
  const spec =
    topology.flannel === 'gravity'
      ? ' {}'
      : `\n    podCIDR: ${podCidr}\n    podCIDRs:\n    - ${podCidr}${topology.v6 ? `\n    - ${sixPrefix(podCidr)}` : ''}${cordoned}`;
  const list = (pairs) => pairs.map(([key, value]) => `      ${key}: ${value}`).join('\n');
  return `- apiVersion: v1
  kind: Node
  metadata:
    annotations:
${list(annotations(cluster, node))}
    creationTimestamp: "${isoOf(BOOTED)}"
    labels:
${list(labels)}
    name: ${node.name}
    resourceVersion: "${48211 + index * 37}"
    uid: ${uid(node.name)}
  spec:${spec}
  status:
    addresses:
    - address: ${node.internalIp}
      type: InternalIP${topology.v6 ? `\n    - address: ${six(node.internalIp)}\n      type: InternalIP` : ''}
    - address: ${node.name}
      type: Hostname
    conditions:
    - lastHeartbeatTime: "${isoOf(CAPTURED - 48_000)}"
      lastTransitionTime: "${isoOf(BOOTED + 300_000)}"
      message: ${networkOf(topology)} is running on this node
      reason: ${networkOf(topology)}IsUp
      status: "False"
      type: NetworkUnavailable
    - lastHeartbeatTime: "${isoOf(CAPTURED - 48_000)}"
      lastTransitionTime: "${isoOf(BOOTED + 330_000)}"
      message: kubelet is posting ready status
      reason: KubeletReady
      status: "True"
      type: Ready
    nodeInfo:
      architecture: amd64
      containerRuntimeVersion: ${runtimeOf(topology)}
      kernelVersion: ${kernelVersion()}
      kubeProxyVersion: ${topology.version}
      kubeletVersion: ${topology.version}
      machineID: ${uid(`machine ${node.name}`).replaceAll('-', '')}
      operatingSystem: linux
      osImage: Debian GNU/Linux 12 (bookworm)
`;
}

export const nodesYaml = (cluster) =>
  `apiVersion: v1\nitems:\n${cluster.topology.nodes.map((n, i) => nodeYaml(cluster, n, i)).join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;

/** `kubectl describe nodes` as far as the network is concerned; Gravity's flannel leaves no annotations. */
export const describeNodes = ({ topology, state }) =>
  `${topology.nodes
    .map((n) =>
      [
        `Name:               ${n.name}`,
        `Roles:              ${roleOf(topology, n)}`,
        'Labels:             beta.kubernetes.io/arch=amd64',
        '                    beta.kubernetes.io/os=linux',
        `                    gravitational.io/advertise-ip=${n.internalIp}`,
        `                    kubernetes.io/hostname=${n.name}`,
        'Annotations:        node.alpha.kubernetes.io/ttl: 0',
        '                    volumes.kubernetes.io/controller-managed-attach-detach: true',
        `CreationTimestamp:  ${new Date(BOOTED).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/, '$1, $2 $3 $4 $5 +0000')}`,
        'Taints:             <none>',
        `Unschedulable:      ${isCordoned(state, n)}`,
        'Addresses:',
        `  InternalIP:  ${n.internalIp}`,
        `  Hostname:    ${n.name}`,
        'System Info:',
        ` Machine ID:                 ${uid(`machine ${n.name}`).replaceAll('-', '')}`,
        ` Kernel Version:             ${kernelVersion()}`,
        ' OS Image:                   Debian GNU/Linux 12 (bookworm)',
        ' Operating System:           linux',
        ' Architecture:               amd64',
        ` Container Runtime Version:  ${runtimeOf(topology)}`,
        ` Kubelet Version:            ${topology.version}`,
        ` Kube-Proxy Version:         ${topology.version}`,
        'Events:              <none>',
      ].join('\n'),
    )
    .join('\n\n\n')}\n`;
