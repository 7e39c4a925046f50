/**
 * `node lab/make-rule-answers.mjs`: what a client gets to see of a router's rules, over IPv4 and IPv6, written to samples/rule-answers/: client,
 * router and server as folders of captures, the rules of each scenario, and `answers.tsv`. Needs root, iptables-legacy, nft and iproute2; runs
 * in namespaces of its own.
 */
import { spawn, spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ADDRESSES, SCENARIOS } from './rule-scenarios.mjs';

const SELF = fileURLToPath(import.meta.url);
const PREFIX = `dlru${process.pid}-`;
const NODES = ['client', 'router', 'server'];
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const CAPTURES = {
  'hostname.txt': 'hostname',
  'ip-link.txt': 'ip -d link',
  'ip-addr.txt': 'ip addr',
  'ip-route.txt': 'ip route show table all',
  'ip6-route.txt': 'ip -6 route show table all',
  'ip-rule.txt': 'ip rule',
  'ip6-rule.txt': 'ip -6 rule',
  'ip-neigh.txt': 'ip neigh',
  'ip-netconf.txt': 'ip netconf',
  'ss.txt': 'ss -lntu',
  'proc-net-nfnetlink_queue.txt': 'cat /proc/net/netfilter/nfnetlink_queue',
  'sysctl.txt':
    'sysctl -a --pattern ^net\\.(netfilter\\.nf_conntrack_tcp_loose|bridge|ipv4\\.(ip_forward|ip_default_ttl)|ipv6\\.conf\\.(all|default|eth0|c0|s0)\\.(forwarding|hop_limit|disable_ipv6))',
};
const RULES = {
  'iptables-legacy-save.txt': 'iptables-legacy-save',
  'ip6tables-legacy-save.txt': 'ip6tables-legacy-save',
  'nft.txt': 'nft list ruleset',
};
const RECENT = 'head -v -n 2000 /proc/net/xt_recent/*';

function run(command, args, input) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  if (done.error) throw done.error;
  return done;
}
function must(command, args, input) {
  const done = run(command, args, input);
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}${input ?? ''}`);
  return done.stdout;
}
const within = (name, line, input) => must('ip', ['netns', 'exec', PREFIX + name, ...line.split(' ')], input);

/** Tells on UDP 53 and TCP 80 whom it saw. */
async function serve() {
  for (const type of ['udp4', 'udp6']) {
    const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (_, from) => socket.send(from.address, from.port, from.address));
    await new Promise((resolve) => socket.bind(53, resolve));
  }
  net.createServer((s) => s.on('error', () => undefined).end(s.remoteAddress)).listen({ port: 80, host: '::' });
  console.log('ready');
}

const TIMEOUT = 1000;

function ping(destination) {
  return new Promise((resolve) => {
    const child = spawn('ping', ['-n', '-c', '1', '-W', '1', destination]);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (part) => {
        text += part;
      });
    child.on('close', (status) => {
      const error = /From \S+ (?:icmp_seq=\d+ )?(.*)/.exec(text)?.[1];
      const local = /ping: (?:sendmsg|connect): (.*)/.exec(text)?.[1];
      resolve(status === 0 ? 'ok' : error ? `icmp ${error}` : (local ?? 'lost'));
    });
  });
}

/** `ok ADDRESS`, an error's name, or `lost`. */
function ask(protocol, destination, port) {
  if (protocol === 'icmp') return ping(destination);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('lost'), TIMEOUT);
    const done = (says) => {
      clearTimeout(timer);
      resolve(says.replace(/^ok ::ffff:/, 'ok '));
    };
    if (protocol === 'tcp') {
      const socket = net.connect({ host: destination, port });
      socket.on('error', (error) => done(error.code)).on('data', (text) => done(`ok ${text}`));
    } else {
      const socket = dgram.createSocket(destination.includes(':') ? 'udp6' : 'udp4');
      socket.on('error', (error) => done(error.code)).on('message', (text) => done(`ok ${text}`));
      const failed = (error) => done(error.code);
      socket.connect(port, destination, (refused) =>
        refused ? failed(refused) : socket.send('x', (error) => error && failed(error)),
      );
    }
  });
}

async function askAll(questions) {
  const answers = await Promise.all(questions.map(({ proto, dst, port }) => ask(proto, dst, port)));
  console.log(JSON.stringify(answers));
  process.exit(0);
}

async function build() {
  for (const name of NODES) must('ip', ['netns', 'add', PREFIX + name]);
  for (const [name, dev, n] of [
    ['client', 'c0', 1],
    ['server', 's0', 2],
  ]) {
    within('router', `ip link add ${dev} address 02:00:00:00:0${n}:01 type veth peer name eth0 netns ${PREFIX}${name}`);
    within(name, `ip link set eth0 address 02:00:00:00:0${n}:02`);
    for (const [where, device, host] of [
      ['router', dev, 1],
      [name, 'eth0', 2],
    ]) {
      within(where, `ip link set lo up`);
      within(where, `ip link set ${device} up`);
      within(where, `ip addr add 10.${n}.0.${host}/24 dev ${device}`);
      within(where, `ip addr add fd0${n}::${host}/64 dev ${device} nodad`);
    }
    within(name, `ip route add default via 10.${n}.0.1`);
    within(name, `ip route add default via fd0${n}::1`);
  }
  for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) within('router', `sysctl -q -w ${key}=1`);
  // As many errors as there are questions.
  for (const name of NODES) {
    within(name, 'sysctl -q -w net.ipv4.icmp_ratelimit=0');
    within(name, 'sysctl -q -w net.ipv6.icmp.ratelimit=0');
  }
}

const QUESTIONS = ['client', 'router'].flatMap((from) =>
  [4, 6].flatMap((family) =>
    ['server', 'gateway', 'virtual'].flatMap((to) => {
      const dst = ADDRESSES[family][to];
      return [
        { from, proto: 'icmp', dst },
        { from, proto: 'tcp', dst, port: 80 },
        { from, proto: 'tcp', dst, port: 81 },
        { from, proto: 'udp', dst, port: 53 },
        { from, proto: 'udp', dst, port: 54 },
      ];
    }),
  ),
);

function empty() {
  for (const [save, restore] of [
    ['iptables-legacy-save', 'iptables-legacy-restore'],
    ['ip6tables-legacy-save', 'ip6tables-legacy-restore'],
  ])
    within(
      'router',
      restore,
      within('router', save)
        .split('\n')
        .filter((l) => !l.startsWith('-A') && !/^:\S+ - /.test(l))
        .map((l) => l.replace(/^(:\S+) DROP/, '$1 ACCEPT'))
        .join('\n'),
    );
  within('router', 'nft flush ruleset');
}

async function answers(children, folder) {
  await build();
  for (const name of NODES) {
    const child = spawn('ip', ['netns', 'exec', PREFIX + name, process.execPath, SELF, 'serve'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
  }
  await wait(2500);
  const write = (name, text) => writeFileSync(join(folder, name), text.replaceAll(PREFIX, ''));
  const rows = [];
  for (const { name, v4, v6, nft, counted, recent } of [{ name: 'none' }, ...SCENARIOS]) {
    empty();
    if (v4) within('router', 'iptables-legacy-restore', v4);
    if (v6) within('router', 'ip6tables-legacy-restore', v6);
    if (nft) within('router', 'nft -f -', nft);
    mkdirSync(join(folder, 'scenarios', name), { recursive: true });
    for (const [list, addresses] of Object.entries(recent ?? {}))
      for (const address of addresses) within('router', `tee /proc/net/xt_recent/${list}`, `+${address}`);
    if (recent)
      write(
        `scenarios/${name}/proc-net-xt_recent.txt`,
        must('ip', ['netns', 'exec', `${PREFIX}router`, 'sh', '-c', RECENT]),
      );
    for (const [file, command] of Object.entries(RULES)) {
      const text = within('router', counted && file !== 'nft.txt' ? `${command} -c` : command).replace(/^#.*\n/gm, '');
      if (file === 'nft.txt' ? nft : text.includes('-A ')) write(`scenarios/${name}/${file}`, text);
    }
    run('ip', ['netns', 'exec', `${PREFIX}router`, 'conntrack', '-F']);
    for (const from of ['client', 'router']) {
      const asked = QUESTIONS.filter((q) => q.from === from);
      const said = JSON.parse(
        must('ip', ['netns', 'exec', PREFIX + from, process.execPath, SELF, 'ask', JSON.stringify(asked)]),
      );
      for (const [i, { proto, dst, port }] of asked.entries())
        rows.push([name, from, dst, proto, port ?? '', said[i]].join('\t'));
    }
  }
  empty();
  for (const node of NODES) {
    mkdirSync(join(folder, node), { recursive: true });
    for (const [name, command] of Object.entries(CAPTURES))
      write(`${node}/${name}`, name === 'hostname.txt' ? `${node}\n` : within(node, command));
    const commands = Object.entries({ ...CAPTURES, ...RULES, 'proc-net-xt_recent.txt': RECENT }).map(
      ([name, command]) => `${name}\t0\t0\t${command}\n`,
    );
    write(`${node}/commands.tsv`, `file\texit\tseconds\tcommand\n${commands.join('')}`);
  }
  write('answers.tsv', `${rows.join('\n')}\n`);
}

if (process.argv[2] === 'serve') await serve();
else if (process.argv[2] === 'ask') await askAll(JSON.parse(process.argv[3]));
else {
  const children = [];
  const folder = join(import.meta.dirname, '..', 'samples', 'rule-answers');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await answers(children, folder);
  } finally {
    for (const child of children) child.kill();
    for (const name of NODES) run('ip', ['netns', 'del', PREFIX + name]);
  }
}
