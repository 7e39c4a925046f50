import { readFile } from '../../src/capture/file.js';
import { isProse } from '../../src/capture/sentences.js';
import { parsers } from '../../src/parsers/index.js';

/** `line command@host completeness facts` of each capture, then `line+lines` of what is not read. */
async function readings(paste: string): Promise<string[]> {
  const bytes = new TextEncoder().encode(paste);
  const { captures, unrecognised } = await readFile({ path: 'p.md', inner: 'p.md', bytes }, 0, 0, parsers, 'b');
  return [
    ...captures.map(
      (c) =>
        `${c.firstLine} ${c.command}@${c.hint.host ?? ''} ${c.failure?.reason ?? c.completeness} ${c.facts.length}`,
    ),
    ...unrecognised.map((u) => `${u.line}+${u.lines} unread`),
  ];
}

const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

const ROUTES = ['default via 192.168.50.1 dev eth0', '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink'];
const ADDRESSES = [
  '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000',
  '    link/ether 52:54:00:6a:10:0b brd ff:ff:ff:ff:ff:ff',
  '    inet 192.168.50.11/24 brd 192.168.50.255 scope global eth0',
  '       valid_lft forever preferred_lft forever',
];
const WEAVE = [
  '        Version: 2.8.1 (up to date; next check at 2026/03/12 16:55:00)',
  '',
  '        Service: router',
  '       Protocol: weave 1..2',
  '           Name: 3e:0b:52:5a:e8:e2(worker-2)',
  '     Encryption: disabled',
  '  PeerDiscovery: enabled',
  '        Targets: 2',
  '    Connections: 2 (2 established)',
  '          Peers: 3 (with 6 established connections)',
  ' TrustedSubnets: none',
];

describe('outputs among prose', () => {
  test('a title and a sentence in front of an output without a command line are no part of it', async () =>
    expect(await readings(lines('# Pods are not reached', '', 'This is the master:', ...ADDRESSES))).toEqual([
      '4 ip-addr@ full 2',
    ]));

  test('what is written behind an output ends it', async () =>
    expect(
      await readings(
        lines(
          'root@node-1:~# ip route',
          ...ROUTES,
          '',
          'So the routes are there, but the pods do not answer.',
          '',
          'zoe commented on Mar 3',
          '@max did you look at the firewall?',
        ),
      ),
    ).toEqual(['2 ip-route@node-1 full 2']));

  test('a remark within a log is a gap of it, for the log goes on', async () => {
    const log = (n: number): string =>
      `Mar 12 09:1${n}:00 node-1 kubelet[900]: E0312 09:1${n}:00.000000     900 pod_workers.go:191] failed`;
    const [capture] = await readings(lines(log(1), log(2), 'here the node is restarted', log(3)));
    expect(capture).toBe('1 journal@ truncated 2');
  });

  test('commands in bold without a fence', async () =>
    expect(
      await readings(
        lines(
          'kubectl logs calico-node-x7x2k',
          'Error from server (NotFound): pods "calico-node-x7x2k" not found',
          '',
          'So I looked at the routes of the node.',
          '',
          '**ip r**',
          ...ROUTES,
          '',
          '**sudo calicoctl node status**',
          'Calico process is not running.',
        ),
      ),
    ).toEqual(['2 journal@ command-failed 0', '7 ip-route@ full 2', '11 calicoctl-node-status@ full 1']));

  test('an output that was left out of the fences', async () =>
    expect(
      await readings(lines('It says:', '```', ...ROUTES, '```', 'and the status is', '', ...WEAVE, '', 'Any idea?')),
    ).toEqual(['3 ip-route@ full 2', '8 weave-status@ full 2']));

  test('sentences between fences are none', async () =>
    expect(
      await readings(
        lines(
          '```',
          ...ROUTES,
          '```',
          'The default route is fine and 10.244.1.0/24 is there.',
          '- eth0: 192.168.50.11',
          '- flannel.1 has 10.244.0.0',
          '',
          '```',
          ...ROUTES,
          '```',
        ),
      ),
    ).toEqual(['2 ip-route@ full 2', '10 ip-route@ full 2']));

  test('a terminal in a quotation', async () =>
    expect(
      await readings(
        lines(
          'You asked for it:',
          '',
          '>[root@node-1 ~]# ip route',
          ...ROUTES.map((l) => `>${l}`),
          '',
          'and that is all that I have.',
        ),
      ),
    ).toEqual(['4 ip-route@node-1 full 2']));

  test('an output alone in a quotation', async () =>
    expect(
      await readings(lines('Their routes:', '', ...ROUTES.map((l) => `> ${l}`), '', 'and that is all that I have.')),
    ).toEqual(['3 ip-route@ full 2']));

  test('an output between the sentences of a quotation', async () =>
    expect(
      await readings(
        lines(
          'Hi,',
          '',
          '> Here are the routes, please look:',
          '> ',
          ...ROUTES.map((l) => `> ${l}`),
          '> ',
          '> Any idea?',
        ),
      ),
    ).toEqual(['5 ip-route@ full 2']));

  test("a blog's column of numbers", async () =>
    expect(
      await readings(
        lines(
          '看了下内核参数也正常:',
          '',
          '1',
          '2',
          '$ sysctl net.ipv4.ip_forward',
          'net.ipv4.ip_forward = 1',
          '',
          '再看路由:',
          '',
          '1',
          '2',
          '3',
          '$ ip route',
          ...ROUTES,
        ),
      ),
    ).toEqual(['6 sysctl@ full 1', '14 ip-route@ full 2']));

  test('numbers that a command printed stay', async () =>
    expect(await readings(lines('root@node-1:~# cat /proc/sys/net/ipv4/conf/eth0/rp_filter', '1', '2'))).toEqual([
      expect.stringMatching(/^2 sysctl@node-1 /),
    ]));

  test('an alias of kubectl above a document', async () =>
    expect(
      await readings(
        lines(
          '```',
          'kb get svc/web -o yaml',
          'apiVersion: v1',
          'kind: Service',
          'metadata:',
          '  name: web',
          '  namespace: shop',
          'spec:',
          '  clusterIP: 10.96.0.20',
          '  ports:',
          '  - port: 80',
          '    protocol: TCP',
          '    targetPort: 8080',
          '  type: ClusterIP',
          '```',
        ),
      ),
    ).toEqual(['3 kubectl-object@ filtered 1', '2+1 unread']));

  test('a number of lines is not the lines', async () =>
    expect(
      await readings(
        lines(
          '[root@node-1 ~]# ip route | wc -l',
          '12',
          '[root@node-1 ~]# iptables-save | grep -c KUBE',
          '211',
          '[root@node-1 ~]# ip route',
          ...ROUTES,
        ),
      ),
    ).toEqual(['6 ip-route@node-1 full 2']));

  test('names of machines that stand alone', async () =>
    expect(await readings(lines('ON master01', '', '```', ...ROUTES, 'ON worker02', ...ROUTES, '```'))).toEqual([
      '4 ip-route@master01 full 2',
      '7 ip-route@worker02 full 2',
    ]));

  test('rules of iptables alone', async () =>
    expect(
      await readings(
        lines(
          '```',
          '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG',
          '-A KUBE-SEP-AAAAAAAAAAAAAAAA -m comment --comment shop/web: -s 10.244.1.7/32 -j KUBE-MARK-MASQ',
          '```',
        ),
      ),
    ).toEqual(['2 iptables-save@ filtered 1']));
});

describe('between fences, at the margin', () => {
  const fence = ['```', '[root@a ~]# ip route', ...ROUTES, '```'];

  test('a command behind a prompt without a host has its output below', async () =>
    expect(await readings(lines(...fence, 'The other one is older.', '# ip route', '', ...ROUTES))).toEqual([
      '3 ip-route@a full 2',
      `${fence.length + 4} ip-route@ full 2`,
    ]));

  test('a session with a host, where nothing in the text is indented', async () =>
    expect(await readings(lines(...fence, 'The other one is older.', '[root@b ~]# ip route', ...ROUTES))).toEqual([
      '3 ip-route@a full 2',
      `${fence.length + 3} ip-route@b full 2`,
    ]));

  test('a heading that names a command speaks of the fence below it', async () =>
    expect(await readings(lines(...fence, '# ip route', '', '```', ...ROUTES, '```'))).toEqual([
      '3 ip-route@a full 2',
      `${fence.length + 4} ip-route@ full 2`,
    ]));
});

test.each([
  ['So I restarted flannel on the second node.', true],
  ['## What did you expect to happen?', true],
  ['@max can you show the routes?', true],
  ['zoe commented on Mar 3', true],
  ['- the routes of the other nodes are the same', true],
  ['Any idea?', true],
  ['Thanks', true],
  ['个别节点上 flannel.1 无法 ping', true],
  ['default via 192.168.50.1 dev eth0 proto dhcp src 192.168.50.11 metric 100', false],
  ['64 bytes from 10.244.1.5: icmp_seq=1 ttl=63 time=0.4 ms', false],
  ['-A FORWARD -i cni0 -j ACCEPT', false],
  ['# Generated by iptables-save v1.8.7 on Fri Feb  2 17:10:03 2026', false],
  ['Chain KUBE-FIREWALL (2 references)', false],
  ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP', false],
  ['    inet6 fe80::1/64 scope link', false],
  ['GigabitEthernet1/0/1 is up, line protocol is up (connected)', false],
  ['Interface eth0 is up, line protocol is down', false],
  ['  Hardware is Ethernet, address is 0050.5682.4c11', false],
  ['Port      Name   Status       Vlan       Duplex  Speed Type', false],
  ['The interface is up, and the address is there', true],
])('prose: %s', (line, expected) => expect(isProse(line)).toBe(expected));
