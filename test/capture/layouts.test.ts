import { flatNames } from '../../src/capture/layouts/flat.js';
import { groupByFolder, nodeNameOf } from '../../src/capture/layouts/generic.js';
import { arrange, layouts } from '../../src/capture/layouts/index.js';

/** Paths with their commands (`path: command command`) to `path=node`, sorted. */
function group(...files: string[]): string[] {
  const candidates = files.map((f) => {
    const [inner = '', commands = ''] = f.split(': ');
    return { inner, commands: commands.split(' ') };
  });
  const { nodeOf } = groupByFolder(candidates);
  return [...nodeOf].map(([inner, node]) => `${inner}=${node}`).sort();
}

/** Distinct nodes, with the number of files of each. */
function nodes(...files: string[]): string[] {
  const counts = new Map<string, number>();
  for (const pair of group(...files)) {
    const node = pair.slice(pair.indexOf('=') + 1);
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return [...counts].map(([node, n]) => `${node}:${n}`).sort();
}

describe('folders and archives', () => {
  test.each<[string, string[], string[]]>([
    ['folder per node', ['a/r: route', 'a/l: link', 'b/r: route', 'b/l: link'], ['a:2', 'b:2']],
    ['folders above the nodes', ['case/nodes/a/r: route', 'case/nodes/b/r: route'], ['a:1', 'b:1']],
    ['archive per node', ['a.tar.gz!/r: route', 'b-2024-05-01.tgz!/r: route'], ['a:1', 'b:1']],
    ['archives that pack the same folder', ['a.tgz!/diag/r: route', 'b.tgz!/diag/r: route'], ['a:1', 'b:1']],
    ['archives that pack a folder named like the node', ['a.tgz!/a/r: route', 'b.tgz!/b/r: route'], ['a:1', 'b:1']],
    ['one node, packed', ['case.tgz!/case/node-1/r: route', 'case.tgz!/case/node-1/l: link'], ['node-1:2']],
    [
      "a machine's own files",
      [
        'case/proc/sys/net/ipv4/conf/eth0/rp_filter: sysctl',
        'case/proc/sys/net/ipv4/conf/cni0/rp_filter: sysctl',
        'case/etc/sysctl.d/a.conf: sysctl-config',
        'case/usr/lib/sysctl.d/b.conf: sysctl-config',
        'case/sos_commands/networking/ip_route: route',
      ],
      ['case:5'],
    ],
    [
      'machines with their own files',
      ['a/proc/net/arp: neigh', 'a/etc/hosts: hosts', 'b/proc/net/arp: neigh', 'b/etc/hosts: hosts'],
      ['a:2', 'b:2'],
    ],
    [
      'topics below a node',
      ['a/network/r: route', 'a/kernel/s: sysctl', 'b/network/r: route', 'b/kernel/s: sysctl'],
      ['a:2', 'b:2'],
    ],
    [
      'topics of other names',
      ['a/lan/r: route', 'a/knobs/s: sysctl', 'b/lan/r: route', 'b/knobs/s: sysctl'],
      ['a:2', 'b:2'],
    ],
    ['only topics: one node, named by the input', ['network/r: route', 'kernel/s: sysctl'], [':2']],
    ['captures beside topics', ['a/uname: uname', 'a/network/r: route'], ['a:2']],
    ['a stray capture beside the nodes', ['ping: ping', 'a/r: route', 'b/r: route'], [':1', 'a:1', 'b:1']],
    ['logs beside the nodes', ['logs/j: journal', 'a/r: route', 'b/r: route'], [':1', 'a:1', 'b:1']],
    ['flat', ['r: route', 'l: link'], [':2']],
  ])('%s', (_, files, expected) => expect(nodes(...files)).toEqual(expected));

  test.each([
    ['node-1_ip-route.txt', 'node-1_ip-addr.txt', 'node-2_ip-route.txt', 'node-2_ip-addr.txt'],
    ['ip-route_node-1.txt', 'ip-addr_node-1.txt', 'ip-route_node-2.txt', 'ip-addr_node-2.txt'],
    ['node-1.ip-route.txt', 'node-1.ip-addr.txt', 'node-2.ip-route.txt', 'node-2.ip-addr.txt'],
  ])('names in file names: %s', (...files) =>
    expect(nodes(...files.map((f) => `${f}: ${f.includes('route') ? 'route' : 'addr'}`))).toEqual([
      'node-1:2',
      'node-2:2',
    ]),
  );

  test('file names that are whole captures of a node', () =>
    expect(nodes('node-1.txt: route addr', 'node-2.txt: route addr')).toEqual(['node-1:1', 'node-2:1']));

  test('a cloud node whose name begins like a command', () =>
    expect(nodes('ip-10-0-0-1_ip-route.txt: route', 'ip-10-0-0-2_ip-route.txt: route')).toEqual([
      'ip-10-0-0-1:1',
      'ip-10-0-0-2:1',
    ]));

  test('a suffix of one command alone is no node', () =>
    expect(nodes('iptables-nat.txt: rules', 'iptables-filter.txt: rules')).toEqual([':2']));

  test('two listings of one command whose names say nothing stay on one node', () =>
    expect(
      flatNames([
        { inner: 'x', commands: ['route'] },
        { inner: 'y', commands: ['route'] },
      ]),
    ).toBeUndefined());

  test.each([
    ['node-1-2024-05-01.tar.gz', 'node-1'],
    ['node-1_20240501T120000Z.tgz', 'node-1'],
    ['node-1-2024-05-01_12-30', 'node-1'],
    ['aks-nodepool1-34567890-vmss000000', 'aks-nodepool1-34567890-vmss000000'],
    ['worker-19991399', 'worker-19991399'],
    ['2024-05-01', '2024-05-01'],
  ])('%s is %s', (segment, name) => expect(nodeNameOf(segment)).toBe(name));

  test('dates that alone tell two folders apart are kept', () =>
    expect(nodes('n-2024-05-01/r: route', 'n-2024-05-02/r: route')).toEqual(['n-2024-05-01:1', 'n-2024-05-02:1']));

  test('folders without end and without number', () => {
    expect(nodes(`${'d/'.repeat(20000)}r: route`)).toHaveLength(1);
    const many = Array.from({ length: 20000 }, (_, i) => `n${i}/r: route`);
    expect(nodes(...many)).toHaveLength(20000);
  });
});

describe('Gravity', () => {
  const of = (inner: string) => {
    // What tells a report is the archive of a node.
    const beside = `${inner.slice(0, inner.search(/[^/]*-(k8s-logs|resources|etcd)/) + 1).replace(/[^/]*$/, '')}x-debug-logs.tar.gz!/uname`;
    const arranged = arrange([inner, beside], layouts).of(inner);
    const found = arranged?.layout.locate(arranged.path, '', arranged.paths);
    return found?.kind === 'node' ? found.node : found?.kind === 'pod-log' ? `log ${found.pod}` : found?.kind;
  };

  test.each([
    ['report.tar.gz!/node-1-debug-logs.tar.gz!/ip-netconf', 'node-1'],
    ['node-1-debug-logs.tar.gz!/ip-netconf', 'node-1'],
    ['node-1-debug-logs.tar!/ip-netconf', 'node-1'],
    ['report/node-1-debug-logs/ip-netconf', 'node-1'],
    ['case-status/node-1-debug-logs/ip-netconf', 'node-1'],
    ['node-1-debug-logs/my-status/x', 'node-1'],
    ['a-debug-logs-debug-logs.tar.gz!/x', 'a-debug-logs'],
    ['node-1-k8s-logs.tar.gz!/k8s-logs-kube-system-coredns-6f-x2-coredns', 'log kube-system-coredns-6f-x2-coredns'],
    ['node-1-k8s-logs.tar.gz!/pods', 'cluster'],
    ['node-1-resources.tar.gz!/nodes.yaml', 'cluster'],
    ['node-1-etcd.tar.gz!/etcd-backup.json', 'cluster'],
    ['cluster.json', undefined],
  ])('%s', (inner, expected) => expect(of(inner)).toBe(expected));

  test('is told by a node archive, packed or not', () => {
    const found = (...inners: string[]) => arrange(inners, layouts).found.map((l) => l.name);
    expect(found('cluster.json', 'node-1-debug-logs.tar.gz!/ip-netconf')).toEqual(['gravity']);
    expect(found('node-1-debug-logs/ip-netconf')).toEqual(['gravity']);
    expect(found('-debug-logs/ip-netconf', 'node-1/ip-netconf')).toEqual([]);
    expect(found('node-1/debug-logs/ip-netconf')).toEqual([]);
  });
});

test('a folder that is called by its subject is no host of Crash Diagnostics', () => {
  const found = (...inners: string[]) => arrange(inners, layouts).found.map((l) => l.name);
  expect(found('node1/ip_addr.txt', 'node2/ip_addr.txt')).toEqual(['crashd']);
  expect(found('networking/ip_addr.txt', 'sysctls/sysctl_all.txt', 'system/uname_a.txt')).toEqual([]);
  expect(found('networking/ip_addr.txt', 'networking/iprule.txt', 'system/instance-id.txt')).toEqual(['eks']);
});
