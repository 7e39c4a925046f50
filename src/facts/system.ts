import type { Fact } from '../kit/index.js';

/** A kernel module: `lsmod`, `/proc/modules`, `modinfo`, `modules.builtin`. */
export interface ModuleFact extends Fact {
  readonly kind: 'module';
  /** With underscores, as the kernel names it: `br_netfilter`. */
  readonly name: string;
  /** `available`: its file exists; `missing`: modinfo found none. A built-in module is in no list of loaded ones. */
  readonly state: 'loaded' | 'loading' | 'unloading' | 'builtin' | 'available' | 'missing';
  /** Modules that use it. */
  readonly usedBy?: readonly string[];
  readonly references?: number;
  readonly version?: string;
}

/** `/proc/cmdline`: what the kernel was started with. */
export interface BootParametersFact extends Fact {
  readonly kind: 'boot-parameters';
  /** `name` or `name=value`, in their order: `ipv6.disable=1`. */
  readonly parameters: readonly string[];
}

/** `/etc/os-release`, `hostnamectl`. */
export interface OsReleaseFact extends Fact {
  readonly kind: 'os-release';
  /** `ubuntu`, `rhel`; absent where only the long name is printed. */
  readonly id?: string;
  readonly version?: string;
  /** `Ubuntu 22.04.3 LTS` */
  readonly name?: string;
}

/** `/etc/machine-id`, `hostnamectl`. */
export interface MachineIdFact extends Fact {
  readonly kind: 'machine-id';
  readonly id: string;
}

/** What a node's clock said, and whether it is kept right: `date`, `timedatectl`. */
export interface ClockFact extends Fact {
  readonly kind: 'clock';
  /** Seconds since the epoch; absent where the zone is not known. */
  readonly time?: number;
  /** As printed. */
  readonly text?: string;
  /** `UTC`, `Europe/Berlin`, `CEST`. */
  readonly zone?: string;
  /** Minutes that its zone is east of Greenwich. */
  readonly east?: number;
  readonly synchronized?: boolean;
  /** Does systemd-timesyncd, chrony or ntpd set it? */
  readonly ntp?: boolean;
  /** Seconds ahead of the time server's, by chrony's measure. */
  readonly offset?: number;
}

/** `uptime`, `/proc/uptime`, `w`. */
export interface UptimeFact extends Fact {
  readonly kind: 'uptime';
  readonly seconds: number;
}

/** A program's version: `iptables -V`, `ip -V`. */
export interface ToolVersionFact extends Fact {
  readonly kind: 'tool-version';
  /** `iptables`, `iproute2`, `conntrack`, `systemd` … */
  readonly program: string;
  readonly version: string;
  /** Of iptables. */
  readonly backend?: 'nft' | 'legacy';
}

/** One line of `/etc/hosts`. */
export interface HostsEntryFact extends Fact {
  readonly kind: 'hosts-entry';
  readonly address: string;
  readonly names: readonly string[];
}

/** A unit of systemd: `systemctl list-units`, `list-unit-files`, `status`, `is-active`. */
export interface UnitFact extends Fact {
  readonly kind: 'unit';
  /** With its type: `kubelet.service`. */
  readonly name: string;
  /** `loaded`, `not-found`, `masked`. */
  readonly load?: string;
  /** `active`, `inactive`, `failed`, `activating`. */
  readonly active?: string;
  /** `running`, `dead`, `exited`, `auto-restart`. */
  readonly sub?: string;
  /** Of its file: `enabled`, `disabled`, `static`, `masked`. */
  readonly enabled?: string;
  readonly description?: string;
  readonly pid?: number;
  /** What `status` says behind `since`. */
  readonly since?: string;
}

/** A daemon that makes the node's network, with its arguments. Other processes are no facts. */
export interface ProcessFact extends Fact {
  readonly kind: 'process';
  /** Base name of the program: `kube-proxy`. Of a binary with many parts (`k3s server`, `hyperkube kubelet`) with the part. */
  readonly program: string;
  readonly pid?: number;
  /** Behind the program's name. Cut at blanks: a quoted blank can't be told. */
  readonly args: readonly string[];
}
