/**
 * `node lab/make-judged.mjs DIR`: of the judge's cases that lie in DIR, those of one topology whose names are below become
 * samples/judged/: the healthy cluster whole, of each case what differs, and what the kernel answered; those that do not lie there stay as they are. test/path/judged.test.ts holds the walk
 * against them without root.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** By topology. The first is what all others are held against. */
export const JUDGED = {
  'flannel-dual-stack': [
    'healthy',
    ...[
      'forwarding-off',
      'forwarding-off-but-forced',
      'disabled-on-device',
      'route-refused',
      'route-shadowed',
      'rule-refuses-source',
    ],
    ...[
      'neigh-pod-wrong',
      'proxy-ndp-for-far',
      'bridge-address-tentative',
      'nic-address-missing',
      'nic-address-deprecated',
    ],
    ...[
      'input-drops-icmp',
      'input-drops-solicitations',
      'pod-drops-icmp',
      'forward-refuses-ping',
      'raw-rpfilter',
      'masquerade-pods',
    ],
    ...['tunnel-mtu-least', 'fdb-of-third', 'hop-limit-1', 'node-address-on-lo', 'pod-mtu-small'],
  ].map((id, i) => (i === 0 ? id : `ipv6.${id}`)),
  'kubeadm-flannel': [
    'healthy',
    ...[
      'lo-holds-peer-subnet',
      'local-prefix',
      'vip-on-lo',
      'pod-is-broadcast',
      'arptables-drops',
      'nft-arp-drops',
      'pod-mac-of-bridge',
    ].map((id) => `hosts.${id}`),
    ...['sidecar-outbound', 'netmap-pods', 'goto-rule'].map((id) => `hosts.${id}`),
    ...[
      'ebtables-drops-arp',
      'ebtables-input-drops-source',
      'ebtables-policy-drop',
      'nft-before-raw',
      'set-with-devices',
      'ebtables-dnat',
    ].map((id) => `firewalls.${id}`),
    ...['kube-router-policy', 'weave-like-policy'].map((id) => `firewalls.${id}`),
    'policy-rules.rule-from-pods',
    'mtu.nic-mtu-too-large',
    'routes.route-two-good-hops',
    ...[
      'route-hop-limit',
      'local-by-a-card',
      'refused-in-table-local',
      'rule-suppresses-group',
      'way-back-by-port',
      'way-back-by-tos',
      'nic-address-narrow-scope',
    ].map((id) => `lookups.${id}`),
    ...[
      'port-entry-is-local',
      'bridge-entry-of-a-pod',
      'bridge-in-the-pod',
      'card-above-the-nic',
      'detour-by-a-cable',
      'tunnel-of-metadata',
      'tunnel-entry-by-object',
      'held-down-by-protocol',
    ].map((id) => `fabric.${id}`),
    'knobs.arp-ignore-by-number',
    ...[
      'neigh-pod-broadcast',
      'neigh-lan-broadcast',
      'route-with-hoplimit',
      'marks-reflected',
      'bridge-above-the-nic',
    ].map((id) => `by-others.${id}`),
    ...[
      'blocks',
      'blocks-the-tunnel',
      'blocks-what-nat-made',
      'blocks-what-comes-translated-back',
      'wants-it-sealed',
      'older-of-equals',
      'device-is-exempt',
      'default-is-block',
      'blocks-in-the-pod',
    ].map((id) => `ipsec.${id}`),
    'addresses.node-holds-peer-pod',
    'nft-by-hand.own-packets-marked-only',
    'by-hand.sockets-of-root',
  ],
  macvlan: ['healthy', 'pods.pod-without-address'],
  'flannel-cloud': ['healthy', 'neighbours.neigh-lan-wrong'],
  'flannel-direct-routing': ['healthy', 'routes.local-entry-missing'],
};

/** What the walk reads. */
const KEPT =
  /^(?:ip6?-(?:addr|link|route|rule|neigh|neigh-proxy|netconf|nexthop)|bridge-(?:fdb|link)|sysctl|ip6?tables(?:-legacy)?-save|nft|ipset|ebtables-save|ip-xfrm-policy(?:-default)?|ss-listen)\.txt$|^kubectl-|^commands\.tsv$/;
const KEYS =
  /^net\.(?:ipv[46]\.(?:conf|ip_|icmp|ip6|neigh\.[^.]+\.proxy|fwmark)|bridge|netfilter\.nf_conntrack_tcp)[\w./-]*(?:forwarding|rp_filter|proxy|arp_|accept_local|route_localnet|disable_ipv6|hop_limit|ttl|linkdown|src_valid_mark|nf-call|echo_ignore|loose|liberal|pmtu|reflect|disable_policy|disable_xfrm)/;

/** Counters and clocks say nothing of a case. */
const scrubbed = (name, text) => {
  if (name === 'sysctl.txt')
    return text
      .split('\n')
      .filter((line) => KEYS.test(line))
      .join('\n')
      .concat('\n');
  return text
    .replace(/\[\d+:\d+\]/g, '[0:0]')
    .replace(/counter packets \d+ bytes \d+/g, 'counter packets 0 bytes 0')
    .replace(/^# (Generated|Completed).* on .*$/gm, (line) => line.replace(/ on .*$/, ' on Thu Mar 12 09:14:22 2026'))
    .replace(/ (?:gc_timer|hello_timer|tcn_timer|topology_change_timer) +[\d.]+/g, '')
    .replace(/(link-netns) dl\w+-/g, '$1 ')
    .replace(/ (?:STALE|DELAY|PROBE) ?$/gm, ' REACHABLE');
};

function filesOf(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory()
      ? filesOf(join(folder, e.name), `${prefix}${e.name}/`)
      : KEPT.test(e.name)
        ? [[`${prefix}${e.name}`, scrubbed(e.name, readFileSync(join(folder, e.name), 'utf8'))]]
        : [],
  );
}

/** What of a case's probes is kept: each class of them, and whatever is lost in another way. */
function answersOf(folder, id) {
  const probes = JSON.parse(readFileSync(join(folder, 'probes.json'), 'utf8'));
  const { probes: answers } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8'));
  return probes.flatMap((probe, i) => {
    const { class: name, ok, flaky, answers: from, seen } = answers[i];
    // What is balanced, or wavers, is for the judge; so are lengths, where they are not what the case is about.
    if (flaky || from !== undefined || (name === 'size' && !id.startsWith('mtu.'))) return [];
    return [
      [
        probe.src,
        probe.dst,
        probe.proto,
        probe.port ?? '',
        probe.size ?? '',
        probe.df ? 'df' : '',
        ok ? 'ok' : 'lost',
        ok ? (seen ?? '') : '',
      ].join('\t'),
    ];
  });
}

const write = (file, text) => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};

const from = process.argv[2];
if (from === undefined) throw new Error('usage: make-judged.mjs DIR');
const into = fileURLToPath(new URL('../samples/judged', import.meta.url));
for (const [topology, cases] of Object.entries(JUDGED)) {
  let base = new Map();
  for (const [i, id] of cases.entries()) {
    const folder = join(from, `${topology}+${id}`);
    const to = join(into, topology, id);
    if (!existsSync(folder)) {
      if (!existsSync(to)) throw new Error(`${folder} is not there`);
      if (i === 0) base = new Map(filesOf(join(to, 'bundle')));
      continue;
    }
    rmSync(to, { recursive: true, force: true });
    const files = new Map(filesOf(join(folder, 'bundle')));
    for (const [name, text] of files) if (base.get(name) !== text) write(join(to, 'bundle', name), text);
    // A file that a case took away is an empty one.
    for (const name of base.keys()) if (!files.has(name)) write(join(to, 'bundle', name), '');
    write(join(to, 'answers.tsv'), `${answersOf(folder, id).join('\n')}\n`);
    if (i === 0) base = files;
  }
}
