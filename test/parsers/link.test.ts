import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { normaliseName } from '../../src/capture/recognise.js';
import type { AnyFact } from '../../src/facts/index.js';
import { type CaptureContext, lineOf, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { brctlShow } from '../../src/parsers/brctl-show.js';
import { brctlShowmacs } from '../../src/parsers/brctl-showmacs.js';
import { bridgeFdb } from '../../src/parsers/bridge-fdb.js';
import { hostname } from '../../src/parsers/hostname.js';
import { ipAddr } from '../../src/parsers/ip-addr.js';
import { ipLink } from '../../src/parsers/ip-link.js';
import { ipNeigh } from '../../src/parsers/ip-neigh.js';
import { iproute2Command } from '../../src/parsers/text/iproute2.js';
import { uname } from '../../src/parsers/uname.js';

/** Milliseconds of this process' own work: what else the machine does is not the parser's. */
const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const parsers: readonly Parser<AnyFact>[] = [
  brctlShow,
  brctlShowmacs,
  bridgeFdb,
  hostname,
  ipAddr,
  ipLink,
  ipNeigh,
  uname,
];

const contextOf = (parser: Parser<AnyFact>, command: string, fileName = ''): CaptureContext => {
  const argv = command === '' ? [] : command.split(' ');
  return { argv, fileName, scope: parser.claims.command?.(argv)?.scope ?? {} };
};

const read = (parser: Parser<AnyFact>, text: string, command = '', fileName = ''): ParsedText =>
  parseText(parser, textFrom(text), 0, contextOf(parser, command, fileName));

const headOf = (text: string): string[] => text.split('\n').slice(0, 200);
const scopeOf = (parser: Parser<AnyFact>, command: string) => parser.claims.command?.(command.split(' '));

const samples = parsers.flatMap((parser) =>
  readdirSync(join(root, parser.command))
    .filter((file) => file.endsWith('.txt'))
    .map((file) => ({ parser, file, bytes: new Uint8Array(readFileSync(join(root, parser.command, file))) })),
);

function survives(parser: Parser<AnyFact>, bytes: Uint8Array): ParsedText {
  const text = textOf(bytes);
  const parsed = parseText(parser, text, 0, contextOf(parser, ''));
  expect(parsed.crash).toBeUndefined();
  expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
  expect(parsed.gaps).toHaveLength(parsed.tally.gaps);
  const head = Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
  expect([0, 1, 2, 3]).toContain(parser.claims.sniff(head));
  return parsed;
}

describe('damage', () => {
  test.each(parsers.map((p) => [p.command, p] as const))('%s survives its samples cut anywhere', (_, parser) => {
    for (const { bytes } of samples.filter((s) => s.parser === parser)) {
      for (let end = 0; end <= bytes.length; end += 37) survives(parser, bytes.subarray(0, end));
    }
  });

  test('flipped bytes, and the output of another command', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.constantFrom(...parsers), flips, ({ bytes }, parser, changes) => {
        const broken = Uint8Array.from(bytes);
        for (const [where, value] of changes) broken[where % Math.max(1, broken.length)] = value;
        survives(parser, broken);
      }),
      { numRuns: 300 },
    );
  });

  test('a folded line of which one part is not read is a gap, whatever its other part tells', () => {
    const folded = '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536\n\nv\\th1@if3: <BROADCAST,UP,LOWER_UP> mtu 1450\n';
    const parsed = survives(ipAddr, new TextEncoder().encode(folded));
    expect(parsed.gaps.map((gap) => lineOf(gap.at))).toEqual([3]);
    expect(parsed.facts).toMatchObject([{ name: 'lo' }, { name: 'th1' }]);
  });

  test('Windows line ends change no fact', () => {
    for (const { parser, file, bytes } of samples) {
      const command = readCommand(parser, file);
      const text = new TextDecoder().decode(bytes);
      expect(read(parser, text.replaceAll('\n', '\r\n'), command).facts).toEqual(read(parser, text, command).facts);
    }
  });

  test('long lines cost no more than they are long', () => {
    const long = ['inet ', ' ', 'a ', ':', '1: a: <', '\\', 'RX: ', '0', 'aa:', 'vxlan id '].map((s) =>
      s.repeat(400_000 / s.length),
    );
    const started = cpu();
    for (const parser of parsers) for (const line of long) survives(parser, new TextEncoder().encode(`${line}\n`));
    expect(cpu() - started).toBeLessThan(30_000);
  });
});

function readCommand(parser: Parser<AnyFact>, file: string): string {
  const path = join(root, parser.command, file.replace(/\.txt$/, '.cmd'));
  // A paste may show no command.
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
}

describe('which output is whose', () => {
  const failures = /(^|-)(not|no|kubectl-failed|missing|unknown|none|other)/;
  const telling = samples.filter((s) => s.parser !== hostname && !failures.test(s.file));

  test.each(telling.map((s) => [`${s.parser.command}/${s.file}`, s] as const))('%s', (_, { parser, bytes }) => {
    const head = headOf(new TextDecoder().decode(bytes));
    const own = parser.claims.sniff(head);
    for (const other of parsers) if (other !== parser) expect(other.claims.sniff(head)).toBeLessThanOrEqual(own);
  });

  const foreign = {
    'ip -br addr':
      'lo               UNKNOWN        127.0.0.1/8 ::1/128 \neth0@if7         UP             10.244.1.2/24 \n',
    'ip -j addr': '[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536,"addr_info":[]}]\n',
    'bridge -j fdb': '[{"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"}]\n',
    'ip route':
      'default via 10.0.2.2 dev eth0 proto dhcp metric 100 \n10.244.1.0/24 dev cni0 proto kernel scope link src 10.244.1.1 \n',
    'ip maddr': '1:\tlo\n\tinet  224.0.0.1\n\tinet6 ff02::1\n',
    'ip netconf': 'inet eth0 forwarding on rp_filter off mc_forwarding off proxy_neigh off \n',
    ifconfig:
      'eth0: flags=4163<UP,BROADCAST>  mtu 1500\n        inet 10.0.0.1  netmask 255.255.255.0  broadcast 10.0.0.255\n',
    prose:
      '1: eth0 is the uplink.\nThe bridge cni0 has inet addresses of scope global.\nPERMANENT entries are made by flannel.\n',
    yaml: 'spec:\n  podCIDR: 10.244.1.0/24\n  externalID: node-1\n',
    code: 'if link/ether in line:\n    inet = line.split()[1]\n',
  };
  test.each(Object.entries(foreign))('%s is none of them', (_, text) => {
    for (const parser of parsers)
      expect([parser.command, parser.claims.sniff(headOf(text))]).toEqual([parser.command, 0]);
  });
});

describe('command lines', () => {
  test.each([
    ['ip a', 'address', undefined],
    ['ip -4 ad', 'address', '4'],
    ['ip r', 'route', undefined],
    ['ip ru', 'rule', undefined],
    ['ip -6 n', 'neighbour', '6'],
    ['ip l', 'link', undefined],
    ['ip m', 'maddress', undefined],
    ['ip netc', 'netconf', undefined],
    ['ip net', 'netns', undefined],
    ['ip -family inet6 route', 'route', '6'],
    ['ip -f inet route', 'route', '4'],
    ['ip -n blue --details route', 'route', undefined],
    ['bridge f', 'fdb', undefined],
    ['busybox ip neigh', 'neighbour', undefined],
  ])('%s', (line, object, family) => {
    expect(iproute2Command(line.split(' '))).toMatchObject({ object, plain: true });
    expect(iproute2Command(line.split(' '))?.family).toBe(family);
  });

  test.each(['ip', 'ip -x a', 'ip zzz', 'iptables -L', 'bridge', ''])('%s is no listing', (line) => {
    expect(iproute2Command(line.split(' '))).toBeUndefined();
  });

  test('selections are a scope', () => {
    expect(scopeOf(ipAddr, 'ip -4 a s cni0')).toEqual({ scope: { family: '4', dev: 'cni0' } });
    expect(scopeOf(ipAddr, 'ip addr show up')).toEqual({ scope: { up: '' } });
    expect(scopeOf(ipLink, 'ip -d link show master cni0')).toEqual({ scope: { master: 'cni0' } });
    expect(scopeOf(ipLink, 'ip link show type vxlan')).toEqual({ scope: { type: 'vxlan' } });
    expect(scopeOf(ipNeigh, 'ip neigh show dev cni0')).toEqual({ scope: { dev: 'cni0' } });
    expect(scopeOf(ipNeigh, 'ip n s 10.10.2.0')).toEqual({ scope: { address: '10.10.2.0' } });
    expect(scopeOf(ipNeigh, 'ip neigh show nud noarp')).toEqual({ scope: { nud: 'noarp' } });
    expect(scopeOf(uname, 'uname -m')).toEqual({ kinds: [] });
    expect(scopeOf(uname, 'uname -nr')).toEqual({ kinds: ['kernel-release', 'hostname'] });
    expect(scopeOf(bridgeFdb, 'bridge fdb show brport flannel.1')).toEqual({ scope: { dev: 'flannel.1' } });
    expect(scopeOf(bridgeFdb, 'bridge fdb show br cni0')).toEqual({ scope: { master: 'cni0' } });
    expect(scopeOf(brctlShowmacs, 'brctl showmacs cni0')).toEqual({ scope: { bridge: 'cni0' } });
  });

  test.each([
    [ipAddr, 'ip addr add 10.0.0.1/24 dev eth0'],
    [ipAddr, 'ip -br a'],
    [ipAddr, 'ip -j addr'],
    [ipLink, 'ip link set eth0 up'],
    [ipLink, 'bridge link'],
    [ipNeigh, 'ip neigh flush dev eth0'],
    [bridgeFdb, 'bridge fdb append 00:00:00:00:00:00 dev flannel.1'],
    [bridgeFdb, 'bridge -j fdb'],
    [hostname, 'hostname -I'],
    [hostname, 'cat /etc/hosts'],
    [uname, 'uname --version'],
  ] as const)('%# is not claimed', (parser, line) => {
    expect(scopeOf(parser, line)).toBeUndefined();
  });
});

test.each([
  [
    ipAddr,
    [
      'ip_-d_address',
      'ip_-o_addr',
      'ip-addr.txt',
      'ipaddr',
      'ip-a',
      'ipaddrshow',
      'ipv4_addr',
      'ip-address-stats.txt',
      'ip-a-kube-node-1.txt',
      'node-3_ip-a.log',
      'ip_netns_exec_blue_ip_address_show',
      'addr.log',
    ],
  ],
  [ipLink, ['ip_-s_-d_link', 'ip-link', 'iplinkshow', 'ip--d--s-l.md', 'link.log', 'ip-interface-stats.txt']],
  [
    ipNeigh,
    [
      'ip_-s_-s_neigh_show',
      'ip_neigh_show_nud_noarp',
      'ip-neighbor',
      'ipneighbour',
      'ipv6neighbour',
      'ip--4-n.md',
      'neigh.log',
      'ip-neighbor-show.txt',
    ],
  ],
  [bridgeFdb, ['bridge-fdb', 'bridge_-s_-s_-d_-t_fdb_show', 'fdb']],
  [brctlShow, ['brctl_show']],
  [brctlShowmacs, ['brctl_showmacs_virbr0']],
  [hostname, ['hostname', 'hostname_-f', 'hostnamefqdn', 'hostname.md']],
  [uname, ['uname', 'uname_-a', 'uname.txt']],
] as const)('file names of $command', (parser, names) => {
  for (const name of names) {
    const claiming = parsers.filter((p) => p.claims.file?.test(normaliseName(name))).map((p) => p.command);
    expect([name, claiming]).toEqual([name, [parser.command]]);
  }
});

describe('what a line means', () => {
  test('a remark behind the label is no label', () => {
    const header =
      '3: eth0@if231: <BROADCAST,UP> mtu 1500 qdisc noqueue state UP \n    link/ether 56:41:95:26:17:41 brd ff:ff:ff:ff:ff:ff\n';
    const { facts } = read(
      ipAddr,
      `${header}    inet 10.0.97.30/32 brd 10.0.97.226 scope global eth0 <<< secondary address\n    inet6 fe80::1/64 scope link <-- here\n`,
    );
    expect(facts.slice(1)).toMatchObject([
      { dev: 'eth0', label: 'eth0', flags: [] },
      { dev: 'eth0', address: 'fe80::1', flags: [] },
    ]);
  });

  test('addresses of one family or without their devices are no whole listing', () => {
    const four = '2: eth0: <UP> mtu 1500 qdisc mq state UP \n    inet 10.0.0.1/24 scope global eth0\n';
    expect(read(ipAddr, four).incomplete?.completeness).toBe('filtered');
    expect(read(ipAddr, four, 'ip -4 addr').incomplete).toBeUndefined();
    expect(read(ipAddr, '2: eth0    inet 10.0.0.1/24 scope global eth0\n').incomplete?.completeness).toBe('filtered');
    expect(read(ipNeigh, 'fe80::1 dev eth0 NOARP\n', '', 'ip_neigh_show_nud_noarp').incomplete?.completeness).toBe(
      'filtered',
    );
  });

  test('the device of the command line stands for the header that was cut away', () => {
    const { facts } = read(ipAddr, '    inet6 fe80::1/64 scope link \n', 'ip addr show dev cni0');
    expect(facts).toMatchObject([{ dev: 'cni0', address: 'fe80::1' }]);
  });

  test('a masked VXLAN address makes no device without one', () => {
    const { facts, gaps } = read(
      ipLink,
      '4: flannel.1: <UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT \n    link/ether 4e:20:1d:39:a3:b1 brd ff:ff:ff:ff:ff:ff promiscuity 0 \n    vxlan id 1 local 10.xx.x6.112 dev eth0 dstport 8472 nolearning \n',
    );
    expect(facts).toMatchObject([{ name: 'flannel.1', lladdr: '4e:20:1d:39:a3:b1' }]);
    expect(facts[0]).not.toHaveProperty('vxlan');
    expect(gaps.map((g) => lineOf(g.at))).toEqual([3]);
  });

  test("words of JavaScript's own are words", () => {
    const line = (s: string): string => `02:00:00:00:00:01 dev eth0 ${s} 5 self\n`;
    expect(read(bridgeFdb, line('constructor') + line('__proto__')).gaps).toHaveLength(2);
    const link = read(
      ipLink,
      '4: __proto__: <UP> mtu 1450 state UP\n    link/none promiscuity 0 \n    vxlan id 1 __proto__ 3 constructor 4\n',
    );
    expect(link.facts).toMatchObject([{ name: '__proto__', vxlan: { vni: 1 } }]);
    expect(iproute2Command(['constructor', 'a'])).toBeUndefined();
  });
});
