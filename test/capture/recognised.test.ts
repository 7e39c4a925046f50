import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/** `command from-to` of each capture, with a word where lines of it were not understood, and `? from-to` of what nothing recognised. */
async function read(lines: readonly string[]): Promise<readonly string[]> {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const { captures, unrecognised } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  return [
    ...captures.map(
      (c) => `${c.command} ${c.firstLine}-${c.firstLine + c.lineCount - 1}${c.gaps.length > 0 ? ' with gaps' : ''}`,
    ),
    ...unrecognised.map((u) => `? ${u.line}-${u.line + u.lines - 1}`),
  ];
}

test.each<[string, readonly string[], readonly string[]]>([
  [
    'a loop over machines that says their addresses',
    [
      '>>> 10.0.0.11',
      '    inet 10.42.1.0/32 scope global flannel.1',
      '>>> 10.0.0.12',
      '    inet 10.42.2.0/32 scope global flannel.1',
    ],
    ['ip-addr 2-2', 'ip-addr 4-4'],
  ],
  [
    'an output further in than its command',
    [
      '$ nslookup www.example',
      '    Server:         10.43.0.10',
      '    Address:        10.43.0.10#53',
      '',
      '    Non-authoritative answer:',
      '    www.example   canonical name = edge.example',
      '    Name:   edge.example',
      '    Address: 192.0.2.10',
    ],
    ['nslookup 2-8'],
  ],
  [
    'a description further in than its command',
    [
      '$ kubectl describe svc web',
      '    Name:       web',
      '    Namespace:  shop',
      '    Labels:     <none>',
      '    IP:         10.43.0.9',
    ],
    ['kubectl-describe 2-5'],
  ],
  [
    'a description further in, alone',
    ['    Name:       web', '    Namespace:  shop', '    Labels:     <none>', '    IP:         10.43.0.9'],
    ['kubectl-describe 1-4'],
  ],
  [
    'a command with a placeholder',
    ['$ kubectl describe pod <pod-name>', 'Name:         web-1', 'Namespace:    shop', 'Status:       Running'],
    ['kubectl-describe 2-4'],
  ],
  [
    'the short name of kubectl that some give it',
    ['$ kc get nodes', 'NAME       STATUS   AGE', 'worker-2   Ready    3d'],
    ['kubectl-get 2-3'],
  ],
  [
    'few fields of a description',
    ['Name:         web-1', 'Namespace:    shop', 'Priority:     0', 'Status:       Running'],
    ['kubectl-describe 1-4'],
  ],
  [
    'the middle of a description',
    [
      'Unschedulable:      false',
      'Lease:',
      '  HolderIdentity:  worker-2',
      'Conditions:',
      '  Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason         Message',
      '  ----             ------  -----------------                 ------------------                ------         -------',
      '  Ready            True    Wed, 14 Feb 2024 10:23:10 +0000   Mon, 12 Feb 2024 08:01:02 +0000   KubeletReady   posting',
    ],
    ['kubectl-describe 1-7'],
  ],
  [
    'answers of nslookup alone',
    ['Name:      web.shop.svc', 'Address:   10.42.1.9', 'Name:      web.shop.svc', 'Address:   10.42.2.17'],
    ['nslookup 1-4'],
  ],
  [
    'ethtool refused its arguments',
    ['ethtool: bad command line argument(s)', 'For more information run ethtool -h'],
    ['ethtool 1-2'],
  ],
  ['a driver without counters', ['no stats available'], ['ethtool-statistics 1-1']],
  [
    'a driver without names',
    ['Cannot get stats strings information: Operation not supported'],
    ['ethtool-statistics 1-1'],
  ],
  [
    'sysctl --system that set nothing',
    [
      '* Applying /etc/sysctl.d/lab.conf ...',
      'sysctl: setting key "net.bridge.bridge-nf-call-iptables": No such file or directory',
    ],
    ['sysctl 1-2'],
  ],
  [
    'few counters under their titles',
    [
      'Ip:',
      '    51 total packets received',
      '    0 forwarded',
      'Icmp:',
      '    ICMP input histogram:',
      '        destination unreachable: 7',
    ],
    ['netstat-s 1-6'],
  ],
  [
    'nodes that answer cilium, by a command without a prompt',
    [
      'kubectl -n kube-system exec cilium-lab --  cilium status |grep "Cluster health" -A 2',
      'Cluster health:   1/2 reachable   (2026-03-03T10:30:27Z)',
      '  Name            IP              Reachable   Endpoints reachable',
      '  node-2          192.168.50.12   false       true',
    ],
    ['cilium-status 2-4'],
  ],
  [
    'what ifupdown was told',
    [
      'auto lo',
      'iface lo inet loopback',
      '',
      'allow-hotplug eth0',
      'iface eth0 inet static',
      '\taddress 192.168.50.11',
      '\tnetmask 255.255.255.0',
    ],
    ['other-output 1-7'],
  ],
  [
    'interfaces of ifupdown above another output',
    ['auto eth0', 'iface eth0 inet dhcp', '', '$ ip route', 'default via 192.168.50.1 dev eth0'],
    ['other-output 1-2', 'ip-route 5-5'],
  ],
  [
    'tables of cloud-init',
    [
      'ci-info: +++++++Net device info+++++++',
      'ci-info: +--------+------+',
      'ci-info: | Device |  Up  |',
      'ci-info: | eth0   | True |',
    ],
    ['other-output 1-4'],
  ],
  [
    'a machine that ansible did not reach, before one that it did',
    [
      'node-3 | UNREACHABLE! => {',
      '    "changed": false,',
      '    "msg": "Failed to connect to the host via ssh: Connection timed out",',
      '    "unreachable": true',
      '}',
      'node-1 | CHANGED | rc=0 >>',
      'default via 192.168.50.1 dev eth0 proto static',
      '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11',
    ],
    ['other-output 2-5', 'ip-route 7-8'],
  ],
  [
    'what ansible writes behind the last word of a command that failed',
    [
      '[root@lab ~]# ansible all -m shell -a "systemctl is-active flanneld"',
      'node-1 | FAILED | rc=3 >>',
      'inactivenon-zero return code',
      '',
      'node-2 | SUCCESS | rc=0 >>',
      'active',
    ],
    ['systemctl 3-3', 'systemctl 6-6'],
  ],
  [
    'entries of a journal in JSON, which ansible did not write',
    [
      '{',
      '\t"MESSAGE" : "cni0: port 1(veth1) entered forwarding state",',
      '\t"SYSLOG_IDENTIFIER" : "kernel",',
      '\t"__REALTIME_TIMESTAMP" : "1772529249011000"',
      '}',
      '{',
      '\t"MESSAGE" : "cni0: port 2(veth2) entered forwarding state",',
      '\t"SYSLOG_IDENTIFIER" : "kernel",',
      '\t"__REALTIME_TIMESTAMP" : "1772529249012000"',
      '}',
    ],
    ['journal 1-10'],
  ],
  [
    'commands by a path, and of programs that few know',
    [
      '$ ./weave --local status ipam',
      '6a:5c:7c:af:e3:2e(node-1)   297040 IPs (14.2% of total) (4 active)',
      '$ gobgp neighbor',
      'Peer   AS  Up/Down State   |#Received  Accepted',
      '192.168.50.12 64512 00:12:41 Establ |  3  3',
    ],
    ['weave-status 2-2', 'dataplane-output 4-5'],
  ],
])('%s', async (_, lines, expected) => expect(await read(lines)).toEqual(expected));
