/**
 * `node lab/make-nft-answers.mjs`: which rules of nft a kernel finds to match packets that were sent, written to samples/nft-answers/:
 * the stack as a folder of captures, and `answers.tsv` with the rules by packet and chain. Needs root, nft and iproute2; runs in a namespace
 * of its own.
 */
import { spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SETS = `
 set addresses { type ipv4_addr; elements = { 10.0.0.1, 192.0.2.9 }; }
 set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 10.2.0.5-10.2.0.9, 192.0.2.128/25 }; }
 set empty { type ipv4_addr; }
 set nets6 { type ipv6_addr; flags interval; elements = { fd00::/64, fd00:1::5-fd00:1::9 }; }
 set services { type ipv4_addr . inet_proto . inet_service; elements = { 10.0.0.1 . tcp . 80, 10.2.0.5 . udp . 53, 192.0.2.9 . udp . 53 }; }
 set ranges { type ipv4_addr . ipv4_addr . inet_service; flags interval; elements = { 10.0.0.0/24 . 10.2.0.1-10.2.0.9 . 50-60, 10.0.0.0/8 . 192.0.2.0/24 . 53 }; }
 set kinds { typeof ip saddr . meta l4proto; elements = { 10.0.0.1 . icmp, 10.2.0.5 . udp }; }
 set devs { type ifname; flags interval; elements = { "lo", "dum*" }; }
 set marks { type mark; elements = { 0x0, 0x10 }; }
 map verdicts { type ipv4_addr . inet_service : verdict; elements = { 10.0.0.1 . 80 : continue, 10.2.0.5 . 53 : continue }; }
`;

/** Each asked by itself. */
const RULES = `
ip saddr 10.0.0.1
ip saddr != 10.0.0.1
ip daddr 10.2.0.0/24
ip daddr != 10.2.0.0/24
ip daddr 10.2.0.3-10.2.0.7
ip daddr & 0.0.0.255 == 0.0.0.5
ip daddr { 10.2.0.5, 192.0.2.0/24 }
ip daddr != { 10.2.0.5, 192.0.2.0/24 }
ip saddr @addresses
ip saddr != @addresses
ip daddr @nets
ip daddr != @nets
ip daddr @empty
ip daddr != @empty
ip6 daddr @nets6
ip6 daddr != @nets6
ip6 saddr fd00::/64
ip6 saddr != fd00::1
ip daddr . meta l4proto . th dport @services
ip daddr . meta l4proto . th dport != @services
ip saddr . ip daddr . th dport @ranges
ip saddr . meta l4proto @kinds
ip saddr . ip daddr { 10.0.0.1 . 10.2.0.5, 10.2.0.5 . 10.0.0.1 }
ip saddr . tcp dport { 10.0.0.1 . 80, 10.2.0.5 . 80 }
ip protocol tcp
ip protocol != udp
ip protocol { icmp, udp }
ip6 nexthdr udp
ip6 nexthdr != tcp
ip length 20-40
ip version 4
ip ttl > 63
ip ttl <= 64
ip ttl { 1, 64 }
ip hdrlength 5
ip frag-off & 0x1fff != 0
ip frag-off & 0x2000 == 0
meta l4proto { tcp, udp }
meta l4proto != icmp
meta l4proto ipv6-icmp
meta nfproto ipv4
meta nfproto != ipv4
meta protocol ip6
meta mark 0
meta mark != 0
meta mark & 0xff == 0x10
meta mark @marks
meta mark . ip saddr { 0x0 . 10.0.0.1 }
meta pkttype host
iifname lo
iifname != lo
iifname "l*"
iifname { lo, dum0 }
iifname @devs
iif lo
iif != lo
oifname lo
oifname != lo
oifname "dum*"
oifname @devs
oif lo
oif dum0
oif != dum0
iifname . oifname { lo . lo, lo . dum0 }
tcp dport 80
tcp dport != 80
tcp dport 1-100
tcp dport { 22, 80-90 }
tcp dport != { 22, 80-90 }
tcp sport > 1024
tcp sport <= 4001
udp dport 53
udp dport != 53
udp dport >= 54
udp length 9
th dport 53
th dport != 53
th dport < 60
th sport . th dport { 4000 . 53 }
meta l4proto . th dport { tcp . 80, udp . 53-55 }
tcp flags syn
tcp flags == syn
tcp flags != syn
tcp flags syn,ack
tcp flags ! syn
tcp flags ! rst
tcp flags & (syn | ack) == syn
tcp flags & (syn | ack) == ack
tcp flags & (fin | rst) != 0
tcp flags { syn, ack }
icmp type echo-request
icmp type != echo-request
icmp type { echo-reply, destination-unreachable }
icmp code 0
icmp type . icmp code { echo-request . net-unreachable }
icmpv6 type echo-request
icmpv6 type != nd-neighbor-solicit
ct state new
ct state established,related
ct state != invalid
ct state invalid
ct state ! established,related
ct state { new, untracked }
ct state . ct direction { new . original }
ct direction original
ct direction reply
ct status dnat
ct status ! dnat
ct status snat,dnat
ct status != dnat
ct mark 0
ct mark & 0xff != 0
ct zone 0
ct original ip saddr 10.0.0.1
ct original ip daddr != 10.2.0.5
ct reply ip saddr 10.2.0.0/24
meta l4proto udp ct original proto-dst 53
meta l4proto udp ct reply proto-src 53
ct original ip6 saddr fd00::1
ct protocol udp
ct l3proto ipv4
ct state new ip daddr 10.2.0.5
fib daddr type local
fib daddr type unicast
fib daddr type != local
fib daddr type { local, broadcast }
fib saddr type local
fib daddr . iif type local
fib daddr . oif type local
fib saddr oif exists
fib saddr oif missing
fib daddr oif "dum0"
fib daddr oifname "dum*"
fib daddr oifname != "dum0"
fib daddr oif exists
fib saddr . iif oif missing
fib saddr . iif oif exists
fib saddr . mark . iif oif 0
rt ipsec missing
meta ipsec missing
exthdr hbh missing
ip dscp 0
ip dscp != cs1
ip dscp { cs0, ef }
ip6 dscp 0
ip ecn 0
iifgroup 0
iifgroup != 7
oifgroup 7
oifgroup != 7
oifgroup { 0, 7 }
@nh,72,8 6
@nh,72,8 != 6
@nh,0,4 4
@nh,96,32 0xa000001
@nh,64,8 > 63
@nh,48,16 & 0x1fff == 0
@th,16,16 53
@th,16,16 { 53, 80 }
@th,0,16 . @th,16,16 { 4000 . 53 }
udp sport . @th,16,16 { 4000 . 53 }
ct helper "ftp"
ct helper != "ftp"
socket transparent 1
meta hour 09:00-22:00
meta hour 22:00-09:00
meta hour != 09:00-22:00
meta hour >= 09:00
meta hour < 09:00
meta hour { 01:00, 09:00-22:00 }
meta day Saturday
meta day != Saturday
meta day { Monday, Tuesday }
meta day { Saturday, Sunday }
meta time < "2026-11-28 09:00:00"
meta time > "2026-11-28 09:00:00"
tcp option maxseg exists
tcp option window missing
tcp option sack-perm exists
tcp option timestamp exists
tcp option timestamp missing
tcp option md5sig exists
meta length > 60
meta length <= 60
ip daddr . tcp dport vmap @verdicts
ip daddr vmap { 10.2.0.5 : continue, 10.0.0.0/24 : continue }
ip daddr vmap { 10.2.0.0/25 : continue, 192.0.2.0/24 : continue } udp dport 53
ip saddr 10.0.0.1 tcp dport vmap { 80 : continue, 81-90 : continue }
meta l4proto vmap { icmp : continue, tcp : continue }
`
  .trim()
  .split('\n');

/** Before conntrack and behind it. */
const CHAINS = [
  ['before', 'output', -350],
  ['output', 'output', -150],
  ['postrouting', 'postrouting', -150],
  ['raw', 'prerouting', -350],
  ['prerouting', 'prerouting', -150],
  ['input', 'input', -150],
];

/** Protocol, source, its port, destination, its port. */
const PACKETS = [
  ['udp', '10.0.0.1', 4000, '10.2.0.5', 53],
  ['udp', '10.2.0.5', 53, '10.0.0.1', 4100],
  ['udp', '10.0.0.9', 5000, '192.0.2.9', 53],
  ['udp', '192.0.2.1', 5001, '192.0.2.200', 60],
  ['udp', '10.2.0.8', 5002, '10.0.0.1', 55],
  ['tcp', '10.0.0.1', 4001, '10.2.0.5', 80],
  ['tcp', '10.2.0.5', 4002, '10.0.0.1', 80],
  ['tcp', '10.0.0.1', 1000, '192.0.2.9', 8080],
  ['icmp', '10.0.0.1', 0, '10.2.0.5', 0],
  ['icmp', '10.2.0.8', 0, '192.0.2.9', 0],
  ['udp', 'fd00::1', 4003, 'fd00:1::5', 53],
  ['tcp', 'fd00:1::5', 4004, 'fd00::1', 80],
  ['icmp', 'fd00::1', 0, 'fd00:1::7', 0],
];

const CAPTURES = {
  'nft.txt': 'nft list ruleset',
  'ip-link.txt': 'ip -d link',
  'ip-addr.txt': 'ip addr',
  'ip-route.txt': 'ip route show table all',
  'ip6-route.txt': 'ip -6 route show table all',
  'ip-rule.txt': 'ip rule',
  'date.txt': 'date -u',
};

function must(command, args, input) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}
const ip = (line) => must('ip', line.split(' '));
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function send([protocol, source, sport, destination, dport]) {
  if (protocol === 'icmp') spawnSync('ping', ['-c', '1', '-W', '1', '-I', source, destination]);
  else if (protocol === 'udp') {
    const socket = dgram.createSocket(source.includes(':') ? 'udp6' : 'udp4');
    await new Promise((resolve) => socket.bind(sport, source, resolve));
    await new Promise((resolve) => socket.send('x', dport, destination, resolve));
    socket.close();
  } else {
    const socket = net.connect({ host: destination, port: dport, localAddress: source, localPort: sport });
    socket.on('error', () => undefined);
    await wait(100);
    socket.destroy();
  }
  await wait(50);
}

/** Rules of one chain that matched, by their number. */
function hits(chain) {
  const listed = JSON.parse(must('nft', ['-j', 'list', 'chain', 'inet', 'answers', chain]));
  return listed.nftables
    .flatMap((item) => item.rule ?? [])
    .map((rule) => rule.expr.find((e) => e.counter)?.counter.packets > 0);
}

/** What the kernel lets a chain of that hook ask (nft_fib_validate, nft_meta_get_validate, nft_rt_validate). */
function allowed(rule, hook) {
  const isOut = hook === 'output' || hook === 'postrouting';
  if (rule.startsWith('meta ipsec')) return !isOut;
  if (rule.startsWith('rt ipsec')) return isOut;
  if (rule.startsWith('socket')) return hook === 'prerouting' || hook === 'input';
  if (!rule.startsWith('fib')) return true;
  if (/ oif(?:name)? /.test(rule.replace(/ \. oif/g, ''))) return !isOut;
  return isOut ? !/ \. iif/.test(rule) : !/ \. oif/.test(rule);
}

/** The counter behind a verdict map is for what it has an element for. */
function ruleset() {
  const chains = CHAINS.map(
    ([name, hook, priority]) =>
      ` chain ${name} {\n  type filter hook ${hook} priority ${priority}; policy accept;\n  jump ask-${name}\n }`,
  );
  const own = CHAINS.map(
    ([name, hook]) =>
      ` chain ask-${name} {\n${RULES.filter((rule) => allowed(rule, hook))
        .map((rule) => `  ${rule} counter`)
        .join('\n')}\n }`,
  );
  return `table inet answers {${SETS}${own.join('\n')}\n${chains.join('\n')}\n}\n`;
}

async function inside() {
  ip('link set lo up');
  // A bridge without ports: what goes out by it is gone.
  ip('link add dum0 address 02:00:00:00:00:01 type bridge');
  ip('link set dum0 group 7');
  ip('addr add 192.0.2.1/24 dev dum0');
  ip('link set dum0 up');
  for (const prefix of ['10.0.0.0/24', '10.2.0.0/24']) ip(`route add local ${prefix} dev lo`);
  for (const address of ['fd00::1', 'fd00:1::5', 'fd00:1::7']) ip(`addr add ${address}/128 dev lo nodad`);
  ip('neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev dum0');
  ip('neigh add 192.0.2.200 lladdr 02:00:00:00:00:10 dev dum0');
  await wait(1500);
  must('nft', ['-f', '-'], ruleset());
  // Answers would be packets of their own.
  must(
    'nft',
    ['-f', '-'],
    'table inet quiet {\n chain input {\n type filter hook input priority 300; policy drop;\n }\n}\n',
  );
  must(
    'nft',
    ['-f', '-'],
    'table inet flows {\n chain o {\n type filter hook output priority 0;\n ct state new counter\n }\n}\n',
  );
  const rows = [];
  for (const packet of PACKETS) {
    must('nft', ['-f', '-'], `delete table inet answers\n${ruleset()}`);
    await send(packet);
    for (const [chain] of CHAINS) {
      const answers = hits(`ask-${chain}`);
      rows.push([chain, ...packet, answers.map((hit) => (hit ? '1' : '0')).join('')].join('\t'));
    }
  }
  const folder = join(import.meta.dirname, '..', 'samples', 'nft-answers');
  mkdirSync(join(folder, 'node-1'), { recursive: true });
  const write = (name, text) => writeFileSync(join(folder, name), text);
  must('nft', ['delete', 'table', 'inet', 'quiet']);
  must('nft', ['delete', 'table', 'inet', 'flows']);
  must('nft', ['-f', '-'], `delete table inet answers\n${ruleset()}`);
  write('node-1/hostname.txt', 'node-1\n');
  for (const [name, command] of Object.entries(CAPTURES)) {
    const [program = '', ...args] = command.split(' ');
    write(`node-1/${name}`, must(program, args));
  }
  const commands = Object.entries(CAPTURES).map(([name, command]) => `${name}\t0\t0\t${command}\n`);
  write('node-1/commands.tsv', `file\texit\tseconds\tcommand\n${commands.join('')}`);
  write('answers.tsv', `${rows.join('\n')}\n`);
}

if (process.argv[2] !== 'inside') {
  const done = spawnSync('unshare', ['-n', process.execPath, fileURLToPath(import.meta.url), 'inside'], {
    stdio: 'inherit',
  });
  process.exit(done.status ?? 1);
}
await inside();
