import type { ProcessFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { wordsOf } from '../text/words.js';

/** Programs that make a node's network, or whose arguments say what it should be. */
const DAEMONS: ReadonlySet<string> = new Set([
  ...[
    'kubelet',
    'kube-proxy',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'cloud-controller-manager',
  ],
  ...[
    'kube-controllers',
    'kubelite',
    'etcd',
    'flanneld',
    'calico-node',
    'calico-felix',
    'calico-typha',
    'confd',
    'bird',
    'bird6',
  ],
  ...[
    'cilium-agent',
    'cilium-operator',
    'cilium-operator-generic',
    'kube-router',
    'weaver',
    'weave-npc',
    'antrea-agent',
  ],
  ...['ovs-vswitchd', 'ovsdb-server', 'ovn-controller', 'ovnkube', 'kube-ovn-daemon', 'kube-ovn-controller', 'galaxy'],
  ...[
    'dockerd',
    'docker-proxy',
    'containerd',
    'crio',
    'cri-dockerd',
    'coredns',
    'dnsmasq',
    'node-cache',
    'kube-dns',
    'unbound',
  ],
  ...[
    'firewalld',
    'ufw',
    'NetworkManager',
    'systemd-networkd',
    'systemd-resolved',
    'dhclient',
    'dhcpcd',
    'wickedd',
    'netplan',
  ],
  ...[
    'keepalived',
    'kube-vip',
    'gobgpd',
    'bgpd',
    'zebra',
    'watchfrr',
    'ospfd',
    'charon',
    'openvpn',
    'wireguard-go',
    'aws-k8s-agent',
  ],
  ...[
    'ip-masq-agent',
    'azure-npm',
    'azure-ipam',
    'serf',
    'planet',
    'nethealth',
    'portmap',
    'submariner-gateway',
    'nfd-worker',
  ],
]);
/** One binary, many parts: the word behind it says which. */
const WITH_PARTS: ReadonlySet<string> = new Set([
  ...[
    'k3s',
    'rke2',
    'k0s',
    'hyperkube',
    'microk8s',
    'docker',
    'calico-node',
    'cilium',
    'planet',
    'gravity',
    'wormhole',
    'kube-ovn-cmd',
  ],
]);
/** Parts of them that run on. */
const PARTS: ReadonlySet<string> = new Set([
  ...[
    'server',
    'agent',
    'controller',
    'worker',
    'daemon',
    'start',
    'kubelet',
    'proxy',
    'kube-proxy',
    'apiserver',
    'kube-apiserver',
  ],
  ...[
    'controller-manager',
    'kube-controller-manager',
    'scheduler',
    'kube-scheduler',
    '-felix',
    '-confd',
    '-bird',
    '-allocate-tunnel-addrs',
  ],
  ...['-monitor-addresses', '-status-reporter', '-monitor-token', '-init'],
]);
const MOST_ARGS = 128;
const LONGEST = 512;

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/:$/, '');

/** `/usr/bin/kubelet --config=…` as a fact; undefined for what is none of the daemons. A program in brackets is the kernel's. */
export function daemonOf(command: string, pid: number | undefined): Draft<ProcessFact> | undefined {
  // busybox puts the name of a renamed process before it.
  const words = wordsOf((command.length > 16384 ? command.slice(0, 16384) : command).replace(/^\{[^}\s]{1,32}\} /, ''));
  const name = baseOf(words[0] ?? '');
  const part = words[1] ?? '';
  const parted = WITH_PARTS.has(name) && PARTS.has(part);
  if (!parted && !DAEMONS.has(name)) return undefined;
  return {
    kind: 'process',
    program: parted ? `${name} ${part.replace(/^-/, '')}` : name,
    ...(pid !== undefined && { pid }),
    args: words.slice(parted ? 2 : 1, MOST_ARGS).filter((w) => w.length <= LONGEST),
  };
}
