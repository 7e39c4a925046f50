import type { Fact } from '../kit/index.js';

/** One plugin of a CNI configuration. */
export interface CniPlugin {
  /** `bridge`, `flannel`, `calico`, `portmap`. */
  readonly type: string;
  readonly bridge?: string;
  readonly mtu?: number;
  readonly ipMasq?: boolean;
  readonly hairpinMode?: boolean;
  readonly promiscMode?: boolean;
  readonly isGateway?: boolean;
  readonly isDefaultGateway?: boolean;
  readonly forceAddress?: boolean;
  /** Parent device of macvlan, ipvlan, host-device. */
  readonly master?: string;
  readonly mode?: string;
  readonly vlan?: number;
  readonly ipam?: {
    readonly type: string;
    readonly ranges: readonly { readonly subnet: string; readonly gateway?: string }[];
    readonly routes: readonly { readonly dst: string; readonly gw?: string }[];
  };
  /** Capabilities that are on: `portMappings`, `bandwidth`. */
  readonly capabilities?: readonly string[];
  /** Plugins inside a plugin: flannel's and canal's `delegate`, multus' `delegates`. */
  readonly delegates?: readonly CniPlugin[];
}

/** A file of `/etc/cni/net.d`: the runtime takes the first by name. */
export interface CniConfigFact extends Fact {
  readonly kind: 'cni-config';
  /** File name, where it is known. */
  readonly file?: string;
  readonly name?: string;
  readonly cniVersion?: string;
  readonly plugins: readonly CniPlugin[];
}

/** KubeProxyConfiguration, as it stands in the cluster's ConfigMap or in a file. */
export interface KubeProxyConfigFact extends Fact {
  readonly kind: 'kube-proxy-config';
  /** `iptables`, `ipvs`, `nftables`, `userspace`; absent: the default of the platform, which is iptables. */
  readonly mode?: string;
  readonly clusterCidrs: readonly string[];
  /** `ClusterCIDR`, `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`. */
  readonly detectLocalMode?: string;
  readonly masqueradeAll?: boolean;
  readonly masqueradeBit?: number;
  readonly nodePortAddresses: readonly string[];
  readonly bindAddress?: string;
  readonly hostnameOverride?: string;
  readonly ipvsScheduler?: string;
  readonly ipvsStrictArp?: boolean;
  readonly ipvsExcludeCidrs?: readonly string[];
  readonly conntrackMaxPerCore?: number;
  readonly conntrackMin?: number;
  readonly conntrackTcpBeLiberal?: boolean;
}

/** KubeletConfiguration of one node, or its flags. */
export interface KubeletConfigFact extends Fact {
  readonly kind: 'kubelet-config';
  readonly source: 'file' | 'flags';
  readonly clusterDns: readonly string[];
  readonly clusterDomain?: string;
  readonly resolvConf?: string;
  readonly podCidr?: string;
  readonly hairpinMode?: string;
  readonly maxPods?: number;
  readonly nodeIps?: readonly string[];
  readonly hostnameOverride?: string;
  readonly networkPlugin?: string;
  readonly cniConfDir?: string;
  readonly cniBinDir?: string;
  readonly containerRuntimeEndpoint?: string;
  readonly makeIptablesUtilChains?: boolean;
  readonly masqueradeBit?: number;
}

/** Where pods are told to resolve names: the kubelets' common configuration, kubeadm's. */
export interface ClusterDnsFact extends Fact {
  readonly kind: 'cluster-dns';
  readonly addresses: readonly string[];
  readonly domain?: string;
  readonly resolvConf?: string;
  readonly source: string;
}

/** One server block of a Corefile. */
export interface CorefileFact extends Fact {
  readonly kind: 'corefile';
  /** Whose Corefile: name of the ConfigMap, of the file. */
  readonly source?: string;
  /** Zones with their port: `.:53`, `cluster.local:53`. */
  readonly zones: readonly string[];
  /** Zone and targets of `forward` and `proxy`; a target is an address with its port, or a file: `/etc/resolv.conf`. */
  readonly forwards: readonly { readonly from: string; readonly to: readonly string[]; readonly forceTcp?: boolean }[];
  /** Zones that the `kubernetes` plugin answers for. */
  readonly kubernetes?: readonly string[];
  readonly bind?: readonly string[];
  readonly cacheSeconds?: number;
  /** Names of all plugins in their order. */
  readonly plugins: readonly string[];
}

/** docker's daemon.json or `docker info`, containerd's config.toml, CRI-O's: what of it makes the network. */
export interface RuntimeConfigFact extends Fact {
  readonly kind: 'runtime-config';
  readonly runtime: 'docker' | 'containerd' | 'crio';
  readonly source: 'file' | 'info';
  readonly version?: string;
  readonly bridge?: string;
  readonly bip?: string;
  readonly fixedCidr?: string;
  readonly mtu?: number;
  readonly iptables?: boolean;
  readonly ipMasq?: boolean;
  readonly ipForward?: boolean;
  readonly ipv6?: boolean;
  readonly userlandProxy?: boolean;
  readonly liveRestore?: boolean;
  readonly dns?: readonly string[];
  readonly addressPools?: readonly { readonly base: string; readonly size?: number }[];
  readonly cniConfDir?: string;
  readonly cniBinDir?: string;
  /** The runtime's own word on its network plugin, and why not. */
  readonly networkReady?: boolean;
  readonly networkMessage?: string;
  /** What `docker info` warns of: `bridge-nf-call-iptables is disabled`. */
  readonly warnings?: readonly string[];
}

/** What NetworkManager is told: devices that it must leave alone. */
export interface NetworkManagerConfigFact extends Fact {
  readonly kind: 'network-manager-config';
  /** Specs as written: `interface-name:cali*`. */
  readonly unmanaged: readonly string[];
  readonly plugins?: readonly string[];
  readonly dns?: string;
}

/** A device as netplan or an ifcfg file wants it. */
export interface InterfaceConfigFact extends Fact {
  readonly kind: 'interface-config';
  readonly dev: string;
  readonly source: 'netplan' | 'ifcfg';
  /** With their length, where it is written. */
  readonly addresses: readonly string[];
  readonly dhcp?: boolean;
  readonly gateway?: string;
  readonly mtu?: number;
  readonly mac?: string;
  readonly master?: string;
  readonly nmControlled?: boolean;
}

/**
 * Settings of a network component by their own names: Calico's FelixConfiguration, KubeControllersConfiguration, ClusterInformation and
 * IPAMConfig, the ConfigMaps calico-config, canal-config and cilium-config.
 */
export interface ComponentConfigFact extends Fact {
  readonly kind: 'component-config';
  readonly resource: string;
  readonly name: string;
  /** Scalars as written; a nested one under its path: `controllers.node.hostEndpoint.autoCreate`. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Environment file of a daemon: calico.env, /etc/sysconfig/flanneld, /etc/default/kubelet. Only what bears on the network. */
export interface ComponentEnvFact extends Fact {
  readonly kind: 'component-env';
  readonly values: Readonly<Record<string, string>>;
}

/** bird.cfg: what holds for the whole daemon. One fact per capture. */
export interface BirdConfigFact extends Fact {
  readonly kind: 'bird-config';
  readonly routerId?: string;
  readonly listenPort?: number;
  readonly includes: readonly string[];
  readonly filters: readonly string[];
}

/** One protocol (or template) of bird.cfg. */
export interface BirdConfigProtocolFact extends Fact {
  readonly kind: 'bird-config-protocol';
  readonly name?: string;
  /** `bgp`, `kernel`, `device`, `direct`, `static`. */
  readonly protocol: string;
  /** A template is no protocol, but what protocols are made of. */
  readonly isTemplate: boolean;
  readonly from?: string;
  readonly disabled: boolean;
  readonly neighbour?: string;
  readonly neighbourPort?: number;
  readonly neighbourAs?: number;
  readonly localAs?: number;
  readonly sourceAddress?: string;
  readonly passive?: boolean;
  readonly multihop?: boolean;
  readonly rrClient?: boolean;
  readonly password?: true;
  /** `all`, `none`, `filter calico_kernel_programming`. */
  readonly import?: string;
  readonly export?: string;
  readonly table?: string;
  readonly kernelTable?: number;
  readonly learn?: boolean;
  readonly interfaces?: readonly string[];
  readonly routes?: readonly { readonly prefix: string; readonly type: string; readonly via?: string }[];
}

/** Facts of configuration files. */
export type ConfigFact =
  | BirdConfigFact
  | BirdConfigProtocolFact
  | ClusterDnsFact
  | CniConfigFact
  | ComponentConfigFact
  | ComponentEnvFact
  | CorefileFact
  | InterfaceConfigFact
  | KubeProxyConfigFact
  | KubeletConfigFact
  | NetworkManagerConfigFact
  | RuntimeConfigFact;
