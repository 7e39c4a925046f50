import { FLANNEL_STARTED, journalStamp, klogStamp } from './clock.mjs';

/**
 * flanneld does not run in the lab; the lab does its work and writes the lines that it writes then. Messages and
 * source lines are those of v0.26 (kube-flannel) and of v0.10 (Gravity's planet, etcd leases, under systemd).
 * @typedef {import('./topologies.mjs').Topology} Topology
 * @typedef {import('./topologies.mjs').NodeSpec} NodeSpec
 * @typedef {import('./flavours/flannel-vxlan.mjs').Lease} Lease
 */

const annotations = ({ lease }) =>
  `map[string]string{"flannel.alpha.coreos.com/backend-data":"{\\"VNI\\":1,\\"VtepMAC\\":\\"${lease.vtepMac}\\"}", "flannel.alpha.coreos.com/backend-type":"vxlan", "flannel.alpha.coreos.com/kube-subnet-manager":"true", "flannel.alpha.coreos.com/public-ip":"${lease.publicIp}", "node.alpha.kubernetes.io/ttl":"0", "volumes.kubernetes.io/controller-managed-attach-detach":"true"}`;

/** How the NIC was found: by the default route, or by `--iface=NAME`. */
function choice(node, { iface, lease }, [at, using, external]) {
  const told = iface !== node.nics[0].name;
  return [
    told ? `${at}] Searching for interface using ${iface}` : `${at}] Determining IP address of default interface`,
    `${using}] Using interface with name ${iface} and address ${lease.publicIp}`,
    `${external}] Defaulting external address to interface address (${lease.publicIp})`,
  ];
}

function current(topology, node, own) {
  const told = own.iface !== node.nics[0].name ? own.iface : '';
  return [
    `main.go:211] CLI flags config: {etcdEndpoints:http://127.0.0.1:4001,http://127.0.0.1:2379 etcdPrefix:/coreos.com/network etcdKeyfile: etcdCertfile: etcdCAFile: etcdUsername: etcdPassword: version:false kubeSubnetMgr:true kubeApiUrl: kubeAnnotationPrefix:flannel.alpha.coreos.com kubeConfigFile: iface:[${told}] ifaceRegex:[] ipMasq:true ipMasqRandomFullyDisable:false ifaceCanReach: subnetFile:/run/flannel/subnet.env publicIP: publicIPv6: subnetLeaseRenewMargin:60 healthzIP:0.0.0.0 healthzPort:0 iptablesResyncSeconds:5 iptablesForwardRules:true blackholeRoute:false netConfPath:/etc/kube-flannel/net-conf.json setNodeNetworkUnavailable:true}`,
    'W client_config.go:659] Neither --kubeconfig nor --master was specified.  Using the inClusterConfig.  This might not work.',
    'kube.go:139] Waiting 10m0s for node controller to sync',
    'kube.go:537] Starting kube subnet manager',
    `kube.go:558] Creating the node lease for IPv4. This is the n.Spec.PodCIDRs: [${node.podCidr}]`,
    'kube.go:163] Node controller sync successful',
    `main.go:241] Created subnet manager: Kubernetes Subnet Manager - ${node.name}`,
    'main.go:244] Installing signal handlers',
    'main.go:523] Found network config - Backend type: vxlan',
    `kube.go:737] List of node(${node.name}) annotations: ${annotations(own)}`,
    ...choice(node, own, ['match.go:211', 'match.go:264', 'match.go:286']),
    'vxlan.go:141] VXLAN config: VNI=1 Port=0 GBP=false Learning=false DirectRouting=false',
    'iptables.go:51] Starting flannel in iptables mode...',
    'iptables.go:115] Current network or subnet (10.244.0.0/16, 10.244.0.0/24) is not equal to previous one (0.0.0.0/0, 0.0.0.0/0), trying to recycle old iptables rules'
      .replace('10.244.0.0/16', topology.clusterCidr)
      .replace('10.244.0.0/24', node.podCidr),
    'iptables.go:125] Setting up masking rules',
    'iptables.go:226] Changing default FORWARD chain policy to ACCEPT',
    'main.go:396] Wrote subnet file to /run/flannel/subnet.env',
    'main.go:400] Running backend.',
    'vxlan_network.go:65] watching for new subnet leases',
    'main.go:421] Waiting for all goroutines to exit',
    'iptables.go:372] bootstrap done',
  ].map((line, i) => {
    const level = line.startsWith('W ') ? 'W' : 'I';
    return `${level}${klogStamp(FLANNEL_STARTED + i * 40, 104_563 + i * 31_871)}       1 ${line.replace(/^W /, '')}`;
  });
}

function gravity(topology, node, own, seen) {
  const net = topology.clusterCidr;
  const masquerade = [
    `-s ${net} -d ${net} -j RETURN`,
    `-s ${net} ! -d 224.0.0.0/4 -j MASQUERADE`,
    `! -s ${net} -d ${node.podCidr} -j RETURN`,
    `! -s ${net} -d ${net} -j MASQUERADE`,
  ];
  const lines = [
    `main.go:439] Searching for interface using ${own.lease.publicIp}`,
    `main.go:516] Using interface with name ${own.iface} and address ${own.lease.publicIp}`,
    `main.go:533] Defaulting external address to interface address (${own.lease.publicIp})`,
    'main.go:250] Created subnet manager: Etcd Local Manager with Previous Subnet: None',
    'main.go:253] Installing signal handlers',
    'main.go:375] Found network config - Backend type: vxlan',
    'vxlan.go:120] VXLAN config: VNI=1 Port=8472 GBP=false DirectRouting=false',
    'local_manager.go:234] Picking subnet in range 10.244.1.0 ... 10.244.255.0',
    `local_manager.go:220] Allocated lease (${node.podCidr}) to current node (${own.lease.publicIp}) `,
    'main.go:315] Wrote subnet file to /run/flannel/subnet.env',
    'main.go:325] Finished starting backend.',
    'main.go:326] Running backend.',
    'vxlan_network.go:60] watching for new subnet leases',
    ...seen.map(
      (l) => `vxlan_network.go:138] adding subnet: ${l.subnet} PublicIP: ${l.publicIp} VtepMAC: ${l.vtepMac}`,
    ),
    'iptables.go:115] Some iptables rules are missing; deleting and recreating rules',
    ...masquerade.map((rule) => `iptables.go:137] Deleting iptables rule: ${rule}`),
    ...masquerade.map((rule) => `iptables.go:125] Adding iptables rule: ${rule}`),
    'main.go:418] Waiting for 22h59m59.612904551s to renew lease',
  ];
  return lines.map((line, i) => {
    const time = FLANNEL_STARTED + i * 40;
    return `${journalStamp(time)} ${node.name} flanneld[692]: I${klogStamp(time, 487_907 + i * 1213)}     692 ${line}`;
  });
}

/**
 * The log of one node's flanneld from its start to the leases it has seen.
 * @param {Topology} topology @param {NodeSpec} node
 * @param {{ lease: Lease, iface: string }} own @param {readonly Lease[]} seen
 * @returns {string[]}
 */
export function flannelLog(topology, node, own, seen) {
  return topology.flannel === 'gravity' ? gravity(topology, node, own, seen) : current(topology, node, own);
}
