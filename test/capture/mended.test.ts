import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/** Outputs whose long lines people, their mail programs or their terminals made several of. */
async function read(text: string) {
  const bytes = new TextEncoder().encode(text);
  const { captures, unrecognised } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  const all = captures.map(({ command, completeness, facts, gaps }) => ({
    command,
    completeness,
    // Where a line stands is another matter.
    facts: JSON.parse(
      JSON.stringify(facts, (key, value) => (/^(?:at|line|lines|runs)$/.test(key) ? undefined : value)),
    ),
    gaps: gaps.map((g) => g.text),
  }));
  return { all, unread: unrecognised.length };
}

const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  'ip route': [
    'default via 192.168.50.1 dev eth0 proto dhcp src 192.168.50.11 metric 100 mtu 1500 advmss 1460',
    '10.42.0.0/24 dev cni0 proto kernel scope link src 10.42.0.1',
    '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11 metric 100 mtu 1500',
    '192.168.50.1 dev eth0 proto dhcp scope link src 192.168.50.11 metric 100',
  ],
  'ip addr': [
    '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000',
    '    link/ether 02:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff',
    '    inet 192.168.50.11/24 brd 192.168.50.255 scope global dynamic noprefixroute eth0',
    '       valid_lft 80000sec preferred_lft 80000sec',
    '5: vethabcdef01@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master cni0 state UP group default',
    '    link/ether 3a:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff link-netns cni-0a1b2c3d-1111-2222-3333-444455556666',
  ],
  'iptables-save -t nat': [
    '*nat',
    ':PREROUTING ACCEPT [12:720]',
    ':POSTROUTING ACCEPT [100:6000]',
    ':KUBE-SERVICES - [0:0]',
    ':KUBE-SVC-TCOU7JCQXEZGVUNU - [0:0]',
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    '-A KUBE-SERVICES -d 10.96.0.10/32 -p udp -m comment --comment "kube-system/kube-dns:dns cluster IP" -m udp --dport 53 -j KUBE-SVC-TCOU7JCQXEZGVUNU',
    '-A KUBE-SVC-TCOU7JCQXEZGVUNU -p udp -m comment --comment "kube-system/kube-dns:dns" -m udp -j DNAT --to-destination 10.244.0.5:53',
    'COMMIT',
  ],
  'conntrack -L': [
    'udp      17 27 src=10.244.1.7 dst=10.96.0.10 sport=41234 dport=53 [UNREPLIED] src=10.244.0.5 dst=10.244.1.7 sport=53 dport=41234 mark=0 use=1',
    'tcp      6 86399 ESTABLISHED src=192.168.50.11 dst=192.168.50.12 sport=45678 dport=6443 src=192.168.50.12 dst=192.168.50.11 sport=6443 dport=45678 [ASSURED] mark=0 use=1',
    'tcp      6 110 SYN_SENT src=10.244.1.9 dst=10.96.0.1 sport=5555 dport=443 [UNREPLIED] src=192.168.50.11 dst=10.244.1.9 sport=6443 dport=5555 mark=0 use=1',
  ],
  'bridge fdb': [
    '33:33:00:00:00:01 dev eth0 self permanent',
    '3a:11:22:33:44:55 dev flannel.1 dst 192.168.50.12 link-netnsid 0 self permanent extern_learn offload',
    'aa:bb:cc:dd:ee:ff dev vethabcdef01 vlan 1 master cni0 permanent',
  ],
};

/** A line in pieces of at most `width`, the last of each piece's blanks dropped. */
function moved(line: string, width: number): string[] {
  const at = line.length > width ? line.lastIndexOf(' ', width) : -1;
  return at > 0 && line.slice(0, at).trim() !== '' ? [line.slice(0, at), ...moved(line.slice(at + 1), width)] : [line];
}

const cut = (line: string, width: number): string[] =>
  line.length > width ? [line.slice(0, width), ...cut(line.slice(width), width)] : [line];

const folded = (line: string): string =>
  moved(line, 62)
    .map((piece, i) => (i > 0 ? `    ${piece}` : piece))
    .join(' \\\n');

const FORMS: readonly (readonly [string, (line: string) => string])[] = [
  ['a mail of 72 columns', (line) => moved(line, 72).join('\n')],
  ['a mail of 76 columns', (line) => moved(line, 76).join('\n')],
  ['a backslash', folded],
  ['a terminal of 80 columns', (line) => cut(line, 80).join('\n')],
  ['a terminal of 100 columns', (line) => cut(line, 100).join('\n')],
  ['a terminal of 120 columns', (line) => cut(line, 120).join('\n')],
  ['a terminal of 132 columns', (line) => cut(line, 132).join('\n')],
];

const cases = Object.entries(OUTPUTS).flatMap(([command, lines]) =>
  FORMS.flatMap(([form, wrap]) => {
    const broken = lines.map(wrap).join('\n');
    return broken === lines.join('\n') ? [] : [[command, form, lines.join('\n'), broken] as const];
  }),
);

test.each(cases)('%s in %s says what it says in whole lines', async (command, _form, whole, broken) => {
  const prompt = `root@node-1:~# ${command}\n`;
  expect(await read(`${prompt}${broken}\n`)).toEqual(await read(`${prompt}${whole}\n`));
  expect((await read(`${broken}\n`)).all).toEqual((await read(`${whole}\n`)).all);
});

test('a line that is strange for another reason is joined with none', async () => {
  const strange = '10.42.7.0/24 dev cni0 proto kernel scope link src 10.42.7.1 frobnicate';
  const rows = [
    '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11',
    '10.42.9.0/24 via 10.42.9.0 dev eth1',
  ];
  const { all } = await read(`root@node-1:~# ip route\n${[strange, ...rows].join('\n')}\n`);
  expect(all).toMatchObject([{ command: 'ip-route', gaps: [strange] }]);
  expect(all[0]?.facts).toHaveLength(2);
});

test('rows that are whole are joined with nothing that stands among them', async () => {
  const row = (n: number) => `64 bytes from 2001:db8:0:2a::77: icmp_seq=${n} ttl=57 time=27.${n} ms`;
  const ping = [
    'PING 2001:db8:0:2a::77(2001:db8:0:2a::77) 56 data bytes',
    row(1),
    row(2),
    'something odd here',
    row(3),
  ];
  expect((await read(ping.join('\n'))).all).toMatchObject([{ command: 'ping', gaps: ['something odd here'] }]);
});

test('a row that is strange for its name is none of the row above', async () => {
  const rows = [
    'Kernel Interface table',
    'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg',
    'cni0      1500        0      0      0 0            52      0      0      0 BMRU',
    'eth0      1500    81230      0      0 0         60117      0      0      0 BMRU',
    'lo       65536    20488      0      0 0         20488      0      0      0 LRU',
    'veth0a1b  1500        0      0      0 0            52      0      0      0 BMRU',
  ];
  expect((await read(rows.join('\n'))).all).toMatchObject([{ command: 'netstat-i', gaps: [rows[5]] }]);
});

/** Rows that say nothing sure, by command: none is made one with the header or with the next row, where it would be lost. */
const UNSURE_ROWS: Readonly<Record<string, readonly [rows: readonly string[], unsure: readonly number[]]>> = {
  'netstat-i': [
    [
      'Kernel Interface table',
      'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg',
      'enp0s20f  1500        0      0      0 0             0      0      0      0 BMU',
      'lo       65536       31      0      0 0            31      0      0      0 LRU',
    ],
    [2],
  ],
  'route-n': [
    [
      'Kernel IP routing table',
      'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface',
      'default         _gateway        0.0.0.0         UG    100    0        0 ens18',
      '10.20.30.0      0.0.0.0         255.255.255.0   U     0      0        0 ens18',
      '_gateway        0.0.0.0         255.255.255.255 UH    100    0        0 ens18',
    ],
    [2, 4],
  ],
  'calicoctl-get': [
    [
      'NAME                  CIDR            NAT     IPIPMODE   VXLANMODE     DISABLED   DISABLEBGPEXPORT   SELECTOR            ',
      'default-ipv4-ippool   10.50.0.0/16    true    Always     Never         false      false              all()               ',
      'second                10.xx.0.0/16    true    Always     Never         false      false              all()               ',
    ],
    [2],
  ],
};

test.each(Object.entries(UNSURE_ROWS))(
  'a row of %s that is not sure stays a gap of its own',
  async (command, known) => {
    const [rows, unsure] = known;
    expect((await read(rows.join('\n'))).all).toMatchObject([{ command, gaps: unsure.map((i) => rows[i]) }]);
  },
);

test("a row with more words than the header has columns is none of the header's", async () => {
  const rows = [
    'Kernel IP routing table',
    'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface',
    '0.0.0.0         10.20.30.1      0.0.0.0         UG    100    0        0 ens18',
    '10.20.30.0      0.0.0.0         255.255.255.0   U     100    0        0 ens18 ens19',
  ];
  expect((await read(rows.join('\n'))).all).toMatchObject([{ command: 'route-n', gaps: [rows[3]] }]);
});

test('the second half of a last line is a line of the capture', async () => {
  const text =
    'root@node-1:~# ip route\n10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink \\\n    proto static metric 50\n';
  const { captures } = await readFile(
    { path: 'paste', inner: 'paste', bytes: new TextEncoder().encode(text) },
    0,
    0,
    parsers,
    '.',
  );
  expect(captures).toMatchObject([{ command: 'ip-route', lineCount: 2, gaps: [] }]);
});

test('sentences below an output go into none of its lines', async () => {
  const text = `root@node-1:~# ip route\n10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink proto static metric 50\nThis is the line that I do not understand, as the other node has\nno such route and pings work all the same.\n`;
  const { all } = await read(text);
  expect(all).toMatchObject([{ command: 'ip-route', completeness: 'full', gaps: [] }]);
  expect(all[0]?.facts).toHaveLength(1);
});

test.each([
  ['10.42.1.0/24 via 10.42.1.0 dev flannel.1 ', '➥ onlink proto static'],
  ['10.42.1.0/24 via 10.42.1.0 dev flann', '➥ el.1 onlink proto static'],
])('the arrow of a book joins two lines: %s', async (line, rest) => {
  const { all } = await read(`root@node-1:~# ip route\n${line}\n${rest}\n10.42.2.0/24 dev cni0 scope link\n`);
  expect(all).toMatchObject([{ command: 'ip-route', gaps: [] }]);
  expect(all[0]?.facts).toMatchObject([{ nexthops: [{ dev: 'flannel.1' }] }, { nexthops: [{ dev: 'cni0' }] }]);
});
