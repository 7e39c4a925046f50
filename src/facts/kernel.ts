import type { Fact } from '../kit/index.js';

/**
 * One per-device setting of the IP stack: a field of `ip netconf`, or `net.ipv4.conf.<dev>.<key>` of sysctl. `all` and
 * `default` are not devices: `scope` tells them apart.
 */
export interface NetconfFact extends Fact {
  readonly kind: 'netconf';
  readonly family: 4 | 6;
  readonly scope: 'device' | 'all' | 'default';
  /** Device name; '' for `all` and `default`. */
  readonly dev: string;
  /** sysctl's name: `forwarding`, `rp_filter`, `proxy_arp`, `mc_forwarding`, `ignore_routes_with_linkdown` … */
  readonly key: string;
  /** Number as sysctl prints it: on=1, off=0, strict=1, loose=2. */
  readonly value: number;
}

/** Any other sysctl: `net.ipv4.ip_forward = 1`. Per-device keys are NetconfFacts as well. */
export interface SysctlFact extends Fact {
  readonly kind: 'sysctl';
  /** Dotted; slashes for dots inside device names are already turned back in `dev` of the NetconfFact, not here. */
  readonly key: string;
  readonly value: string;
}

/** A setting of `sysctl.conf` or `sysctl.d`: what somebody wants at the next start, and no state of the kernel. */
export interface SysctlConfigFact extends Fact {
  readonly kind: 'sysctl-config';
  /** Dotted as sysctl prints it. systemd's may hold `*`. */
  readonly key: string;
  /** Absent for `-net.ipv4.conf.eth0.rp_filter`, which takes a key out of a pattern. */
  readonly value?: string;
}

/** Kernel release: `uname -a|-r`, `/proc/version`, KERNEL-VERSION of kubectl. */
export interface KernelReleaseFact extends Fact {
  readonly kind: 'kernel-release';
  /** `4.15.0-72-generic` */
  readonly release: string;
}

/** A host name that a capture says of itself: `hostname`, `uname -a`, the host column of a journal. */
export interface HostnameFact extends Fact {
  readonly kind: 'hostname';
  readonly name: string;
  readonly source: 'hostname' | 'uname' | 'log' | 'sysctl' | 'etc';
}
