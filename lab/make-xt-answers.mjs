/**
 * `node lab/make-xt-answers.mjs`: which rules of iptables a kernel finds to match packets that were sent, written to samples/xt-answers/:
 * the router between the senders as a folder of captures, and `answers.tsv` with the rules by packet and chain. Needs root, iptables-legacy
 * and iproute2; runs in namespaces of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES, RULES6 } from './xt-rules.mjs';

const SELF = fileURLToPath(import.meta.url);
const PREFIX = `dlxt${process.pid}-`;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Label, table, chain. */
const CHAINS = [
  ['before', 'raw', 'PREROUTING'],
  ['prerouting', 'mangle', 'PREROUTING'],
  ['input', 'mangle', 'INPUT'],
  ['forward', 'mangle', 'FORWARD'],
  ['first', 'raw', 'OUTPUT'],
  ['output', 'mangle', 'OUTPUT'],
  ['postrouting', 'mangle', 'POSTROUTING'],
];

/** Who sends, protocol, source, its port, destination, its port. */
const PACKETS = [
  ['client', 'icmp', '10.1.0.2', 0, '10.2.0.2', 0],
  ['client', 'udp', '10.1.0.2', 4000, '10.2.0.2', 53],
  ['client', 'tcp', '10.1.0.2', 4001, '10.2.0.2', 80],
  ['client', 'icmp', '10.1.0.2', 0, '10.1.0.1', 0],
  ['client', 'udp', '10.1.0.2', 4002, '10.1.0.1', 53],
  ['client', 'tcp', '10.1.0.2', 4003, '10.1.0.1', 80],
  ['client', 'icmp', '10.1.0.2', 0, '10.1.0.3', 0],
  ['client', 'tcp', '10.1.0.2', 4004, '10.1.0.3', 80],
  ['router', 'icmp', '10.2.0.1', 0, '10.2.0.2', 0],
  ['router', 'udp', '10.2.0.1', 4005, '10.2.0.2', 53],
  ['router', 'tcp', '10.2.0.1', 4006, '10.2.0.2', 80],
  ['client', 'icmp', 'fd01::2', 0, 'fd02::2', 0],
  ['client', 'udp', 'fd01::2', 4007, 'fd02::2', 53],
  ['client', 'tcp', 'fd01::2', 4008, 'fd02::2', 80],
  ['client', 'icmp', 'fd01::2', 0, 'fd01::1', 0],
  ['router', 'tcp', 'fd02::1', 4009, 'fd02::2', 80],
];

const CAPTURES = {
  'iptables-save.txt': 'iptables-legacy-save',
  'ip6tables-save.txt': 'ip6tables-legacy-save',
  'proc-net-xt_recent.txt': 'head -v -n 2000 /proc/net/xt_recent/nobody /proc/net/xt_recent/site',
  'ip-link.txt': 'ip -d link',
  'ip-addr.txt': 'ip addr',
  'ip-route.txt': 'ip route show table all',
  'ip6-route.txt': 'ip -6 route show table all',
  'ip-rule.txt': 'ip rule',
  'ip-netconf.txt': 'ip netconf',
  'date.txt': 'date -u',
  'sysctl.txt':
    'sysctl -a --pattern ^net\\.(netfilter\\.nf_conntrack_(acct|tcp_loose)|bridge|ipv4\\.(tcp_ecn|ip_default_ttl)|ipv6\\.conf\\.all\\.hop_limit)',
};

function run(command, args, input) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  if (done.error) throw done.error;
  return done;
}
function must(command, args, input) {
  const done = run(command, args, input);
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}
const within = (name, line, input) => must('ip', ['netns', 'exec', PREFIX + name, ...line.split(' ')], input);

/** Answers UDP 53 and TCP 80, once each. */
async function serve() {
  for (const type of ['udp4', 'udp6']) {
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (_, from) => socket.send('y', from.port, from.address));
    await new Promise((resolve) => socket.bind(53, resolve));
  }
  net.createServer((s) => s.on('data', () => s.end('y')).on('error', () => undefined)).listen({ port: 80, host: '::' });
  console.log('ready');
}

async function send([, protocol, source, sport, destination, dport]) {
  if (protocol === 'icmp') spawnSync('ping', ['-c', '1', '-W', '1', '-I', source, destination]);
  else if (protocol === 'udp') {
    const socket = dgram.createSocket(source.includes(':') ? 'udp6' : 'udp4');
    await new Promise((resolve) => socket.bind(Number(sport), source, resolve));
    await new Promise((resolve) => socket.send('x', Number(dport), destination, resolve));
    await wait(50);
    socket.close();
  } else {
    const options = { host: destination, port: Number(dport), localAddress: source, localPort: Number(sport) };
    const socket = net.connect(options, () => socket.write('x'));
    socket.on('error', () => undefined);
    await wait(100);
    socket.resetAndDestroy();
  }
}

/** What the kernel or iptables lets a chain ask. */
function allowed(rule, label) {
  const isIn = ['before', 'prerouting', 'input'].includes(label);
  const isOut = ['first', 'output', 'postrouting'].includes(label);
  if (/(?:^| )-i /.test(rule) && isOut) return false;
  if (/(?:^| )-o |--limit-iface-out/.test(rule) && isIn) return false;
  if (/--limit-iface-in/.test(rule)) return isIn || label === 'forward';
  if (/-m owner/.test(rule)) return isOut;
  if (/-m socket/.test(rule)) return isIn;
  if (/-m mac/.test(rule)) return isIn || label === 'forward';
  if (/-m rpfilter/.test(rule)) return label === 'before' || label === 'prerouting';
  if (/-m policy --dir in/.test(rule)) return isIn || label === 'forward';
  if (/-m policy --dir out/.test(rule)) return isOut || label === 'forward';
  if (/--physdev-(?:out|is-out|is-bridged)/.test(rule)) return ['forward', 'postrouting'].includes(label);
  if (/-m physdev|-m devgroup (?:! )?--src/.test(rule)) return isIn || label === 'forward';
  if (/-m devgroup (?:! )?--dst/.test(rule)) return label === 'forward' || isOut;
  if (/-m realm/.test(rule)) return !['before', 'prerouting', 'first'].includes(label);
  return !/-j (?:TTL|HL|MARK|CONNMARK|DSCP|TOS)/.test(rule) || !['before', 'first'].includes(label);
}

/** The packet of that role, as a rule of iptables. */
function gate([, protocol, source, sport, destination, dport], role) {
  const v6 = source.includes(':');
  const [from, to] = role === 'reply' ? [destination, source] : [source, destination];
  const [a, b] = role === 'reply' ? [dport, sport] : [sport, dport];
  const addresses = `-s ${from} -d ${to}`;
  if (protocol === 'icmp') {
    const type = v6 ? (role === 'reply' ? 129 : 128) : role === 'reply' ? 0 : 8;
    return v6 ? `${addresses} -p icmpv6 --icmpv6-type ${type}` : `${addresses} -p icmp --icmp-type ${type}`;
  }
  if (protocol === 'udp') return `${addresses} -p udp --sport ${a} --dport ${b}`;
  const flags = { request: 'SYN,ACK SYN', reply: 'SYN,ACK SYN,ACK', ack: 'PSH PSH' }[role];
  return `${addresses} -p tcp --sport ${a} --dport ${b} --tcp-flags ${flags}`;
}

function ruleset(family, gateRule) {
  const rules = family === 4 ? RULES : RULES6;
  const table = (name) => {
    const own = CHAINS.filter(([, t]) => t === name);
    return [
      `*${name}`,
      ...own.map(([label]) => `:ask-${label} - [0:0]`),
      ...own.map(([label, , chain]) => `-A ${chain} ${gateRule} -j ask-${label}`),
      ...own.flatMap(([label]) => rules.filter((r) => allowed(r, label)).map((r) => `-A ask-${label} ${r}`)),
      'COMMIT',
    ].join('\n');
  };
  return `${table('raw')}\n${table('mangle')}\n`;
}

const programs = (family) => (family === 4 ? 'iptables-legacy' : 'ip6tables-legacy');

/** By chain: did its gate let one packet in, and which rules matched. */
function counted(family) {
  const saved = within('router', `${programs(family)}-save -c`).split('\n');
  return CHAINS.flatMap(([label]) => {
    const entered = saved.find((l) => l.endsWith(` -j ask-${label}`));
    if (!entered?.startsWith('[1:')) return [];
    const own = saved.filter((l) => l.includes(`-A ask-${label} `));
    const hits = own.filter((l) => !/ -j /.test(l)).map((l) => (l.startsWith('[1:') ? '1' : '0'));
    return [[label, hits.join('')]];
  });
}

/** Clients and the router's bridge, and behind the router the server. */
async function build() {
  for (const name of ['client', 'other', 'router', 'server']) must('ip', ['netns', 'add', PREFIX + name]);
  const link = (a, b, mac) =>
    within('router', `ip link add ${b} address ${mac} type veth peer name eth0 netns ${PREFIX}${a}`);
  link('client', 'c0', '02:00:00:00:01:01');
  link('other', 'c1', '02:00:00:00:01:03');
  link('server', 's0', '02:00:00:00:02:01');
  within('router', 'ip link add br0 address 02:00:00:00:01:00 type bridge');
  for (const port of ['c0', 'c1']) within('router', `ip link set ${port} master br0 up`);
  within('router', 'ip link set s0 group 7');
  for (const dev of ['lo', 'br0', 's0']) within('router', `ip link set ${dev} up`);
  const macs = { client: '02:00:00:00:01:02', other: '02:00:00:00:01:13', server: '02:00:00:00:02:02' };
  const own = { client: ['10.1.0.2', 'fd01::2'], other: ['10.1.0.3', 'fd01::3'], server: ['10.2.0.2', 'fd02::2'] };
  for (const [name, mac] of Object.entries(macs)) {
    within(name, `ip link set eth0 address ${mac}`);
    for (const dev of ['lo', 'eth0']) within(name, `ip link set ${dev} up`);
    for (const address of own[name]) {
      const v6 = address.includes(':');
      within(name, `ip addr add ${address}/${v6 ? '64' : '24'} dev eth0${v6 ? ' nodad' : ''}`);
      within(name, `ip route add default via ${address.replace(/\d$/, '1')}`);
    }
  }
  for (const [dev, n] of Object.entries({ br0: 1, s0: 2 })) {
    within('router', `ip addr add 10.${n}.0.1/24 dev ${dev}`);
    within('router', `ip addr add fd0${n}::1/64 dev ${dev} nodad`);
  }
  for (const key of [
    'net.ipv4.ip_forward',
    'net.ipv6.conf.all.forwarding',
    'net.bridge.bridge-nf-call-iptables',
    'net.bridge.bridge-nf-call-ip6tables',
  ])
    within('router', `sysctl -q -w ${key}=1`);
  within('router', 'sysctl -q -w net.netfilter.nf_conntrack_acct=1');
  // A flow has a name and an answer only where it is tracked.
  must(
    'ip',
    ['netns', 'exec', `${PREFIX}router`, 'iptables-legacy-restore'],
    '*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n',
  );
  must(
    'ip',
    ['netns', 'exec', `${PREFIX}router`, 'ip6tables-legacy-restore'],
    '*filter\n-A FORWARD -m conntrack --ctstate NEW\nCOMMIT\n',
  );
}

async function answers(children) {
  await build();
  for (const name of ['other', 'router', 'server']) {
    const child = spawn('ip', ['netns', 'exec', PREFIX + name, process.execPath, SELF, 'serve'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
  }
  // IPv6 finds its routers and neighbours.
  await wait(2500);
  for (const [who, ...rest] of PACKETS) within(who, `${process.execPath} ${SELF} send ${who} ${rest.join(' ')}`);
  const rows = [];
  for (const packet of PACKETS)
    for (const role of packet[1] === 'tcp' ? ['request', 'reply', 'ack'] : ['request', 'reply']) {
      const family = packet[2].includes(':') ? 6 : 4;
      within('router', `${programs(family)}-restore`, ruleset(family, gate(packet, role)));
      run('ip', ['netns', 'exec', `${PREFIX}router`, 'conntrack', '-F']);
      within(packet[0], `${process.execPath} ${SELF} send ${packet.join(' ')}`);
      for (const [label, hits] of counted(family)) rows.push([label, role, ...packet.slice(1), hits].join('\t'));
    }
  const folder = join(import.meta.dirname, '..', 'samples', 'xt-answers');
  mkdirSync(join(folder, 'node-1'), { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text.replaceAll(PREFIX, ''));
  for (const family of [4, 6])
    within(
      'router',
      `${programs(family)}-restore`,
      ruleset(family, family === 4 ? '-d 198.51.100.1' : '-d 2001:db8::1'),
    );
  write('node-1/hostname.txt', 'node-1\n');
  for (const [name, command] of Object.entries(CAPTURES)) write(`node-1/${name}`, within('router', command));
  const commands = Object.entries(CAPTURES).map(([name, command]) => `${name}\t0\t0\t${command}\n`);
  write('node-1/commands.tsv', `file\texit\tseconds\tcommand\n${commands.join('')}`);
  write('answers.tsv', `${rows.join('\n')}\n`);
}

if (process.argv[2] === 'serve') await serve();
else if (process.argv[2] === 'send') await send(process.argv.slice(3));
else {
  const children = [];
  try {
    await answers(children);
  } finally {
    for (const child of children) child.kill();
    for (const name of ['client', 'other', 'router', 'server']) run('ip', ['netns', 'del', PREFIX + name]);
  }
}
