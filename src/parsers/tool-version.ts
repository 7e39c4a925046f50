import type { ToolVersionFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * iptables v1.8.7 (nf_tables)
 * ip utility, iproute2-5.15.0, libbpf 0.5.0
 * conntrack v1.4.6 (conntrack-tools)
 *
 * What programs of the network print for `-V` and `--version`.
 */
const V = '[vV]?(\\d+(?:\\.\\d+)*[\\w.+~-]{0,60})';
const PROGRAMS: readonly (readonly [string, RegExp])[] = [
  [
    '$1',
    new RegExp(`^(ip6?tables|arptables|ebtables)(?:-(?:save|restore|nft|legacy))* ${V}(?: \\((nf_tables|legacy)\\))?$`),
  ],
  [
    'iproute2',
    /^(?:ip|ss|tc|bridge|nstat|devlink|rdma) utility, (?:iproute2-)?(?:ss)?(\d[\w.+-]{0,40})(?:, .{0,80})?$/,
  ],
  ['ipset', new RegExp(`^ipset ${V}, protocol version: \\d+$`)],
  ['conntrack', new RegExp(`^conntrack ${V} \\(conntrack-tools\\)$`)],
  ['nft', new RegExp(`^nftables ${V} \\(.{1,60}\\)$`)],
  ['ipvsadm', new RegExp(`^ipvsadm ${V} .{0,100}$`)],
  ['net-tools', new RegExp(`^net-tools ${V}(?: .{0,80})?$`)],
  ['ethtool', new RegExp(`^ethtool version ${V}$`)],
  ['systemd', /^systemd (\d{3})(?: \(.{1,80}\))?$/],
  ['kmod', new RegExp(`^kmod version ${V}$`)],
  ['tcpdump', new RegExp(`^tcpdump version ${V}(?: .{0,40})?$`)],
  ['bird', new RegExp(`^BIRD version ${V}$`)],
  ['docker', new RegExp(`^Docker version ${V}, build [\\w.-]{1,60}$`)],
  ['containerd', new RegExp(`^containerd (?:github\\.com/\\S{1,80} )?${V}(?: \\S{1,60})?$`)],
  ['runc', new RegExp(`^runc version ${V}$`)],
  ['crio', new RegExp(`^(?:crio|cri-o) version ${V}$`)],
  ['crictl', new RegExp(`^crictl version ${V}$`)],
  ['etcd', new RegExp(`^etcd Version: ${V}$`)],
  ['etcdctl', new RegExp(`^etcdctl version: ${V}$`)],
  ['busybox', new RegExp(`^BusyBox ${V} \\(.{1,120}\\) multi-call binary\\.?$`)],
  ['wireguard-tools', new RegExp(`^wireguard-tools ${V}(?: - .{0,80})?$`)],
  ['chrony', new RegExp(`^chronyd? \\(chrony\\) version ${V}(?: .{0,200})?$`)],
  ['dig', new RegExp(`^DiG ${V}$`)],
  ['keepalived', new RegExp(`^Keepalived ${V}(?: .{0,80})?$`)],
  ['openvswitch', new RegExp(`^ovs-\\w{1,20} \\(Open vSwitch\\) ${V}$`)],
  ['NetworkManager', new RegExp(`^nmcli tool, version ${V}$`)],
  ['curl', new RegExp(`^curl ${V} \\(.{1,200}$`)],
  ['k3s', new RegExp(`^k3s version ${V} \\(\\w{1,40}\\)$`)],
  ['rke2', new RegExp(`^rke2 version ${V} \\(\\w{1,40}\\)$`)],
  ['procps', /^(?:sysctl|ps) from procps(?:-ng)? (\d[\w.-]{0,40})$/],
  ['brctl', new RegExp(`^bridge-utils, ${V}$`)],
  ['sos', /^(?:sosreport|sos report): (\d[\w.-]{0,40})$|^sosreport \(version (\d[\w.-]{0,40})\)$/],
];
/** What follows the version in the outputs of programs that tell more. */
const MORE =
  /^(?:[+-][A-Z0-9_]+ .*|default-hierarchy=\w+|libpcap version .*|OpenSSL .*|libbpf .*|Copyright .*|Fred Baumgarten.*|\+NEW_ADDRT.*|AF: .*|HW: .*|AF_\S.*|Git SHA: .*|Go (?:Version|OS\/Arch): .*|go version .*|API version: .*|commit: .*|spec: .*|go: .*|libseccomp: .*|Release-Date: .*|Protocols: .*|Features: .*|\(?(?:C\)|c\)).*|SMI .*|Built with .*|Compiled .*|DB Schema .*)$/;
/** Programs that print a bare version, or Kubernetes' name for theirs. */
const BARE = /^(?:Kubernetes )?v?(\d+\.\d+(?:\.\d+)*[\w.+-]{0,60})$/;
const ASKS: ReadonlySet<string> = new Set(['-V', '-v', '--version', 'version', '-version']);
const BARE_PROGRAMS: ReadonlySet<string> = new Set([
  'calico-node',
  'coredns',
  'flanneld',
  'kube-proxy',
  'kubelet',
  'rpm',
]);
const KNOWN: ReadonlySet<string> = new Set([
  ...[
    'arptables',
    'bird',
    'bird6',
    'brctl',
    'bridge',
    'busybox',
    'chronyd',
    'conntrack',
    'containerd',
    'crictl',
    'crio',
    'curl',
  ],
  ...[
    'dig',
    'docker',
    'dockerd',
    'ebtables',
    'etcd',
    'etcdctl',
    'ethtool',
    'ifconfig',
    'ip',
    'ip6tables',
    'ipset',
    'iptables',
  ],
  ...[
    'iptables-legacy',
    'iptables-nft',
    'iptables-save',
    'ipvsadm',
    'k3s',
    'keepalived',
    'lsmod',
    'modprobe',
    'netstat',
    'nft',
  ],
  ...[
    'nmcli',
    'ovs-vsctl',
    'rke2',
    'route',
    'runc',
    'ss',
    'systemctl',
    'systemd',
    'tc',
    'tcpdump',
    'wg',
    'sysctl',
    'arp',
  ],
]);

function versionOf(line: string): Draft<ToolVersionFact> | undefined {
  if (line.length > 300) return undefined;
  for (const [program, form] of PROGRAMS) {
    const m = form.exec(line);
    if (!m) continue;
    if (program !== '$1') return { kind: 'tool-version', program, version: m[1] ?? m[2] ?? '' };
    const backend = m[3] === 'nf_tables' ? 'nft' : m[3] === 'legacy' ? 'legacy' : undefined;
    return { kind: 'tool-version', program: m[1] ?? '', version: m[2] ?? '', ...(backend && { backend }) };
  }
  return undefined;
}

/** Versions of the programs that make or show the network. */
export const toolVersion = defineParser<ToolVersionFact>({
  command: 'tool-version',
  emits: ['tool-version'],
  scope: 'stack',
  claims: {
    command(argv) {
      const [program = '', ...words] = argv;
      if (words.length !== 1 || !ASKS.has(words[0] ?? '')) return undefined;
      if (words[0] === 'version') return program === 'etcdctl' ? {} : undefined;
      // `-v` is verbose for many.
      if (words[0] === '-v' && !/^(?:docker|runc|containerd|kubelet|flanneld|ipset|nft|bird6?)$/.test(program))
        return undefined;
      return KNOWN.has(program) || BARE_PROGRAMS.has(program) ? {} : undefined;
    },
    file: /(?:^|-)(?:ip6?tables|ip|ipset|ipvsadm|conntrack|nft|docker|containerd|runc|systemd|kubelet|k3s|rke2|etcd|iproute2?)-(?:v|version)$|^version(?:s)?$/,
    sniff(head) {
      const lines = head.map((line) => line.trim()).filter((line) => line !== '');
      if (lines.length === 0 || lines.length > 60) return 0;
      if (!lines.every((line) => MORE.test(line) || versionOf(line) !== undefined)) return 0;
      return lines.some((line) => versionOf(line) !== undefined) ? 3 : 0;
    },
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    const program = argv[0] ?? '';
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      const version = versionOf(line);
      const bare = BARE_PROGRAMS.has(program) ? BARE.exec(line.slice(0, 200))?.[1] : undefined;
      if (version) out.fact(i, version);
      else if (bare !== undefined) out.fact(i, { kind: 'tool-version', program, version: bare });
      else if (some || MORE.test(line.slice(0, 300))) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'no version of a known program');
      some ||= version !== undefined || bare !== undefined;
    }
    failures.close(some);
  },
});
