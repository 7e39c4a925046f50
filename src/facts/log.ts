import type { Fact } from '../kit/index.js';

/** What a log line carries beside its message. */
export interface LogStamp {
  /** Seconds since the epoch; absent without a date (or without a year that the log's header settles). */
  readonly time?: number;
  /** Seconds since midnight, when only the clock is known. */
  readonly clock?: number;
  /** The date as far as the line says it when `time` stays unknown (no year or no zone): `01-23`, `2020-01-23`. */
  readonly dated?: string;
  /** Seconds since boot, where the log counts from there (dmesg, `-o short-monotonic`). */
  readonly uptime?: number;
  readonly host?: string;
  /** `flanneld`, `kernel`, `kubelet`: the syslog tag or the pod's container. */
  readonly unit?: string;
  /** So many lines between the fact before it that says the same and this one say it again, and are no facts of their own. */
  readonly repeats?: number;
}

/** What the kernel logged about the network. */
export interface KernelLogFact extends Fact, LogStamp {
  readonly kind: 'kernel-log';
  readonly event:
    | { readonly kind: 'neighbour-overflow'; readonly cache: 'arp_cache' | 'ndisc_cache' | 'unknown' }
    | { readonly kind: 'suppressed'; readonly callbacks: number; readonly function?: string }
    | { readonly kind: 'conntrack-full' }
    | {
        readonly kind: 'martian';
        readonly what: 'source' | 'destination';
        readonly source?: string;
        readonly destination?: string;
        readonly dev?: string;
      }
    | { readonly kind: 'own-source-address'; readonly dev?: string; readonly bridge?: string }
    | { readonly kind: 'unregister-netdevice'; readonly dev?: string; readonly count?: number }
    | { readonly kind: 'transmit-timeout'; readonly dev?: string }
    | { readonly kind: 'link'; readonly dev: string; readonly up: boolean }
    /** `eth0: link is not ready`: up by configuration, no carrier. */
    | { readonly kind: 'link-not-ready'; readonly dev: string }
    /** The driver gave its device a reset, or says that it hangs. */
    | { readonly kind: 'driver-reset'; readonly dev?: string; readonly message: string }
    | { readonly kind: 'syn-flood'; readonly port: number; readonly address?: string; readonly cookies: boolean }
    /** A checksum that the network card or the sender got wrong. */
    | {
        readonly kind: 'bad-checksum';
        readonly dev?: string;
        readonly source?: string;
        readonly destination?: string;
      }
    /** `IPVS: rr: TCP 10.96.0.10:53 - no destination available`, and what else IPVS complains of. */
    | {
        readonly kind: 'ipvs';
        readonly message: string;
        readonly address?: string;
        readonly port?: number;
      }
    | { readonly kind: 'route-cache-full'; readonly family: '4' | '6' }
    | { readonly kind: 'time-wait-overflow' }
    | { readonly kind: 'duplicate-address'; readonly address: string; readonly dev?: string }
    /** A packet that an iptables LOG rule or a firewall wrote down: `[UFW BLOCK] IN=ens4 OUT= … DPT=8472`. */
    | {
        readonly kind: 'packet-logged';
        readonly prefix: string;
        readonly in?: string;
        readonly out?: string;
        readonly source?: string;
        readonly destination?: string;
        readonly protocol?: string;
        readonly destinationPort?: number;
      }
    | { readonly kind: 'module'; readonly name?: string; readonly message: string };
}

/** What a component's line tells; `values` of the fact holds the names in brackets. */
export type ComponentEvent =
  /** calico-node's own address [family, dev, address, length]. */
  | 'calico-autodetected-address'
  /** [family, address] */
  | 'calico-configured-address'
  /** Another node has this address already [node, address]. */
  | 'calico-address-conflict'
  /** [family] */
  | 'calico-no-address'
  /** Kubernetes' name of the node [node]. */
  | 'calico-node-name'
  /** [peers] */
  | 'calico-not-ready'
  /** rp_filter is 2 and felix refuses to start; `ignored`: it was told not to mind. */
  | 'felix-rpf-loose'
  | 'felix-rpf-ignored'
  /** [address, port] */
  | 'bird-unexpected-connect'
  /** [protocol, state] */
  | 'bird-state'
  /** [protocol, error] */
  | 'bird-error'
  /** Why a pod got no network [pod and what the message names: dev, address, path, range, plugin]. */
  | 'sandbox-bridge-address'
  | 'sandbox-subnet-env-missing'
  | 'sandbox-no-free-address'
  | 'sandbox-calico-node-not-running'
  | 'sandbox-calico-unauthorized'
  | 'sandbox-plugin-missing'
  | 'sandbox-failed'
  | 'cni-not-initialized'
  /** [mode] */
  | 'kube-proxy-mode'
  /** [address] */
  | 'kube-proxy-node-address'
  | 'kube-proxy-cluster-cidr-missing'
  /** kube-proxy does not know its own address and takes 127.0.0.1. */
  | 'kube-proxy-node-address-unknown'
  /** [wanted]: it runs in another mode than it was told to. */
  | 'kube-proxy-mode-unavailable'
  | 'kube-proxy-restore-failed'
  /** [service, port] */
  | 'kube-proxy-port-in-use'
  | 'kube-proxy-bridge-nf-missing'
  /** [key] */
  | 'kube-proxy-cannot-set-sysctl'
  /** [source, address, port] */
  | 'dns-timeout'
  /** [address, port] */
  | 'dial-timeout'
  | 'dial-no-route'
  | 'dial-refused'
  | 'dial-unreachable'
  | 'tls-handshake-timeout'
  | 'no-buffer-space'
  /** No local port is left, or the address is not the machine's [address, port]. */
  | 'address-unavailable'
  /** [address, port] */
  | 'address-in-use'
  | 'iptables-lock-held'
  /** [what, name]: table, match, target or chain that the kernel or iptables does not have. */
  | 'iptables-missing'
  /** coredns forwards to itself [source, zone]. */
  | 'dns-loop'
  /** [plugins] */
  | 'dns-waiting'
  /** kubelet had to cut resolv.conf [what, line]. */
  | 'resolv-limits'
  /** A firewall was started, stopped or loaded anew: rules of others may be gone [program, action]. */
  | 'firewall-changed'
  /** NetworkManager, networkd, dhcpcd or connman handles a device of the CNI [program, dev, state]. */
  | 'device-managed'
  /** [address, port, peer, error] */
  | 'weave-connection-failed'
  | 'weave-sleeve-fallback'
  | 'weave-ipam-conflict'
  | 'etcd-lease-not-found'
  | 'etcd-timeout'
  | 'etcd-no-leader'
  /** [peer, difference] */
  | 'etcd-clock-difference'
  /** gobgp (kube-router, cilium, MetalLB) [peer, state]. */
  | 'bgp-peer-state'
  /** [as] */
  | 'calico-as-number'
  /** [pool, ipip, vxlan, nat] */
  | 'calico-pool-created'
  | 'calico-datastore-unreachable'
  | 'calico-typha-unreachable'
  /** Tunnel device without an address. */
  | 'calico-tunnel-address-failed'
  /** [backend] */
  | 'calico-iptables-backend'
  /** [cidr]: pool and host network overlap. */
  | 'calico-pool-overlaps';

/** A telling line of any other component: kubelet, kube-proxy, calico-node, felix, bird, coredns, docker … */
export interface ComponentLogFact extends Fact, LogStamp {
  readonly kind: 'component-log';
  readonly component: string;
  readonly level?: 'debug' | 'info' | 'warning' | 'error' | 'fatal';
  readonly event: ComponentEvent;
  /** Values out of the message by name: `{address:'10.0.2.15', dev:'enp0s3'}`. */
  readonly values: Readonly<Record<string, string>>;
  readonly message: string;
}

/** First and last time and the number of lines of one log capture: what skew and coverage are judged by. */
export interface LogSpanFact extends Fact, LogStamp {
  readonly kind: 'log-span';
  readonly from?: number;
  readonly to?: number;
  readonly lines: number;
  readonly reversed: boolean;
}

/** One boot that the journal holds entries of (`journalctl --list-boots`). */
export interface BootFact extends Fact {
  readonly kind: 'boot';
  /** 0 is the boot that was running, -1 the one before. */
  readonly offset: number;
  readonly id: string;
  /** Its first and last entry, seconds since the epoch; `dated` and `clock` of the first where the zone is not known. */
  readonly from?: number;
  readonly to?: number;
  readonly dated?: string;
  readonly clock?: number;
}
