import { readsFile } from '../text/reads-file.js';
import { isForeignHead } from './foreign.js';

/** Programs whose output no rule asks for, whatever their arguments. Only what no other parser reads and no network decides. */
const PROGRAMS: ReadonlySet<string> = new Set([
  ...[
    'lspci',
    'lsblk',
    'lscpu',
    'lsusb',
    'lshw',
    'lsmem',
    'lsns',
    'lsinitrd',
    'dmidecode',
    'hwinfo',
    'numactl',
    'sensors',
  ],
  ...[
    'df',
    'du',
    'free',
    'blkid',
    'findmnt',
    'fdisk',
    'parted',
    'pvs',
    'vgs',
    'lvs',
    'pvdisplay',
    'vgdisplay',
    'lvdisplay',
    'multipath',
  ],
  ...[
    'mdadm',
    'smartctl',
    'zpool',
    'xfs_info',
    'dumpe2fs',
    'swapon',
    'iotop',
    'iostat',
    'vmstat',
    'mpstat',
    'pidstat',
    'sar',
    'slabtop',
  ],
  ...[
    'top',
    'htop',
    'atop',
    'pstree',
    'pmap',
    'ipcs',
    'last',
    'lastlog',
    'who',
    'whoami',
    'id',
    'groups',
    'getent',
    'ulimit',
    'locale',
  ],
  ...[
    'localectl',
    'loginctl',
    'nproc',
    'getconf',
    'env',
    'printenv',
    'rpm',
    'yum',
    'dnf',
    'apt',
    'apt-cache',
    'apt-key',
    'dpkg',
    'dpkg-query',
  ],
  ...[
    'zypper',
    'snap',
    'pip',
    'pip3',
    'apk',
    'pacman',
    'md5sum',
    'sha256sum',
    'stat',
    'file',
    'wc',
    'getenforce',
    'sestatus',
    'aa-status',
  ],
  ...[
    'apparmor_status',
    'ausearch',
    'auditctl',
    'semanage',
    'getsebool',
    'crontab',
    'tuned-adm',
    'virt-what',
    'systemd-detect-virt',
  ],
  ...[
    'systemd-analyze',
    'systemd-cgls',
    'systemd-cgtop',
    'systemd-delta',
    'coredumpctl',
    'chronyc',
    'ntpq',
    'ntpstat',
    'ntpdc',
    'grubby',
  ],
  ...[
    'mokutil',
    'efibootmgr',
    'update-alternatives',
    'alternatives',
    'nvidia-smi',
    'numastat',
    'prtstat',
    'mount',
    'cpupower',
    'arch',
    'teamdctl',
    'teamnl',
    'iw',
    'iwconfig',
    'iwlist',
    'ipconfig',
  ],
]);
/** Programs of which these arguments alone. */
const WITH: Readonly<Record<string, RegExp>> = {
  systemctl: /^(?:cat|list-dependencies|get-default|is-system-running|show-environment|--version)\b/,
  netstat: /^(?:--groups|-[a-z]*g)/,
  docker: /^(?:images|image|system df|stats|volume|port|top|diff|history|context)\b/,
  etcdctl:
    /^(?:-\S+ (?:\S+ )??)*(?:endpoint (?:health|status|hashkv)|member list|cluster-health|alarm list|check perf|role|user|auth)\b|^ls(?: -\S+)*(?: \/(?:calico|registry)\S*)?(?: -\S+)*$/,
  ethtool: /^(?:-[dew]|--register-dump|--eeprom-dump|--get-dump)\b/,
  weave: /^(?:--local )?ps\b/,
  talosctl:
    /^(?:-\S+ (?:\S+ )??)*(?:services?|health|version|memory|processes|disks|containers|etcd|time|usage|stats)\b/,
  k0s: /^sysinfo\b/,
  crictl: /^(?:images|img|stats|imagefsinfo)\b/,
  ls: /^/,
  ll: /^/,
};
/** Files of /proc, /sys and /etc whose text decides nothing of the network. */
const FILES =
  /^\/proc\/(?:cpuinfo|meminfo|loadavg|vmstat|vmallocinfo|slabinfo|buddyinfo|pagetypeinfo|zoneinfo|interrupts|softirqs|stat|schedstat|diskstats|partitions|mounts|swaps|filesystems|devices|misc|crypto|locks|iomem|ioports|dma|fb|consoles|cgroups|key-users|keys|mdstat|mtrr|scsi\/.*|pressure\/.*|timer_list|sched_debug|\d+\/(?:status|limits|maps|smaps|mounts|mountinfo|cgroup|stat|statm|io|sched|environ|oom_\w+|numa_maps))$|^\/proc\/net\/(?:unix|packet|protocols|psched|netlink|ptype|dev_mcast|igmp6?|mcfilter6?|fib_triestat|icmp6?|anycast6|rt6_stats|rt_acct|rt_cache|ip6?_mr_\w+|ip6_flowlabel|connector|pnp|rpc\/.*|dev_snmp6\/.*|ip6?_tables_(?:matches|targets)|arp_tables_\w+|stat\/rt_cache|wireless|tls_stat|netfilter\/(?!nfnetlink_queue$).*|ip6?t_hashlimit\/.*|ipconfig\/.*)$|^\/etc\/(?:fstab|passwd|group|issue(?:\.net)?|motd|crontab|timezone|default\/.*|security\/.*|yum\.conf|apt\/.*|profile|environment|nsswitch\.conf|services|protocols|debian_version|modprobe\.d\/.*|modules-load\.d\/.*|modules|ld\.so\.conf|chrony(?:\.conf|\/.*)|ntp\.conf|systemd\/timesyncd\.conf|iproute2\/.*|systemd\/system\/.*\.(?:service|timer|socket|target|mount))$|^\/(?:usr\/)?lib\/systemd\/system\/.*\.(?:service|timer|socket|target|mount)$/;

/** Is it the output of a command that says nothing of the network's state? */
export function otherCommand(argv: readonly string[]): boolean {
  const program = argv[0] ?? '';
  // `mount` and `env` without arguments print; `getent hosts` resolves.
  if (program === 'getent') return argv[1] === 'passwd' || argv[1] === 'group';
  if (program === 'chronyc') return !argv.includes('tracking');
  // `show bfd sessions`, `show interfaces`: protocols and routes have a parser of their own, which is asked before.
  if (/^birdcl?6?$/.test(program)) return argv.includes('show');
  if (PROGRAMS.has(program)) return true;
  if (Object.hasOwn(WITH, program)) return (WITH[program] as RegExp).test(argv.slice(1).join(' '));
  return readsFile(argv, FILES) !== undefined;
}

/** Names under which collectors write such output. */
export const nameTells =
  /^(?:lspci|lsblk|lscpu|lsusb|lshw|lsns|dmidecode|df|du|free|blkid|findmnt|fdisk|pvs|vgs|lvs|mount|mounts|swapon|iostat|vmstat|mpstat|sar|slabtop|slabinfo|top|pstree|last|lastlog|who|rpm|dpkg|yum|dnf|apt|snap|sestatus|getenforce|crontab|nvidia-smi|cpuinfo|meminfo|loadavg|buddyinfo|zoneinfo|interrupts|softirqs|diskstats|partitions|swaps|mdstat|filesystems|cgroups|ntpq|chronyc-sources|installed-rpms|installed-debs|package-data|limits)(?:-.*)?$|^(?:proc-)?(?:net-)?(?:unix|packet|protocols|psched|netlink|ptype|dev-mcast|igmp6?|mcfilter6?|fib-triestat|icmp6?|anycast6|rt6-stats)$/;

/** Paths of a copied /proc and /sys (sos takes both), of sos' own logs, and of files in /etc, where names alone would be too short to trust. */
export const isOther =
  /(?:^|[/!])proc\/(?:\d+\/|self\/)?net\/(?:unix|packet|protocols|psched|netlink|ptype|dev_mcast|igmp6?|mcfilter6?|fib_triestat|icmp6?|anycast6|rt6_stats|rt_acct|rt_cache|ip6?_mr_\w+|ip6_flowlabel|connector|pnp|rpc\/[^!]*|dev_snmp6\/[^/!]+|ip6?_tables_(?:matches|targets)|arp_tables_\w+|stat\/rt_cache|wireless|tls_stat|netfilter\/(?!nfnetlink_queue$)[^/!]+)$|(?:^|[/!])proc\/(?:cpuinfo|meminfo|loadavg|vmstat|slabinfo|buddyinfo|pagetypeinfo|zoneinfo|interrupts|softirqs|stat|schedstat|diskstats|partitions|mounts|swaps|filesystems|devices|misc|crypto|locks|iomem|ioports|dma|cgroups|mdstat|\d+\/(?:status|limits|maps|mounts|mountinfo|cgroup|stat|statm|io))$|(?:^|[/!])etc\/(?:fstab|passwd|group|issue(?:\.net)?|motd|crontab|timezone|localtime|profile|environment|services|protocols|debian_version|ld\.so\.conf|mtab)$|(?:^|(?<!proc)[/!])sys\/(?:module|firmware|block|bus|kernel|power|devices\/(?:system|virtual\/(?!net\/)|pci|platform|pnp|LNXSYSTM)[^/!]*)\/[^!]*$|(?:^|[/!])sos_(?:reports|logs)\/(?!manifest\.json$)[^!]*$|(?:^|[/!])etc\/iproute2\/[^!]*$|(?:^|[/!])host-collectors\/system\/(?:[^/!]+\/)?(?:memory|cpu|cgroups|kernel-configs|node_list)\.json$/;

/** Headers and first lines that nothing else begins with. */
const HEADS: readonly RegExp[] = [
  // free, df, lsblk, mount, findmnt, lsns
  /^\s+total +used +free +shared +buff(?:ers|\/cache)/,
  /^Filesystem +(?:Type +)?(?:1K-blocks|1024-blocks|Size|Inodes|\d+M-blocks) +(?:Used|IUsed)/,
  /^NAME +MAJ:MIN +RM +SIZE RO TYPE/,
  /^(?:sysfs|proc|udev|\/dev\/\S+|tmpfs|overlay|cgroup2?) on \/\S* type \w+ \(/,
  /^TARGET +SOURCE +FSTYPE +OPTIONS$/,
  /^ *NS TYPE +NPROCS +PID USER\b/,
  // lscpu, lspci, lsusb, vmstat, top, slabinfo, iostat
  /^Architecture: +(?:x86_64|aarch64|i[3-6]86|ppc64le|s390x|armv7l)$/,
  /^(?:[\da-f]{4}:)?[\da-f]{2}:[\da-f]{2}\.[\da-f] [A-Z][\w /()-]{3,40}(?: \[[\da-f]{4}\])?: \S/,
  /^Bus \d{3} Device \d{3}: ID [\da-f]{4}:[\da-f]{4}/,
  /^procs -+memory-+ -+swap-+ -+io-+ -+system-+ -+cpu-+/,
  /^top - \d\d:\d\d:\d\d up /,
  /^slabinfo - version: \d/,
  /^# name +<active_objs> <num_objs> <objsize>/,
  /^Linux \S+ \(\S+\)\s+\d\S*\s+_\w+_\s+\(\d+ CPU\)$/,
  // dpkg -l, rpm -qa is told by its name alone
  /^Desired=Unknown\/Install\/Remove\/Purge\/Hold$/,
  /^\|\|\/ Name +Version +Architecture +Description/,
  // /etc/iproute2/rt_tables
  /^255[\t ]+local$/,
  // /proc
  /^processor\t: 0$/,
  /^MemTotal: +\d+ kB$/,
  /^Node \d+, zone +\w+ +\d+ +\d+/,
  /^ +CPU0 +(?:CPU1 +)?.*$/,
  /^major minor +#blocks +name$/,
  /^Personalities : /,
  // /proc/net
  /^Num +RefCount Protocol Flags +Type St (?:Inode )?Path$/,
  /^sk +RefCnt Type Proto +Iface R Rmem/,
  /^sk +Eth Pid +Groups +Rmem/,
  /^protocol +size sockets +memory press maxhdr/,
  /^Type Device +Function$/,
  /^Idx\tDevice +: Count Querier\tGroup/,
  /^Basic info: size of leaf: \d+ bytes/,
  /^ifIndex +\t?\d+$/,
  /^Inter-\| sta-\| +Quality +\| +Discarded packets/,
  /^TlsCurrTxSw\s+\d+$/,
  // etcdctl: health and members (etcd's ctlv2/command/cluster_health.go, ctlv3/command/printer_simple.go, printer_table.go)
  /^member [\da-f]{6,16} is (?:un)?healthy/,
  /^cluster (?:is (?:healthy|unhealthy|degraded)|may be unhealthy: )/,
  /^(?:https?:\/\/)?\S+:\d+ is (?:healthy: successfully committed|unhealthy: failed to commit) proposal/,
  /^\| +(?:ID +\| +STATUS|ENDPOINT +\| +(?:ID|HEALTH)) +\|/,
  // BIRD's `show bfd sessions` (proto/bfd/bfd.c), chrony's and ntp's configuration
  /^IP address +Interface +State +Since +Interval +Timeout$/,
  /^(?:server|pool|peer) \S+(?: (?:iburst|prefer|minpoll \d+|maxpoll \d+|maxsources \d+))+$/,
  // kubeadm's preflight checks
  /^\s*\[(?:ERROR|WARNING) [A-Z][\w-]+\]: \S/,
  // talosctl service (cmd/talosctl/cmd/talos/service.go)
  /^NODE +SERVICE +STATE +HEALTH +LAST CHANGE +LAST EVENT$/,
  // k0s sysinfo
  /^Total memory: [\d.]+ \w+ \((?:pass|warning)/,
  /^(?:IPv6\/)?IPv4 Group Memberships$/,
  /^SELinux status: +\w+$/,
  /^# dmidecode \d/,
  // docker images, docker image inspect, iwconfig
  /^\s*"RepoTags": \[$/,
  /^REPOSITORY +TAG +(?:DIGEST +)?IMAGE ID +CREATED\b/,
  /^[\w.@:-]{1,15} +(?:no wireless extensions\.|IEEE 802\.11\S* +ESSID:)/,
  // What AKS Periscope asks the metrics API for.
  /^\[\{"name":"[^"]*","cpuUsage":\d+,"memoryUsage":\d+\}/,
];
/** Tables without a header: this share of the lines must fit. */
const ROWS: readonly RegExp[] = [
  /^\d+ +\S+ +\d+ +\d+ +[\da-f]{12,64}$/,
  /^\d+ +\S+ +[\da-f]{32} +\d+ [\dA-F]{8} \d+$/,
  /^[\da-f]{8} [\da-f]{8} [\da-f]{8} [\da-f]{8}$/,
  // cloud-init's tables: what the machine had when it was started
  /^ci-info: [+|]/,
  // What ansible says of a machine that answered nothing, or a ping, in one line
  /^[\w.:-]{1,100} \| (?:SUCCESS|UNREACHABLE!) => \{"(?:changed|ansible_facts)": .*(?:"ping": "pong"|"unreachable": true)\}$/,
];

/** /etc/network/interfaces: what ifupdown was told to make (interfaces(5)). */
const IFACE = /^iface \S+ inet6? \w+$/;
const STANZA =
  /^(?:#.*|(?:auto|allow-\w+|iface|source|source-directory|mapping|no-auto-down|no-scripts) .*|(?:address|netmask|gateway|network|broadcast|dns-\w+|mtu|hwaddress|metric|pointopoint|scope|endpoint|local|mode|ttl|vlan[-_]\w+|bridge[-_]\w+|bond[-_]\w+|ovs_\w+|wpa-\S+|wireless-\S+|accept_ra|autoconf|dhcp|privext|script|map|(?:pre-|post-)?(?:up|down)) .*)$/;

/** What ansible says of a machine that it did not reach. */
const UNREACHABLE =
  /^(?:[\w.:-]{1,100} \| UNREACHABLE! => \{|\{|\}|"(?:changed|unreachable)": (?:true|false),?|"msg": "Failed to connect .*",?)$/;

/** Does the text begin as one of these outputs? */
export function otherHead(head: readonly string[]): boolean {
  const lines = head.filter((line) => line.trim() !== '').slice(0, 40);
  const first = lines.slice(0, 5).map((line) => (line.length > 400 ? line.slice(0, 400) : line).trimEnd());
  if (isForeignHead(lines) || first.some((line) => HEADS.some((h) => h.test(line)))) return true;
  if (lines.some((line) => IFACE.test(line.trim())) && lines.every((line) => STANZA.test(line.trim().slice(0, 400))))
    return true;
  if (
    lines.some((line) => /^\s*"unreachable": true/.test(line)) &&
    lines.every((line) => UNREACHABLE.test(line.trim().slice(0, 400)))
  )
    return true;
  return ROWS.some((row) => lines.length > 0 && lines.every((line) => line.length < 200 && row.test(line.trim())));
}
