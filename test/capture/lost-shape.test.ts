import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/*
 * Pastes that lost something on their way: the command line, the indentation, one of two fences, the number of a device. What is left still
 * shows what it is.
 */
const lines = (...all: readonly string[]): string => `${all.join('\n')}\n`;

/** `line command completeness facts/gaps` of each capture, then `line+lines` of what is not read. */
async function readings(paste: string): Promise<string[]> {
  const bytes = new TextEncoder().encode(paste);
  const { captures, unrecognised } = await readFile({ path: 'p.md', inner: 'p.md', bytes }, 0, 0, parsers, 'b');
  return [
    ...captures.map((c) => `${c.firstLine} ${c.command} ${c.completeness} ${c.facts.length}/${c.gaps.length}`),
    ...unrecognised.map((u) => `${u.line}+${u.lines} unread`),
  ];
}

const SET = [
  'Name: KUBE-CLUSTER-IP',
  'Type: hash:ip,port',
  'Revision: 5',
  'Header: family inet hashsize 1024 maxelem 65536',
  'Size in memory: 408',
  'References: 3',
  'Number of entries: 2',
  'Members:',
  '10.96.0.1,tcp:443',
  '10.96.0.10,udp:53',
];

describe('without the command line', () => {
  test('entries whose device only the command named are recognised, and say what they lack', async () => {
    expect(
      await readings('10.244.1.3 lladdr 5a:01:02:03:04:05 STALE\n10.244.1.4 lladdr 5a:01:02:03:04:06 DELAY\n'),
    ).toEqual(['1 ip-neigh truncated 0/2']);
    expect(await readings('16:88:4f:00:36:49 dst 192.168.50.12 self permanent\n')).toEqual([
      '1 bridge-fdb truncated 0/1',
    ]);
  });

  test('heads of chains, as grep leaves them, and policies with counters', async () => {
    expect(await readings('Chain KUBE-SERVICES (2 references)\nChain KUBE-NODEPORTS (1 references)\n')).toEqual([
      expect.stringMatching(/^1 iptables-list \w+ \d+\/0$/),
    ]);
    expect(await readings('-P INPUT ACCEPT -c 0 0\n-P FORWARD DROP -c 12 720\n')).toEqual([
      expect.stringMatching(/^1 iptables-save \w+ \d+\/0$/),
    ]);
  });

  test('numbers that are priorities or hops are no line numbers', async () => {
    expect(
      await readings(
        lines(
          '```',
          '6081:\tfrom 10.9.0.1 lookup 6081',
          '6082:\tfrom 10.9.0.2 lookup 6082',
          '6083:\tfrom 10.9.0.3 lookup 6083',
          '```',
        ),
      ),
    ).toEqual(['2 ip-rule full 3/0']);
  });

  test('frames are not packets: a dump of ebtables without its header', async () =>
    expect(
      await readings(
        lines('*nat', ':PREROUTING ACCEPT', ':OUTPUT ACCEPT', ':POSTROUTING ACCEPT', '-A PREROUTING -i eth0 -j DROP'),
      ),
    ).toEqual([expect.stringMatching(/^1 ebtables \w+ 1\/0$/)]));
});

describe('without the shape', () => {
  test('a blank line behind each line', async () =>
    expect(await readings(lines(...SET.flatMap((line) => [line, ''])))).toEqual(['1 ipset-list full 1/0']));

  test('a session between single marks of inline code', async () => {
    expect(await readings(lines('`[root@node-1 ~]$ ipset list', ...SET.slice(0, -1), `${SET.at(-1)}\``))).toEqual([
      '2 ipset-list full 1/0',
    ]);
    // The other mark was not copied.
    expect(await readings(lines('`[root@node-1 ~]$ ipset list', ...SET))).toEqual(['2 ipset-list full 1/0']);
  });

  test('one line in three pieces, of a terminal of any width', async () => {
    const whole = `             └─3960 /usr/bin/kubelet ${'--feature-gates=SomeGateOfTheKubelet=true '.repeat(6)}--node-ip=192.0.2.21`;
    const pieces = whole.match(/.{1,110}/g) ?? [];
    expect(pieces).toHaveLength(3);
    expect(
      await readings(
        lines(
          '● kubelet.service - kubelet: The Kubernetes Node Agent',
          '     Loaded: loaded (/lib/systemd/system/kubelet.service; enabled; vendor preset: enabled)',
          '     Active: active (running) since Tue 2026-03-03 10:11:12 UTC; 16ms ago',
          '   Main PID: 3960 (kubelet)',
          '     CGroup: /system.slice/kubelet.service',
          ...pieces,
        ),
      ),
    ).toEqual([expect.stringMatching(/^1 systemctl-status \w+ 2\/0$/)]);
  });

  test('a fence whose other half is lost, and a caption above an output, are no part of it', async () => {
    expect(await readings(lines(...SET.slice(0, 9), '```', '', '```', ...SET.slice(9)))).toEqual([
      '1 ipset-list full 1/0',
    ]);
    expect(
      await readings(lines('```', 'ipset list', '', '# Output:', ...SET.map((line) => `# ${line}`), '```')),
    ).toEqual([expect.stringMatching(/^\d ipset-list full 1\/0$/)]);
  });

  test('a cut by hand ends an output for what is written behind it', async () =>
    expect(
      await readings(
        lines(
          'root@node-1:~# ip route',
          'default via 192.168.50.1 dev eth0',
          '10.244.0.0/24 dev cni0 proto kernel scope link src 10.244.0.1',
          '...',
          'Then on the other node:',
          '```',
          'root@node-2:~# ip route',
          'default via 192.168.50.1 dev eth0',
          '```',
        ),
      ),
    ).toEqual(['2 ip-route truncated 2/0', '8 ip-route full 1/0']));

  test('devices without a number, and their details without indentation', async () =>
    expect(
      await readings(
        lines(
          'flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN mode DEFAULT group default',
          'link/ether 16:88:4f:00:36:49 brd ff:ff:ff:ff:ff:ff promiscuity 0 minmtu 68 maxmtu 65535',
          'vxlan id 1 local 192.168.50.11 dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300',
        ),
      ),
    ).toEqual(['1 ip-link full 1/0']));

  test('packets of two lines', async () =>
    expect(
      await readings(
        lines(
          '12:00:01.000001 IP (tos 0x0, ttl 64, id 12574, offset 0, flags [DF], proto UDP (17), length 88)',
          '192.168.50.11.8285 > 192.168.50.12.8285: [udp sum ok] UDP, length 60',
          '12:00:02.000001 IP (tos 0x0, ttl 64, id 12575, offset 0, flags [DF], proto UDP (17), length 88)',
          '192.168.50.11.8285 > 192.168.50.12.8285: [udp sum ok] UDP, length 60',
        ),
      ),
    ).toEqual([expect.stringMatching(/^1 tcpdump \w+ 2\/0$/)]));

  test('the answer of ip route get', async () =>
    expect(await readings('10.244.1.3 via 10.244.1.0 dev flannel.1 src 10.244.0.0 uid 0\n\ncache\n')).toEqual([
      '1 ip-route full 1/0',
    ]));
});
