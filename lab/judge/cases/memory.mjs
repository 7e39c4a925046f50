/**
 * What a namespace's kernel has configured, and putting it back: links, addresses, routes, rules, permanent neighbours,
 * forwarding entries, settings. A case changes what it likes with the real tools; its undo is the difference to what was.
 * @typedef {import('../../netns.mjs').Lab} Lab
 * @typedef {ReturnType<typeof remember>} Memory
 */

const lines = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** A route as `ip route add` takes it: what the kernel adds of itself goes, several next hops come on one line. */
const routeWords = (line) =>
  line
    .replace(/\\\s*/g, ' ')
    .replace(/ (linkdown|dead|offload|trap|rt_offload|pervasive|notify|unresolved)\b/g, '')
    .replace(/^(local|broadcast) (.*) table local /, '$1 $2 table local ')
    .trim();

const ruleWords = (line) => {
  const [, priority, rest] = /^(\d+):\s*(.*)$/.exec(line) ?? [];
  return `${rest.replaceAll(/\[[a-z ]+\] ?/g, '').trim()} priority ${priority}`;
};

/** Settings that a case may touch, and those that a device made anew loses; `sysctl -a` takes a second to find them. */
const SETTINGS = [
  'bridge/*',
  'ipv4/conf/*/*',
  'ipv4/neigh/*/*_solicit',
  'ipv4/neigh/*/proxy_delay',
  'ipv4/ip_*',
  'ipv4/icmp_*',
  'ipv4/fib_*',
  'ipv4/fwmark_reflect',
  'ipv6/conf/all/forwarding',
  'netfilter/nf_conntrack_tcp_be_liberal',
  'netfilter/nf_conntrack_tcp_loose',
  'netfilter/nf_conntrack_checksum',
].map((name) => `/proc/sys/net/${name}`);
/** What is no setting, or a range that is written otherwise than read. */
const NOT_SET = /\/(mc_forwarding|ip_local_reserved_ports|ip_unprivileged_port_start):/;

/** All questions in one shell: a case asks them often, and a process for each would cost more than their answers. */
const QUESTIONS = [
  'ip -d -j link show',
  'ip -4 -o addr show',
  'ip -4 -d -o route show table all',
  'ip -4 rule show',
  'ip -4 neigh show nud permanent',
  'ip -4 neigh show proxy',
  'bridge fdb show',
  'bridge -j vlan show',
  `grep -sH '' ${SETTINGS.join(' ')}`,
];
const NEXT = '--8<--';

/** @param {Lab} lab @param {string} ns */
export function remember(lab, ns) {
  const { stdout } = lab.exec(ns, ['sh', '-c', QUESTIONS.join(`; echo; echo '${NEXT}'; `)], { mayFail: true });
  const [links, addresses, routes, rules, neighbours, proxies, fdb, vlans, settings] = stdout.split(`${NEXT}\n`);
  return {
    links: new Map(JSON.parse(links).map((link) => [link.ifname, link])),
    addresses: lines(addresses).map(addressWords),
    routes: lines(routes).map(routeWords),
    rules: lines(rules).map(ruleWords),
    neighbours: lines(neighbours).map((line) => line.replace(/ PERMANENT$/, ' nud permanent')),
    proxies: lines(proxies).map((line) => `proxy ${line.replace(/ *proxy$/, '').trim()}`),
    // What the kernel makes of itself (multicast, own MACs) comes and goes with its device.
    fdb: lines(fdb)
      .filter((line) => (/ dst /.test(line) && / permanent\b/.test(line)) || / static\b/.test(line))
      .map((line) => line.replace(/ master \S+/, ' master')),
    vlans: JSON.parse(vlans.trim() || '[]'),
    settings: new Map(
      lines(settings)
        .filter((line) => !NOT_SET.test(line))
        .map((line) => /^\/proc\/sys\/([^:]+):(.*)$/.exec(line)?.slice(1)),
    ),
  };
}

/** `2: eth0 inet 10.0.0.1/24 brd 10.0.0.255 scope global eth0\ valid_lft forever …` as `ip address add` takes it. */
function addressWords(line) {
  const [, dev, rest] = /^\d+: (\S+) +inet (.*)$/.exec(line) ?? [];
  const [said, lifetimes = ''] = rest.split('\\').map((s) => s.trim());
  const words = said.replace(/ (secondary|dynamic|noprefixroute|deprecated|tentative)\b/g, '').split(' ');
  const noPrefix = / noprefixroute\b/.test(said) ? ' noprefixroute' : '';
  const label = words.pop();
  const lft = /preferred_lft 0sec/.test(lifetimes) ? ' preferred_lft 0' : '';
  return `${words.join(' ')} label ${label} dev ${dev}${noPrefix}${lft}`;
}

/** What a list lost and what it gained. */
const changed = (before, now) => ({
  lost: before.filter((one) => !now.includes(one)),
  gained: now.filter((one) => !before.includes(one)),
});

/** Many commands of `ip`, of which some may fail. */
const batch = (lab, ns, commands) =>
  commands.length === 0
    ? undefined
    : lab.exec(ns, ['ip', '-force', '-batch', '-'], { input: `${commands.join('\n')}\n`, mayFail: true });

const addDevice = (link) => {
  const { ifname, address, mtu, txqlen = 0, linkinfo } = link;
  const head = `link add ${ifname} address ${address} mtu ${mtu} txqueuelen ${txqlen} type ${linkinfo.info_kind}`;
  const data = linkinfo.info_data ?? {};
  switch (linkinfo.info_kind) {
    case 'vxlan':
      return [
        `${head} id ${data.id}`,
        data.local ? `local ${data.local}` : '',
        data.remote ? `remote ${data.remote}` : '',
        data.link ? `dev ${data.link}` : '',
        data.ttl ? `ttl ${data.ttl}` : '',
        data.df && data.df !== 'unset' ? `df ${data.df}` : '',
        `dstport ${data.port} ${data.learning ? 'learning' : 'nolearning'}`,
      ].join(' ');
    default:
      return head;
  }
};

/** A tunnel's parameters, without what only counts time. */
const tunnelData = ({ linkinfo }) => JSON.stringify(linkinfo?.info_kind === 'vxlan' ? linkinfo.info_data : undefined);

/** Devices that came go, devices that went or became other tunnels are made again. @returns {Memory} what is then */
function putDevicesBack(lab, ns, before, now) {
  const other = (link) => tunnelData(link) !== tunnelData(before.links.get(link.ifname));
  const gained = [...now.links.values()].filter((link) => !before.links.has(link.ifname) || other(link));
  batch(
    lab,
    ns,
    gained.map((link) => `link delete ${link.ifname}`),
  );
  const left = new Set([...now.links.keys()].filter((name) => !gained.some((link) => link.ifname === name)));
  const lost = [...before.links.values()].filter((link) => !left.has(link.ifname));
  for (const link of lost) {
    if (link.linkinfo?.info_kind === 'veth') throw new Error(`${ns}: ${link.ifname} is gone, and its peer with it`);
    lab.batch(ns, [addDevice(link)]);
  }
  return gained.length + lost.length > 0 ? remember(lab, ns) : now;
}

const PORT = {
  hairpin: 'hairpin',
  guard: 'guard',
  learning: 'learning',
  flood: 'flood',
  mcast_flood: 'mcast_flood',
  bcast_flood: 'bcast_flood',
  neigh_suppress: 'neigh_suppress',
  isolated: 'isolated',
  locked: 'locked',
  proxy_arp: 'proxy_arp',
  cost: 'cost',
};
const BRIDGE = [
  'stp_state',
  'vlan_filtering',
  'vlan_default_pvid',
  'ageing_time',
  'nf_call_iptables',
  'priority',
  'no_linklocal_learn',
];
const onOff = (value) => (typeof value === 'boolean' ? (value ? 'on' : 'off') : value);

/** What makes one link different from what it was, as words of `ip link set`; the masters first, state and flags last. */
function linkWords(was, is) {
  const dev = was.ifname;
  const words = [];
  const flag = (link, name) => link.flags.includes(name);
  if (was.master !== is.master) words.push(was.master ? `master ${was.master}` : 'nomaster');
  if (was.address !== is.address) words.push(`address ${was.address}`);
  if (was.mtu !== is.mtu) words.push(`mtu ${was.mtu}`);
  if (flag(was, 'NOARP') !== flag(is, 'NOARP')) words.push(`arp ${flag(was, 'NOARP') ? 'off' : 'on'}`);
  if (flag(was, 'PROMISC') !== flag(is, 'PROMISC')) words.push(`promisc ${flag(was, 'PROMISC') ? 'on' : 'off'}`);
  if (was.linkinfo?.info_kind === 'bridge')
    for (const key of BRIDGE) {
      const value = was.linkinfo.info_data[key];
      if (value !== undefined && value !== is.linkinfo.info_data[key]) words.push(`type bridge ${key} ${value}`);
    }
  if (flag(was, 'UP') !== flag(is, 'UP')) words.push(flag(was, 'UP') ? 'up' : 'down');
  return words.map((word) => `link set dev ${dev} ${word}`);
}

/** @returns {Memory} what is then */
function putLinksBack(lab, ns, before, now) {
  const words = [...before.links.values()].flatMap((was) => {
    const is = now.links.get(was.ifname);
    return is ? linkWords(was, is) : [];
  });
  batch(lab, ns, words);
  const vlans = putVlansBack(lab, ns, before, now);
  const after = words.length + vlans > 0 ? remember(lab, ns) : now;
  let changed = 0;
  for (const was of before.links.values()) {
    const [port, is] = [was, after.links.get(was.ifname)].map((link) => link?.linkinfo?.info_slave_data);
    if (!port || !is || was.linkinfo.info_slave_kind !== 'bridge') continue;
    const options = Object.entries(PORT).flatMap(([key, word]) =>
      port[key] !== undefined && port[key] !== is[key] ? [word, onOff(port[key])] : [],
    );
    const state = { disabled: 0, forwarding: 3, blocking: 4 }[port.state];
    if (port.state !== is.state && state !== undefined) options.push('state', state);
    if (options.length === 0) continue;
    changed++;
    lab.exec(ns, ['bridge', 'link', 'set', 'dev', was.ifname, ...options.map(String)], { mayFail: true });
  }
  return changed > 0 ? remember(lab, ns) : after;
}

function putVlansBack(lab, ns, before, now) {
  const flat = (vlans) =>
    vlans.flatMap(({ ifname, vlans: list }) =>
      list.map(
        (v) =>
          `dev ${ifname} vid ${v.vlan} ${(v.flags ?? []).map((f) => (f === 'PVID' ? 'pvid' : 'untagged')).join(' ')}`,
      ),
    );
  const { lost, gained } = changed(flat(before.vlans), flat(now.vlans));
  const self = (words) => (now.links.get(words.split(' ')[1])?.linkinfo?.info_kind === 'bridge' ? ' self' : '');
  for (const [action, list] of [
    ['del', gained],
    ['add', lost],
  ])
    for (const words of list)
      lab.exec(ns, ['bridge', 'vlan', action, ...`${words}${self(words)}`.trim().split(/ +/)], { mayFail: true });
  return lost.length + gained.length;
}

/** Some entries need others: routes their gateway's route, all of them an address. */
function putListsBack(lab, ns, before, first) {
  for (let turn = 0; turn < 4; turn++) {
    const now = turn === 0 ? first : remember(lab, ns);
    const addresses = changed(before.addresses, now.addresses);
    const rules = changed(before.rules, now.rules);
    const routes = changed(before.routes, now.routes);
    const neighbours = changed(before.neighbours, now.neighbours);
    const proxies = changed(before.proxies, now.proxies);
    const fdb = changed(before.fdb, now.fdb);
    const conf = [...before.settings].filter(
      ([key, value]) => now.settings.has(key) && now.settings.get(key) !== value,
    );
    // A route of the kernel's own stands and falls with its address; only what is not is deleted by hand.
    const commands = [
      ...addresses.gained.map(
        (a) => `address delete ${a.replace(/ (brd|label|scope|preferred_lft) \S+/g, '').replace(' noprefixroute', '')}`,
      ),
      ...addresses.lost.map((a) => `address add ${a}`),
      ...rules.lost.map((r) => `rule add ${r}`),
      ...rules.gained.map((r) => `rule delete ${r}`),
      ...routes.gained.map((r) => `route delete ${r}`),
      ...routes.lost.map((r) => `route add ${r}`),
      ...neighbours.gained.map((n) => `neigh delete ${n.replace(/ lladdr \S+/, '').replace(' nud permanent', '')}`),
      ...neighbours.lost.map((n) => `neigh replace ${n}`),
      ...proxies.gained.map((n) => `neigh delete ${n}`),
      ...proxies.lost.map((n) => `neigh add ${n}`),
    ];
    if (commands.length + fdb.lost.length + fdb.gained.length + conf.length === 0) return;
    if (conf.length > 0)
      lab.exec(ns, ['sysctl', '-qw', ...conf.map(([key, value]) => `${key}=${value}`)], { mayFail: true });
    batch(lab, ns, commands);
    for (const [action, list] of [
      ['delete', fdb.gained],
      ['append', fdb.lost],
    ])
      for (const line of list)
        lab.exec(ns, ['bridge', 'fdb', action, ...line.split(' ').filter((w) => w !== '')], { mayFail: true });
  }
}

/** @param {Lab} lab @param {string} ns @param {Memory} before */
export function putBack(lab, ns, before) {
  const devices = putDevicesBack(lab, ns, before, remember(lab, ns));
  putListsBack(lab, ns, before, putLinksBack(lab, ns, before, devices));
}

/** The configuration as lines, to compare: what was, what is. Counters and indexes are left out. */
export function linesOf(memory) {
  const link = (l) => {
    const { info_kind: kind, info_data: data = {}, info_slave_data: port = {} } = l.linkinfo ?? {};
    const some = (from, keys) => keys.filter((k) => from[k] !== undefined).map((k) => `${k}=${from[k]}`);
    const said =
      kind === 'vxlan' ? Object.entries(data).map(([k, v]) => `${k}=${JSON.stringify(v)}`) : some(data, BRIDGE);
    const flags = l.flags.filter((f) => !['LOWER_UP', 'NO-CARRIER', 'M-DOWN'].includes(f));
    return [
      l.ifname,
      kind,
      flags.join(),
      l.address,
      l.mtu,
      l.master,
      ...said,
      ...some(port, [...Object.keys(PORT), 'state']),
    ].join(' ');
  };
  return [
    ...[...memory.links.values()].map((l) => `link ${link(l)}`),
    ...memory.addresses.map((a) => `address ${a}`),
    ...memory.routes.map((r) => `route ${r}`),
    ...memory.rules.map((r) => `rule ${r}`),
    ...memory.neighbours.map((n) => `neigh ${n}`),
    ...memory.proxies.map((n) => `neigh ${n}`),
    ...memory.fdb.map((f) => `fdb ${f}`),
    ...memory.vlans.map((v) => `vlan ${JSON.stringify(v)}`),
    ...[...memory.settings].map(([key, value]) => `sysctl ${key} = ${value}`),
  ].sort();
}
