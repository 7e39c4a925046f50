import type { ComponentEvent } from '../../facts/index.js';
import { addressIn, componentFact, type Message, type Reading, type Signature } from './signature.js';

type Values = Readonly<Record<string, string | undefined>>;

/** A line of one of these components; an empty list: of any that writes a level. */
function by(
  components: readonly string[],
  event: ComponentEvent,
  needle: string,
  pattern: RegExp,
  values: (m: RegExpExecArray, message: Message) => Values | 'unreadable' | undefined = () => ({}),
  component?: string,
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      if (!components.includes(message.component) && (components.length > 0 || message.level === undefined))
        return undefined;
      const m = pattern.exec(message.body);
      const made = m && values(m, message);
      if (!made) return undefined;
      return made === 'unreadable' ? made : componentFact(message, event, made, component);
    },
  };
}

/** Devices that a CNI made; pods' ends come and go by the hundred, but nobody else should touch one either. */
const CNI_DEVICE =
  '(?:flannel[.\\d\\w-]*|cni\\d+|tunl\\d+|vxlan\\.calico|wireguard\\.cali|cali[0-9a-f]{11}|weave|vxlan-\\d+|cilium_\\w+|kube-bridge|kube-ipvs0|veth[\\w]+)';
const FIREWALLS = ['systemd', 'firewalld', 'ufw', 'iptables.init', 'nftables'];

/** systemd names a unit by its description, in releases from 249 on with the unit in front. */
const FIREWALL_UNIT =
  /^(Started|Stopped|Reloaded|Reloading|Stopping|Starting|Finished) (?:\S+\.service - )?(firewalld|Uncomplicated firewall|nftables|netfilter persistent configuration|IPv[46] firewall with ip6?tables|dynamic firewall daemon)\b/i;

const firewall = (m: RegExpExecArray): Values => ({
  program: /uncomplicated/i.test(m[2] ?? '')
    ? 'ufw'
    : /ip6?tables|netfilter persistent/i.test(m[2] ?? '')
      ? 'iptables'
      : /nftables/i.test(m[2] ?? '')
        ? 'nftables'
        : 'firewalld',
  action: (m[1] ?? '').toLowerCase().replace(/^finished$/, 'started'),
});

const managed = (program: string, dev: string | undefined, state: string | undefined): Values | undefined =>
  // That a manager sees a device and leaves it alone is as it should be.
  dev === undefined || state === undefined || /unmanaged$/.test(state) ? undefined : { program, dev, state };

const networkManager: readonly Signature[] = [
  by(
    ['NetworkManager'],
    'device-managed',
    'state change: ',
    new RegExp(`^device \\((${CNI_DEVICE})\\): state change: ([\\w-]+ -> [\\w-]+)`),
    (m) => managed('NetworkManager', m[1], m[2]),
  ),
  by(
    ['NetworkManager'],
    'device-managed',
    'activation: ',
    new RegExp(`^device \\((${CNI_DEVICE})\\): Activation: (successful|failed|starting)`),
    (m) => managed('NetworkManager', m[1], m[2]),
  ),
];

const networkd: readonly Signature[] = [
  'configuring with /',
  'configured',
  'gained ipv6ll',
  'dhcpv4 ',
  'dhcpv6 ',
  'could not ',
  'failed to ',
].map((needle) =>
  by(
    ['systemd-networkd'],
    'device-managed',
    needle,
    new RegExp(
      `^(${CNI_DEVICE}): (Configuring with /\\S+?|Configured|Gained IPv6LL|DHCPv[46] \\w+|Could not .{1,80}|Failed to .{1,80})(?:[.:]|$)`,
    ),
    (m) => managed('systemd-networkd', m[1], m[2]),
  ),
);

const otherManagers: readonly Signature[] = [
  'adding ',
  'soliciting a ',
  'carrier acquired',
  'using ipv4ll address',
  'deleting ',
].map((needle) =>
  by(
    ['dhcpcd', 'connmand'],
    'device-managed',
    needle,
    new RegExp(
      `^(${CNI_DEVICE}): (adding (?:default )?(?:route|address)|soliciting a \\S+ \\w+|carrier acquired|using IPv4LL address|deleting (?:default )?(?:route|address))`,
    ),
    (m, message) => managed(message.component === 'dhcpcd' ? 'dhcpcd' : 'connman', m[1], m[2]),
  ),
);

/** weave/router: `->[10.0.0.2:6783|aa:bb:…(node-2)]: connection shutting down due to error: …`. */
const weave: readonly Signature[] = ['connection shutting down due to error', 'error during connection attempt'].map(
  (needle) =>
    by(
      ['weave'],
      'weave-connection-failed',
      needle,
      /^(?:overlay_switch )?->\[\[?([\da-f.:]+?)\]?:(\d+)(?:\|[\da-f:]+\(([^)]*)\))?\](?::)? (?:connection shutting down due to error|error during connection attempt): (.*)$/,
      (m) => {
        const address = addressIn(m[1]);
        return address === undefined ? 'unreadable' : { address, port: m[2], peer: m[3], error: m[4]?.slice(0, 200) };
      },
    ),
);

/** What components say that have few telling lines each: coredns, kubelet's resolv.conf, firewalls, network managers, weave, etcd, gobgp. */
export const componentSignatures: readonly Signature[] = [
  by(
    ['coredns', 'unknown'],
    'dns-loop',
    'plugin/loop: loop (',
    /^plugin\/loop: Loop \(([\da-f.:[\]]+) -> [^)]*\) detected for zone "([^"]*)"/,
    (m) => ({ source: addressIn((m[1] ?? '').replace(/^\[?(.*?)\]?:\d+$/, '$1')), zone: m[2] }),
    'coredns',
  ),
  by(
    ['coredns', 'unknown'],
    'dns-waiting',
    'still waiting on: ',
    /^plugin\/(?:ready|kubernetes): Still waiting on: "?([\w,/ ]+)/,
    (m) => ({ plugins: m[1] }),
    'coredns',
  ),
  by(
    ['kubelet', 'k3s', 'kubelite'],
    'resolv-limits',
    'limits were exceeded',
    /(Nameserver|Search [Ll]ine) limits were exceeded, some (?:nameservers|search paths|names) have been omitted, the applied (?:nameserver|search) line is: ([^"]*)/,
    (m) => ({ what: m[1] === 'Nameserver' ? 'nameserver' : 'search', line: m[2]?.trim() }),
    'kubelet',
  ),
  by(
    ['kubelet', 'k3s', 'kubelite'],
    'resolv-limits',
    'nameserver limits exceeded',
    /Nameserver limits exceeded"? err="Nameserver limits were exceeded.*?line is: ([^"]*)/,
    (m) => ({ what: 'nameserver', line: m[1]?.trim() }),
    'kubelet',
  ),
  ...['firewall', 'nftables', 'netfilter persistent'].map((needle) =>
    by(FIREWALLS, 'firewall-changed', needle, FIREWALL_UNIT, firewall, 'systemd'),
  ),
  ...networkManager,
  ...networkd,
  ...otherManagers,
  ...weave,
  by(['weave'], 'weave-sleeve-fallback', 'using sleeve', /overlay_switch .*using sleeve$/),
  by(['weave'], 'weave-sleeve-fallback', 'fastdp timed out', /fastdp timed out waiting for (?:UDP|vxlan) heartbeat/),
  by(['weave'], 'weave-ipam-conflict', 'seeded by different peers', /IP allocation was seeded by different peers/),
  by(['weave'], 'weave-ipam-conflict', 'inconsistent ring', /Inconsistent ring|claimed .* but it is allocated/),
  by([], 'etcd-lease-not-found', 'requested lease not found', /requested lease not found/),
  by([], 'etcd-timeout', 'etcdserver: request timed out', /etcdserver: request timed out/),
  by([], 'etcd-no-leader', 'etcdserver: no leader', /etcdserver: no leader/),
  by(
    ['etcd', 'k3s', 'unknown'],
    'etcd-clock-difference',
    'clock difference against peer',
    /the clock difference against peer ([\da-f]+) is too high \[([^ ]+) >/,
    (m) => ({ peer: m[1], difference: m[2] }),
    'etcd',
  ),
  by(
    ['etcd', 'k3s', 'unknown'],
    'etcd-clock-difference',
    'high clock drift',
    /^prober found high clock drift.*remote-peer-id="?([\da-f]+)"?.*clock-drift="?([\w.]+)/,
    (m) => ({ peer: m[1], difference: m[2] }),
    'etcd',
  ),
  ...['peer up', 'peer down'].map((needle) =>
    by([], 'bgp-peer-state', needle, /^Peer (Up|Down)\b.*\bKey="?([\da-f.:]+)/, (m) => {
      const peer = addressIn(m[2]);
      return peer === undefined ? 'unreadable' : { peer, state: (m[1] ?? '').toLowerCase() };
    }),
  ),
];
