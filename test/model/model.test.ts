import { load } from '../../src/index.js';
import { at, fileOf, lineOf } from '../../src/kit/index.js';
import type { ClusterModel, Node } from '../../src/model/types.js';
import { withFiles } from '../folder.js';

const modelOf = (files: Readonly<Record<string, string>>): Promise<ClusterModel> =>
  withFiles(files, async (folder) => (await load([folder])).model);
const pasted = (...lines: string[]): Promise<ClusterModel> => modelOf({ 'paste.txt': `${lines.join('\n')}\n` });

const node = (model: ClusterModel, name: string): Node => {
  const found = model.node(name);
  if (!found) throw new Error(`no node ${name} among ${model.nodes.map((n) => n.name).join(', ')}`);
  return found;
};

const routes = (model: ClusterModel, name = 'a'): string[] =>
  node(model, name)
    .host.facts('route')
    .map((r) => `${r.prefix} ${r.nexthops[0]?.dev ?? ''}`);

const ON_A = 'root@a:~# ';

describe('latest wins', () => {
  test('a later full listing replaces an earlier one', async () => {
    const m = await pasted(
      `${ON_A}ip route`,
      'default via 10.0.0.1 dev eth0 ',
      '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink ',
      `${ON_A}ip route`,
      'default via 10.0.0.1 dev eth0 ',
    );
    expect(routes(m)).toEqual(['0.0.0.0/0 eth0']);
    expect(node(m, 'a').host.listings('route')).toHaveLength(2);
  });

  test('a later excerpt replaces what it shows and nothing else', async () => {
    const m = await pasted(
      `${ON_A}ip neigh`,
      '10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE',
      '10.0.0.2 dev eth0 lladdr 16:88:4f:00:36:50 STALE',
      `${ON_A}ip neigh | grep 0.1`,
      '10.0.0.1 dev eth0  FAILED',
    );
    expect(
      node(m, 'a')
        .host.facts('neigh')
        .map((n) => [n.address, n.lladdr]),
    ).toEqual([
      ['10.0.0.2', '16:88:4f:00:36:50'],
      ['10.0.0.1', undefined],
    ]);
  });

  test('a row of /proc/net/route is one hop of the multipath route that `ip route` tells', async () => {
    const m = await pasted(
      `${ON_A}ip route`,
      'default via 10.0.0.1 dev eth0 ',
      '10.244.2.0/24 ',
      '\tnexthop via 10.0.0.12 dev eth0 weight 1 ',
      '\tnexthop via 10.9.0.12 dev eth1 weight 1 ',
      `${ON_A}cat /proc/net/route`,
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0',
      'eth0\t0002F40A\t0C00000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      // Another metric, and another gateway: routes of their own.
      'eth0\t0002F40A\t0C00000A\t0003\t0\t0\t7\t00FFFFFF\t0\t0\t0',
      'eth2\t0002F40A\t0C00080A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    );
    expect(
      node(m, 'a')
        .host.facts('route')
        .filter((r) => r.prefix === '10.244.2.0/24')
        .map((r) => `${r.nexthops.map((n) => `${n.via} ${n.dev}`).join()} ${r.metric ?? 0}`),
    ).toEqual(['10.0.0.12 eth0,10.9.0.12 eth1 0', '10.0.0.12 eth0 7', '10.8.0.12 eth2 0']);
  });

  test('of two routes of one prefix the first counts, however often both are told', async () => {
    const m = await pasted(
      `${ON_A}cat /proc/net/route`,
      'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT',
      'eth0\t0002F40A\t4D00000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      'eth0\t0002F40A\t0C00000A\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0',
      `${ON_A}ip route`,
      '10.244.2.0/24 via 10.0.0.77 dev eth0 onlink ',
      '10.244.2.0/24 via 10.0.0.12 dev eth0 ',
    );
    expect(
      node(m, 'a')
        .host.facts('route')
        .map((r) => r.nexthops[0]?.via),
    ).toEqual(['10.0.0.77', '10.0.0.12']);
  });

  test('a selection speaks of what it selects', async () => {
    const m = await pasted(
      `${ON_A}ip neigh`,
      '10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE',
      '10.0.0.2 dev eth1 lladdr 16:88:4f:00:36:50 STALE',
      `${ON_A}ip neigh show dev eth0`,
      '10.0.0.9 lladdr 16:88:4f:00:36:51 STALE',
    );
    expect(
      node(m, 'a')
        .host.facts('neigh')
        .map((n) => `${n.dev} ${n.address}`),
    ).toEqual(['eth1 10.0.0.2', 'eth0 10.0.0.9']);
  });

  test('another table, another family', async () => {
    const m = await pasted(
      `${ON_A}ip route`,
      'default via 10.0.0.1 dev eth0 ',
      `${ON_A}ip route show table 100`,
      'default via 10.0.0.9 dev eth1 ',
      `${ON_A}ip -6 route`,
      'default via fe80::1 dev eth0 metric 1024 pref medium',
    );
    expect(
      node(m, 'a')
        .host.facts('route')
        .map((r) => `${r.family} ${r.table} ${r.nexthops[0]?.via}`),
    ).toEqual(['4 main 10.0.0.1', '4 100 10.0.0.9', '6 main fe80::1']);
  });

  test('a failed capture takes nothing away', async () => {
    const m = await pasted(
      `${ON_A}ip route`,
      'default via 10.0.0.1 dev eth0 ',
      `${ON_A}ip route`,
      '-bash: ip: command not found',
    );
    expect(routes(m)).toEqual(['0.0.0.0/0 eth0']);
  });

  test('by the time that captures say, whatever the names of the files', async () => {
    const dump = (time: string, policy: string) =>
      `# Generated by iptables-save v1.8.7 on ${time}\n*filter\n:FORWARD ${policy} [0:0]\nCOMMIT\n# Completed on ${time}\n`;
    const m = await modelOf({
      'n/a.txt': dump('Thu Jan 23 18:00:00 2020', 'ACCEPT'),
      'n/b.txt': dump('Thu Jan 23 17:00:00 2020', 'DROP'),
    });
    expect(
      node(m, 'n')
        .host.facts('iptables-table')
        .map((t) => t.chains.policy[0]),
    ).toEqual(['ACCEPT']);
  });

  test('a lease that a node registered anew', async () => {
    const yaml = (ip: string) =>
      `apiVersion: v1\nkind: Node\nmetadata:\n  name: a\n  annotations:\n    flannel.alpha.coreos.com/public-ip: ${ip}\n    flannel.alpha.coreos.com/backend-type: vxlan\nspec:\n  podCIDR: 10.244.1.0/24\n`;
    const m = await modelOf({ 'k/1-node.yaml': yaml('10.0.2.15'), 'k/2-node.yaml': yaml('192.168.56.11') });
    expect(m.facts('flannel-lease').map((l) => l.publicIp)).toEqual(['192.168.56.11']);
  });
});

describe('absence', () => {
  const neigh = '10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE';
  test.each<[string, string[], Record<string, string>, string]>([
    ['a full listing proves it', [`${ON_A}ip neigh`, neigh], {}, 'known'],
    ['an excerpt does not', [`${ON_A}ip neigh | grep eth0`, neigh], {}, 'filtered'],
    ['a cut paste does not', [`${ON_A}ip neigh`, neigh, '...'], {}, 'truncated'],
    [
      'a line that nobody understands may be the entry',
      [`${ON_A}ip neigh`, neigh, '10.0.0.7 dev eth0 lladdr xx:xx'],
      {},
      'truncated',
    ],
    ['a selection proves it for what it selects', [`${ON_A}ip neigh show dev eth0`, neigh], { dev: 'eth0' }, 'known'],
    ['and for nothing else', [`${ON_A}ip neigh show dev eth0`, neigh], { dev: 'eth1' }, 'filtered'],
    ['a failure says why', [`${ON_A}ip neigh`, '-bash: ip: command not found'], {}, 'command-failed'],
    ['nothing was captured', [`${ON_A}ip route`, 'default via 10.0.0.1 dev eth0 '], {}, 'not-captured'],
  ])('%s', async (_, lines, scope, expected) => {
    const absence = node(await pasted(...lines), 'a').host.absence('neigh', scope);
    expect(absence.known ? 'known' : absence.reason).toBe(expected);
  });

  test('a listing of the main table proves nothing of another', async () => {
    const { host } = node(await pasted(`${ON_A}ip route`, 'default via 10.0.0.1 dev eth0 '), 'a');
    expect([
      host.absence('route').known,
      host.absence('route', { table: 'local' }).known,
      host.absence('route', { family: '6' }).known,
    ]).toEqual([true, false, false]);
  });

  test('a listing of pods proves nothing of nodes, one namespace nothing of another', async () => {
    const m = await pasted(
      `${ON_A}kubectl get pods -n shop -o wide`,
      'NAME   READY   STATUS    RESTARTS   AGE   IP           NODE',
      'web    1/1     Running   0          1h    10.244.1.5   a',
    );
    expect([m.absence('node').known, m.absence('pod').known, m.absence('pod', { namespace: 'shop' }).known]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

const NODES = (...rows: string[]) =>
  [
    'NAME   STATUS   ROLES   AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME',
    ...rows.map((r) => `${r}   <none>   Ubuntu 20.04   5.4.0   docker://19.3`),
  ].join('\n');
const row = (name: string, ip: string) => `${name}   Ready   <none>   1h   v1.18.0   ${ip}`;
const addr = (ip: string, dev = 'eth0') =>
  `2: ${dev}: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default \n    link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff\n    inet ${ip}/24 brd 192.168.50.255 scope global ${dev}\n       valid_lft forever preferred_lft forever\n`;
const joins = (m: ClusterModel) => m.nodes.map((n) => `${n.name}=${n.kubernetesName ?? '?'} ${n.confidence}`);

describe('identity', () => {
  test.each<[string, Record<string, string>, string[]]>([
    ['by name', { 'a/x': addr('10.0.0.1'), 'k/nodes': NODES(row('a', '10.0.0.9')) }, ['a=a certain']],
    [
      'by the short form of a full name',
      { 'a/x': addr('10.0.0.1'), 'k/nodes': NODES(row('a.example.com', '10.0.0.9')) },
      ['a=a.example.com certain'],
    ],
    [
      'by the host name that the node prints',
      { 'x/x': addr('10.0.0.1'), 'x/hostname': 'a\n', 'k/nodes': NODES(row('a', '10.0.0.9')) },
      ['x=a certain'],
    ],
    [
      'by InternalIP',
      { 'x/x': addr('10.0.0.9'), 'k/nodes': NODES(row('a', '10.0.0.9'), row('b', '10.0.0.8')) },
      ['x=a certain'],
    ],
    [
      'not by an InternalIP that two have',
      { 'x/x': addr('10.0.0.9'), 'k/nodes': NODES(row('a', '10.0.0.9'), row('b', '10.0.0.9')) },
      ['x=? certain'],
    ],
    [
      'not by the address that VirtualBox gives everyone',
      { 'x/x': addr('10.0.2.15'), 'k/nodes': NODES(row('a', '10.0.2.15')) },
      ['x=? certain'],
    ],
    [
      'not by a short name that two have',
      { 'a/x': addr('10.0.0.1'), 'k/nodes': NODES(row('a.x.net', '10.0.0.9'), row('a.y.net', '10.0.0.8')) },
      ['a=? certain'],
    ],
    [
      'not by localhost',
      { 'x/x': addr('10.0.0.1'), 'x/hostname': 'localhost\n', 'k/nodes': NODES(row('localhost', '10.0.0.9')) },
      ['x=? certain'],
    ],
    [
      'an address contradicts the name',
      { 'a/x': addr('10.0.0.8'), 'k/nodes': NODES(row('a', '10.0.0.9'), row('b', '10.0.0.8')) },
      ['a=a likely'],
    ],
    [
      'two hosts, the name is surer than the address',
      { 'a/x': addr('10.0.0.1'), 'x/x': addr('10.0.0.9'), 'k/nodes': NODES(row('a', '10.0.0.9')) },
      ['a=a certain', 'x=? certain'],
    ],
    [
      'two hosts with equal claims',
      { 'x/x': addr('10.0.0.9'), 'y/x': addr('10.0.0.9'), 'k/nodes': NODES(row('a', '10.0.0.9')) },
      ['x=a likely', 'y=a likely'],
    ],
  ])('%s', async (_, files, expected) => expect(joins(await modelOf(files))).toEqual(expected));

  test('by the pods of its own subnet', async () => {
    const m = await modelOf({
      'x/x': addr('10.244.1.1', 'cni0'),
      'k/pods':
        'NAMESPACE   NAME   READY   STATUS    RESTARTS   AGE   IP           NODE\nshop        web    1/1     Running   0          1h    10.244.1.5   a\nshop        db     1/1     Running   0          1h    10.244.2.5   b\n',
    });
    expect(joins(m)).toEqual(['x=a certain']);
    expect(node(m, 'a').name).toBe('x');
  });

  test('short and full names are one machine, two full names are two', async () => {
    const one = await pasted(
      'root@a:~# ip route',
      'default via 10.0.0.1 dev eth0 ',
      'root@a.x.net:~# ip neigh',
      '10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE',
    );
    expect(one.nodes.map((n) => [n.name, ...n.aliases])).toEqual([['a', 'a.x.net']]);
    const two = await pasted(
      'root@a.x.net:~# ip route',
      'default via 10.0.0.1 dev eth0 ',
      'root@a.y.net:~# ip route',
      'default via 10.0.0.2 dev eth0 ',
    );
    expect(two.nodes.map((n) => n.name)).toEqual(['a.x.net', 'a.y.net']);
    expect(two.node('a')).toBeUndefined();
  });

  test('a node that nothing names goes by the host name that it prints', async () => {
    const paste = '```\nip route\ndefault via 10.0.0.1 dev eth0 \nhostname\nweb-7\n```\n';
    const { nodes } = await withFiles(
      { 'paste.md': paste },
      async (folder) => (await load([`${folder}/paste.md`])).model,
    );
    expect(nodes.map((n) => n.name)).toEqual(['web-7']);
  });

  test('files named one by one are taken together as if their folder had been named', async () => {
    const files = {
      'a/ip-route.txt': 'default via 10.0.0.1 dev eth0 \n',
      'a/ip-addr.txt': addr('10.0.0.1'),
      'b/ip-route.txt': 'default via 10.0.0.1 dev eth0 \n',
    };
    const names = (paths: readonly string[]) =>
      withFiles(files, async (folder) =>
        (await load(paths.map((p) => `${folder}/${p}`))).model.nodes.map(
          (n) => `${n.name} ${n.host.facts('route').length}`,
        ),
      );
    expect(await names(Object.keys(files))).toEqual(['a 1', 'b 1']);
    expect(await names(['a/ip-route.txt', 'a/ip-addr.txt'])).toEqual(['unknown-1 1']);
    expect(await names(['a/ip-route.txt'])).toEqual(['unknown-1 1']);
  });
});

describe('pods', () => {
  const PODS = [
    'root@m:~# kubectl get pods -A -o wide',
    'NAMESPACE     NAME                    READY   STATUS    RESTARTS   AGE   IP             NODE',
    'kube-system   kube-flannel-ds-zzkf7   1/1     Running   0          1h    192.168.50.11  a',
    'shop          web                     1/1     Running   0          1h    10.244.1.5     b',
    'test          web                     1/1     Running   0          1h    10.244.2.5     c',
  ];
  const placeOf = async (command: string, output = 'default via 10.0.0.1 dev eth0 ') => {
    const m = await pasted(...PODS, `root@m:~# ${command}`, output);
    const place = m.captures.at(-1)?.place;
    return place?.kind === 'stack' ? `${place.node}|${place.netns}` : 'cluster';
  };

  test.each([
    ['kubectl -n shop exec web -- ip route', 'b|shop/web'],
    ['kubectl -n test exec web -- ip route', 'c|test/web'],
    ['kubectl exec web -- ip route', 'unknown-web|web'],
    ['kubectl -n other exec web -- ip route', 'unknown-web|other/web'],
    ['kubectl -n kube-system exec kube-flannel-ds-zzkf7 -- ip route', 'a|'],
    ['kubectl -n kube-system exec ds/kube-proxy -- ip route', 'unknown-kube-proxy|'],
    ['docker exec web ip route', 'm|docker web'],
    ['ip netns exec blue ip route', 'm|blue'],
    ['nsenter -t 1 -n ip route', 'm|'],
  ])('%s', async (command, expected) => expect(await placeOf(command)).toBe(expected));

  test('a container or process in the host namespace shows the devices of the host', async () => {
    const output = '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink ';
    expect(await placeOf('nsenter -t 77 -n ip route', output)).toBe('m|');
    expect(await placeOf('docker exec k8s_kube-flannel_kube-flannel-ds ip route', output)).toBe('m|');
    expect(await placeOf('docker exec kind-worker ip route', output)).toBe('kind-worker|');
  });
});

describe('epochs', () => {
  const CNI = (subnet: string) =>
    `6: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default \n    link/ether 06:09:97:f5:e4:ac brd ff:ff:ff:ff:ff:ff\n    inet ${subnet}.1/24 scope global cni0\n       valid_lft forever preferred_lft forever`;
  const ROUTE = (subnet: string) =>
    `default via 10.0.0.1 dev eth0 \n${subnet}.0/24 dev cni0 proto kernel scope link src ${subnet}.1 `;
  const document = (first: string, second: string) =>
    `\`\`\`\nroot@a:~# ip addr show cni0\n${CNI(first)}\nroot@a:~# ip neigh\n10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE\n\`\`\`\nlater\n\`\`\`\nroot@a:~# ip route\n${ROUTE(second)}\n\`\`\`\n`;

  test('a node with two subnets makes a document mixed: only one block is one moment', async () => {
    const m = await modelOf({ 'p.md': document('10.244.1', '10.244.7') });
    expect(m.contradictions.map((c) => c.what)).toEqual(['pod-subnet']);
    const [address, neigh, route] = m.captures.map((c) => c.facts[0]?.at ?? at(0, 0));
    expect(m.notComparable(address ?? at(0, 0), route ?? at(0, 0))).toMatch(/10\.244\.1\.0\/24.*10\.244\.7\.0\/24/);
    expect(m.notComparable(address ?? at(0, 0), neigh ?? at(0, 0))).toBeUndefined();
  });

  test('one subnet throughout is one cluster at one time, as far as anybody knows', async () => {
    const m = await modelOf({ 'p.md': document('10.244.1', '10.244.1') });
    expect(m.contradictions).toEqual([]);
  });

  test('files of one run that differ are a fault and no other moment', async () => {
    const m = await modelOf({ 'a/ip-addr.txt': `${CNI('10.244.1')}\n`, 'a/ip-route.txt': `${ROUTE('10.244.7')}\n` });
    expect(m.contradictions).toEqual([]);
  });
});

test('the capture of any line is found, and lines between captures have none', async () => {
  const m = await pasted(
    'root@a:~# ip route',
    'default via 10.0.0.1 dev eth0 ',
    'root@a:~# ip neigh',
    '10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 STALE',
    '10.0.0.2 dev eth0  FAILED',
  );
  expect([1, 2, 3, 4, 5, 6].map((line) => m.captureOf(at(0, line))?.command)).toEqual([
    undefined,
    'ip-route',
    undefined,
    'ip-neigh',
    'ip-neigh',
    undefined,
  ]);
  for (const c of m.captures)
    for (const f of c.facts)
      expect(m.captureOf(f.at)).toBe(
        m.captures.find(
          (o) => o.file === fileOf(f.at) && lineOf(f.at) >= o.firstLine && lineOf(f.at) < o.firstLine + o.lineCount,
        ),
      );
});

describe('a capture that tells of a kind in passing', () => {
  const PORT = '4: veth1@if2: <BROADCAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2 ';

  test('counts, and lets nothing be absent', async () => {
    const { host } = node(await pasted(`${ON_A}bridge link`, PORT), 'a');
    expect(host.facts('link').map((l) => [l.name, l.master])).toEqual([['veth1', 'cni0']]);
    expect(host.absence('link', { dev: 'flannel.1' })).toEqual({ known: false, reason: 'not-captured' });
    expect(host.absence('bridge-port', { dev: 'veth9' }).known).toBe(true);
  });

  test('replaces no listing', async () => {
    const { host } = node(
      await pasted(
        `${ON_A}ip link`,
        '2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP mode DEFAULT group default qlen 1000',
        '    link/ether 52:54:00:12:35:02 brd ff:ff:ff:ff:ff:ff',
        `${ON_A}bridge link`,
        PORT,
      ),
      'a',
    );
    expect(host.facts('link').map((l) => l.name)).toEqual(['eth0', 'veth1']);
    expect(host.absence('link', { dev: 'flannel.1' }).known).toBe(true);
    expect(host.absence('bridge-port', { dev: 'eth0' }).known).toBe(true);
  });

  test('a port keeps the switches that a later form does not print, unless it moved', async () => {
    const details = '    hairpin on guard off isolated off ';
    const ports = async (later: string) =>
      node(await pasted(`${ON_A}bridge -d link`, PORT, details, `${ON_A}bridge link`, later), 'a').host.facts(
        'bridge-port',
      );
    expect((await ports(PORT.replace('forwarding', 'blocking')))[0]).toMatchObject({
      state: 'blocking',
      switches: { hairpin: true },
    });
    expect((await ports(PORT.replace('cni0', 'br1')))[0]?.switches).toBeUndefined();
  });

  test('an address without its scope does not replace one with it', async () => {
    const { host } = node(
      await pasted(
        `${ON_A}ip addr`,
        '2: eth0: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc mq state UP group default qlen 1000',
        '    link/ether 52:54:00:12:35:02 brd ff:ff:ff:ff:ff:ff',
        '    inet 10.0.0.5/24 brd 10.0.0.255 scope global dynamic eth0',
        '       valid_lft 100sec preferred_lft 100sec',
        `${ON_A}ifconfig eth0`,
        'eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500',
        '        inet 10.0.0.5  netmask 255.255.255.0  broadcast 10.0.0.255',
      ),
      'a',
    );
    expect(host.facts('address').map((a) => [a.address, a.scope, a.flags])).toEqual([
      ['10.0.0.5', 'global', ['dynamic']],
    ]);
  });

  test('ARP says nothing of IPv6', async () => {
    const { host } = node(
      await pasted(`${ON_A}arp -n`, 'Address                  HWtype  HWaddress           Flags Mask            Iface'),
      'a',
    );
    expect(host.absence('neigh', { family: '4', address: '10.0.0.9' }).known).toBe(true);
    expect(host.absence('neigh', { family: '6', address: 'fd00::9' }).known).toBe(false);
  });
});
