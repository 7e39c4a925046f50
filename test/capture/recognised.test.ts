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

/** A machine that somebody looked from is no node. */
const BSD_ROUTES = [
  'Routing tables',
  '',
  'Internet:',
  'Destination        Gateway            Flags        Refs      Use   Netif Expire',
  'default            192.0.2.1          UGSc           38        0     en0',
];

test.each<[string, readonly string[], readonly string[]]>([
  ['the routes of macOS', BSD_ROUTES, ['other-output 1-5']],
  ['the routes of macOS by their command', ['$ netstat -rn', ...BSD_ROUTES], ['other-output 2-6']],
  [
    'sockets of FreeBSD',
    [
      'Active Internet connections (including servers)',
      'Proto Recv-Q Send-Q Local Address          Foreign Address        (state)',
      'tcp4       0      0 192.0.2.63.22          192.0.2.1.56321        ESTABLISHED',
    ],
    ['other-output 1-3'],
  ],
  [
    'devices of FreeBSD',
    [
      'Name    Mtu Network       Address              Ipkts Ierrs Idrop    Opkts Oerrs  Coll',
      'em0    1500 <Link#1>      52:54:00:1a:4e:3b   189449     0     0   211310     0     0',
    ],
    ['other-output 1-2'],
  ],
  [
    'sockets of Windows',
    [
      'Active Connections',
      '',
      '  Proto  Local Address          Foreign Address        State           PID',
      '  TCP    0.0.0.0:135            0.0.0.0:0              LISTENING       1712',
      ' [svchost.exe]',
    ],
    ['other-output 1-5'],
  ],
  [
    'routes of Windows',
    [
      '===========================================================================',
      'Interface List',
      ' 12...00 1c 42 da 01 6a ......Ethernet Adapter',
      '===========================================================================',
      '',
      'IPv4 Route Table',
    ],
    ['other-output 1-6'],
  ],
  [
    'neighbours of AIX',
    ['  ? (192.0.2.16) at 6e:87:70:0:40:3 [ethernet] stored in bucket 16', '', 'There are 1 entries in the arp table.'],
    ['other-output 1-3'],
  ],
  [
    'rows of /proc/net/route alone',
    [
      'ens3    00000000        0102A8C0        0003    0       0       100     00000000        0       0       0',
      'cni0    0000F40A        00000000        0001    0       0       0       00FFFFFF        0       0       0',
    ],
    ['proc-net-route 1-2'],
  ],
  [
    'open files, from a root that was not asked',
    [
      '$ lsof',
      'lsof: avoiding stat(/): -b was specified.',
      'COMMAND     PID  TID           USER   FD      TYPE             DEVICE  SIZE/OFF       NODE NAME',
      'systemd       1                root  cwd       DIR              253,1      4096        128 /',
    ],
    ['lsof 2-4'],
  ],
  [
    'processes by options of BSD',
    [
      '$ ps alxwww',
      'F   UID   PID  PPID PRI  NI    VSZ   RSS WCHAN  STAT TTY        TIME COMMAND',
      '4     0     1     0  20   0 128292  6928 ep_pol Ss   ?          0:02 /sbin/init',
    ],
    ['ps 2-3'],
  ],
  [
    'keys of WireGuard that somebody changed',
    ['wg0\tZkG2dvJSUq5ohkDFNWBqToaVSyk4Pp8/bULaf6yX+3N=\tPQsbRs4w2fidQ7uhjgCypl5fc/804bHZbfl83gGvakN=\t51820\toff'],
    ['wg-show-dump 1-1 with gaps'],
  ],
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
  ...['channel parameters', 'feature names']
    .map((of) => `Cannot get device ${of}: Operation not supported`)
    .map((line): [string, readonly string[], readonly string[]] => [
      line,
      [line],
      [line.includes('channel') ? 'ethtool-parameters 1-1' : 'ethtool-features 1-1'],
    ]),
  [
    'a driver that tells nothing of itself',
    ['Cannot get driver information: Operation not supported'],
    ['ethtool-driver 1-1'],
  ],
  [
    "all of BIRD's protocols, the title of their table cut off",
    [
      'R50_11   BGP      master   up     2026-11-20 09:14:05  Established   ',
      '  Description:    West',
      '  BGP state:          Established',
      '    Neighbor address: 192.168.50.11',
    ],
    ['birdcl 1-4'],
  ],
  [
    'a route of a device that only the lost command line named',
    ['192.168.50.0/24  proto kernel  scope link  src 192.168.50.11'],
    ['ip-route 1-1'],
  ],
  [
    'flows of an old hubble, and no log',
    [
      'Jun  2 11:14:46.041   shop/web:38314        kube-system/coredns-66bff4-ktk8c:53   to-endpoint   FORWARDED   UDP',
      'Jun  2 11:14:46.042   shop/web:57746        shop/api-5b7489-9bftc:80              L3-L4         FORWARDED   TCP Flags: SYN',
    ],
    ['hubble-observe 1-2'],
  ],
  [
    'a table of custom resources',
    [
      'NAME      PERNODEHOSTBITS   IPV4            IPV6                 AGE',
      'default   8   10.244.0.0/16   fd00:42::/112   24h',
    ],
    ['kubectl-get 1-2'],
  ],
  [
    'the register dump of a driver that has none',
    ['$ ethtool -d lo', 'Cannot get register dump: Operation not supported'],
    ['other-output 2-2'],
  ],
  [
    'a prompt behind a blank ends the output, and is no code of a document',
    [
      '[root@lab ~]# kubectl get node',
      'NAME     STATUS   ROLES    AGE    VERSION',
      'node-1   Ready    <none>   282d   v1.30.0',
      ' [root@lab ~]#',
    ],
    ['kubectl-get 2-3'],
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
  [
    'what gobgp tells of one neighbour',
    ['BGP neighbor is 192.168.50.12, remote AS 64512', '  BGP version 4, remote router ID 192.168.50.12'],
    ['dataplane-output 1-2'],
  ],
  [
    'a prompt whose sign got lost, and a command copied from behind its prompt',
    [
      'oc get vmi -A',
      'NAMESPACE   NAME    AGE   PHASE     IP            NODENAME   READY',
      'lab         vm-1    16m   Running   10.128.2.33   node-b     True',
      '[core@vm-1 ~]ip route',
      'default via 169.254.1.1 dev enp1s0 proto dhcp metric 100',
      '[core@vm-1 ~]arp -a',
      '_gateway (169.254.1.1) at 0a:58:a9:fe:01:01 [ether] on enp1s0',
    ],
    ['kubectl-get 2-3', 'ip-route 5-5', 'arp 7-7'],
  ],
  [
    'what stands below a table that nobody reads',
    [
      '$ kubectl get vmi',
      'NAME    AGE   PHASE     IP            NODENAME   READY',
      'vm-1    16m   Running   10.128.2.33   node-b     True',
      'default via 169.254.1.1 dev enp1s0 proto dhcp metric 100',
    ],
    ['kubectl-get 2-3', 'ip-route 4-4'],
  ],
  [
    'the mark of a cut above a listing is part of it',
    ['...', '7100:\tfrom all fwmark 0x40/0xff lookup 300 proto static', '32766:\tfrom all lookup main'],
    ['ip-rule 1-3'],
  ],
])('%s', async (_, lines, expected) => expect(await read(lines)).toEqual(expected));
