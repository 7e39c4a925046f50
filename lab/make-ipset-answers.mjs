/**
 * `node lab/make-ipset-answers.mjs`: what the kernel says of sets, written to samples/ipset/. `tests.tsv` holds the answers of `ipset test`,
 * `packets.tsv` whether `-m set` matched packets that were sent, by what stands behind `--match-set`. Needs root and ip_set; runs in a
 * namespace of its own.
 */
import { spawnSync } from 'node:child_process';
import dgram from 'node:dgram';
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SETS = `
create addresses hash:ip
add addresses 10.0.0.1
add addresses 10.2.3.4
create masked hash:ip netmask 24
add masked 10.5.5.5
create bits hash:ip bitmask 255.255.0.255
add bits 10.5.5.5
create nets hash:net comment
add nets 10.0.0.0/8
add nets 10.2.0.0/16 nomatch comment "all but nomatch these"
add nets 10.2.3.0/24
add nets 10.2.3.4 nomatch
create ifaces hash:net,iface
add ifaces 10.0.0.0/8,eth1
add ifaces 10.0.0.0/8,lo
add ifaces 10.1.0.0/16,eth0
add ifaces 10.2.0.0/16,lo nomatch
add ifaces 10.9.0.0/16,physdev:lo
add ifaces 0.0.0.0/0,cali wildcard
create wild hash:net,iface
add wild 0.0.0.0/0,l wildcard
create ports bitmap:port range 0-1024
add ports 53
add ports 80-82
create map bitmap:ip range 10.0.0.0/16
add map 10.0.0.1
create netmap bitmap:ip range 10.0.0.0/8 netmask 16
add netmap 10.5.0.0
create macs bitmap:ip,mac range 10.0.0.0/24
add macs 10.0.0.1,02:00:00:00:00:01
add macs 10.0.0.2
create services hash:ip,port
add services 10.0.0.1,tcp:80
add services 10.0.0.1,udp:53
add services 10.2.3.4,icmp:echo-request
add services 10.2.3.4,vrrp:0
create loops hash:ip,port,ip
add loops 10.0.0.1,udp:53,10.2.3.4
create sources hash:ip,port,net
add sources 10.0.0.1,udp:53,10.2.0.0/16
add sources 10.0.0.1,udp:53,10.2.3.0/24 nomatch
add sources 10.0.0.1,udp:53,10.2.3.4
create netports hash:net,port
add netports 10.0.0.0/8,udp:53
add netports 10.2.0.0/16,udp:53 nomatch
add netports 10.2.3.0/24,tcp:80
create addresses6 hash:net family inet6
add addresses6 fd00::/16
add addresses6 fd00:1::/32 nomatch
create services6 hash:ip,port family inet6
add services6 fd00::1,udp:53
add services6 fd00::1,icmpv6:echo-request
create empty hash:ip
create some list:set
add some empty
add some addresses
create many list:set
add many masked
add many services
add many ports
add many nets
`;

const IPS = [
  '10.0.0.1',
  '10.0.0.2',
  '10.1.0.1',
  '10.2.0.1',
  '10.2.3.4',
  '10.2.3.5',
  '10.5.5.9',
  '10.5.7.5',
  '10.9.0.1',
  '11.0.0.1',
];
const PORTS = ['tcp:80', 'tcp:53', 'udp:53', 'udp:80', 'icmp:echo-request', 'icmp:0/0', 'vrrp:0', 'sctp:80'];
const each = (...lists) =>
  lists.reduce((all, list) => all.flatMap((a) => list.map((b) => (a === '' ? b : `${a},${b}`))), ['']);

/** Elements to ask each set for. */
const ASKED = {
  addresses: IPS,
  masked: IPS,
  bits: IPS,
  nets: IPS,
  map: ['10.0.0.1', '10.0.0.2', '10.0.255.255'],
  netmap: IPS.filter((ip) => ip.startsWith('10.')),
  macs: each(['10.0.0.1', '10.0.0.2', '10.0.0.3'], ['02:00:00:00:00:01', '02:00:00:00:00:02']),
  ifaces: each(IPS, ['lo', 'eth0', 'eth1', 'cali0123456789a', 'physdev:lo']),
  wild: each(['10.0.0.1', '192.168.0.1'], ['lo', 'l', 'eth0']),
  ports: ['53', '79', '80', '82', '83', '1024'],
  services: each(IPS, PORTS),
  loops: each(['10.0.0.1', '10.0.0.2'], ['udp:53', 'tcp:53'], ['10.2.3.4', '10.0.0.1']),
  sources: each(['10.0.0.1', '10.0.0.2'], ['udp:53', 'tcp:53'], IPS),
  netports: each(IPS, PORTS),
  addresses6: ['fd00::1', 'fd00:1::1', 'fd00:2::1', 'fe80::1', '2001:db8::1'],
  services6: each(['fd00::1', 'fd00::2'], ['udp:53', 'tcp:53', 'icmpv6:echo-request', 'icmpv6:echo-reply']),
};

const SIDES = ['src', 'dst', 'src,src', 'src,dst', 'dst,src', 'dst,dst', 'dst,dst,src', 'src,src,dst', 'dst,dst,dst'];
const MATCHED = [...Object.keys(ASKED).filter((set) => !set.endsWith('6')), 'empty', 'some', 'many'];
/** Protocol, source, its port, destination, its port. */
const PACKETS = [
  ['udp', '10.0.0.1', 53, '10.2.3.4', 4000],
  ['udp', '10.2.3.4', 4000, '10.0.0.1', 53],
  ['udp', '10.2.0.1', 4000, '10.0.0.1', 53],
  ['udp', '10.5.5.9', 80, '10.1.0.1', 82],
  ['udp', '10.5.7.5', 5000, '10.9.0.1', 53],
  ['udp', '11.0.0.1', 5000, '10.0.0.2', 1024],
  ['tcp', '10.2.3.5', 4001, '10.0.0.1', 80],
  ['tcp', '10.0.0.2', 80, '10.2.3.4', 80],
  ['icmp', '10.1.0.1', 0, '10.2.3.4', 0],
  ['icmp', '10.0.0.1', 0, '11.0.0.1', 0],
];
const CHAINS = [
  ['raw', 'OUTPUT'],
  ['raw', 'PREROUTING'],
];

function run(command, args, input) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...(input !== undefined && { input }) });
  if (done.error) throw done.error;
  return done;
}

function must(command, ...args) {
  const done = run(command, args);
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function send([protocol, source, sport, destination, dport]) {
  if (protocol === 'icmp') run('ping', ['-c', '1', '-W', '1', '-I', source, destination]);
  else if (protocol === 'udp') {
    const socket = dgram.createSocket('udp4');
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

/** Counters of the rules of one chain, in their order. */
const counted = (table, chain) =>
  must('iptables-save', '-c', '-t', table)
    .split('\n')
    .filter((line) => line.includes(`-A ${chain} -m set`))
    .map((line) => line.startsWith('[0:') === false);

async function packets() {
  must('ip', 'link', 'set', 'lo', 'up');
  for (const prefix of ['10.0.0.0/8', '11.0.0.0/8']) must('ip', 'route', 'add', 'local', prefix, 'dev', 'lo');
  // Answers would be packets of their own.
  must('iptables', '-A', 'INPUT', '-j', 'DROP');
  const rules = CHAINS.flatMap(([, chain]) =>
    MATCHED.flatMap((set) => SIDES.map((sides) => `-A ${chain} -m set --match-set ${set} ${sides}`)),
  );
  const loaded = run('iptables-restore', ['-n'], `*raw\n${rules.join('\n')}\nCOMMIT\n`);
  if (loaded.status !== 0) throw new Error(loaded.stderr);
  const rows = [['chain', 'protocol', 'source', 'sport', 'destination', 'dport', 'set', ...SIDES].join('\t')];
  for (const packet of PACKETS) {
    must('iptables', '-t', 'raw', '-Z');
    await send(packet);
    for (const [table, chain] of CHAINS) {
      const hits = counted(table, chain);
      for (const [k, set] of MATCHED.entries()) {
        const answers = hits.slice(k * SIDES.length, (k + 1) * SIDES.length).map((hit) => (hit ? 'in' : 'out'));
        rows.push([chain, ...packet, set, ...answers].join('\t'));
      }
    }
  }
  return rows;
}

function tests() {
  const rows = ['set\telement\tanswer'];
  for (const [set, elements] of Object.entries(ASKED))
    for (const element of elements) {
      const { status, stderr } = run('ipset', ['test', set, element]);
      if (status !== 0 && !/is NOT in set/.test(stderr)) throw new Error(`ipset test ${set} ${element}: ${stderr}`);
      rows.push([set, element, status === 0 ? 'in' : 'out'].join('\t'));
    }
  return rows;
}

if (process.argv[2] !== 'inside') {
  const file = fileURLToPath(import.meta.url);
  const done = spawnSync('unshare', ['-n', process.execPath, file, 'inside'], { stdio: 'inherit' });
  process.exit(done.status ?? 1);
}
const restored = run('ipset', ['restore'], SETS);
if (restored.status !== 0) throw new Error(restored.stderr);
const folder = join(import.meta.dirname, '..', 'samples', 'ipset');
mkdirSync(folder, { recursive: true });
const write = (name, text) => writeFileSync(join(folder, name), text);
write('sets.txt', must('ipset', 'save').replace(/initval 0x[0-9a-f]+/g, 'initval 0x5f1d3a07'));
write('tests.tsv', `${tests().join('\n')}\n`);
write('packets.tsv', `${(await packets()).join('\n')}\n`);
