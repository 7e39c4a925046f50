import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

/** `node|netns: kinds of fact` of each stack that holds something. */
const stacks = (...lines: string[]): Promise<readonly string[]> =>
  withFiles({ 'paste.txt': `${lines.join('\n')}\n` }, async (folder) => {
    const { model } = await load([`${folder}/paste.txt`]);
    return model.captures.map(
      (c) => `${c.place.kind === 'stack' ? `${c.place.node}|${c.place.netns}` : 'cluster'} ${c.command}`,
    );
  });

const addresses = (address: string, lladdr: string): string =>
  `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether ${lladdr} brd ff:ff:ff:ff:ff:ff
    inet ${address}/24 brd 10.0.0.255 scope global eth0`;
const routes = (address: string): string =>
  `default via 10.0.0.1 dev eth0 \n10.0.0.0/24 dev eth0 proto kernel scope link src ${address} `;

const A = addresses('10.0.0.11', '52:54:00:00:00:11');
const B = addresses('10.0.0.12', '52:54:00:00:00:12');

describe('machines without names', () => {
  test('two listings of addresses are two machines, and what follows is of the later', async () =>
    expect(await stacks(A, routes('10.0.0.11'), B, routes('10.0.0.12'))).toEqual([
      'unknown-1| ip-addr',
      'unknown-1| ip-route',
      'unknown-2| ip-addr',
      'unknown-2| ip-route',
    ]));

  test('a later output goes to the machine whose address it shows', async () =>
    expect(await stacks(A, B, routes('10.0.0.11'), routes('10.0.0.12'))).toEqual([
      'unknown-1| ip-addr',
      'unknown-2| ip-addr',
      'unknown-1| ip-route',
      'unknown-2| ip-route',
    ]));

  test('the same machine twice is one', async () =>
    expect(await stacks('```', A, '```', 'later', '```', A, '```')).toEqual([
      'unknown-1| ip-addr',
      'unknown-1| ip-addr',
    ]));

  test('what every machine has alike tells nothing', async () =>
    expect(
      await stacks('```', A.replaceAll('eth0', 'docker0'), '```', 'and', '```', B.replaceAll('eth0', 'docker0'), '```'),
    ).toEqual(['unknown-1| ip-addr', 'unknown-1| ip-addr']));

  test('prompts know better than addresses', async () =>
    expect(await stacks('root@a:~# ip a', A, 'root@a:~# ip a', B)).toEqual(['a| ip-addr', 'a| ip-addr']));

  test.each([
    '# another machine',
    '# 另一台机器',
    '# второй узел',
    '# andere Maschine',
    '// Node 2',
    '--- second host ---',
  ])('%s', async (heading) =>
    expect(
      await stacks(
        '```',
        '$ ip r',
        'default via 10.0.0.1 dev eth0',
        heading,
        '$ ip r',
        'default via 10.0.0.1 dev eth0',
        '```',
      ),
    ).toEqual(['unknown-1| ip-route', 'unknown-2| ip-route']),
  );

  test.each([
    ['# node-2', 'node-2'],
    ['==> worker1 <==', 'worker1'],
    ['## master节点', 'master'],
    ['# On worker1:', 'worker1'],
  ])('%s', async (heading, name) =>
    expect(
      await stacks(
        '```',
        '$ ip r',
        'default via 10.0.0.1 dev eth0',
        heading,
        '$ ip r',
        'default via 10.0.0.1 dev eth0',
        '```',
      ),
    ).toEqual(['unknown-1| ip-route', `${name}| ip-route`]),
  );

  test('a machine of a loop that nothing names is not the one at which the loop was typed', async () =>
    expect(await stacks('root@a:~# for n in b c; do ssh $n ip r; done', 'default via 10.0.0.1 dev eth0')).toEqual([
      'unknown-1| ip-route',
    ]));
});

describe('containers that are nodes', () => {
  const flannel = '10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink';
  const plain = 'default via 172.18.0.1 dev eth0';
  test.each<[string, string, string]>([
    ['docker exec kind-worker ip r', plain, 'kind-worker| ip-route'],
    ['docker exec lab-control-plane ip r', plain, 'lab-control-plane| ip-route'],
    ['docker exec k3d-lab-agent-0 ip r', plain, 'k3d-lab-agent-0| ip-route'],
    ['docker exec lab-worker2 ip r', flannel, 'lab-worker2| ip-route'],
    ['docker exec celery-worker ip r', plain, 'a|docker celery-worker ip-route'],
    ['docker exec kind-worker nsenter -t 7 -n ip r', plain, 'kind-worker|pid 7 ip-route'],
  ])('%s', async (command, output, expected) =>
    expect(await stacks(`root@a:~# ${command}`, output)).toEqual([expected]),
  );

  test('a session in one', async () =>
    expect(
      await stacks(
        'root@a:~# docker exec -it kind-worker bash',
        'root@kind-worker:/# ip r',
        plain,
        'root@a:~# ip r',
        plain,
      ),
    ).toEqual(['kind-worker| ip-route', 'a| ip-route']));
});

/** The network namespaces of one machine as nodes: `uname` says the same of all. */
test('several machines that print one host name go by their folders', async () => {
  const machine = (folder: string, listing: string): Readonly<Record<string, string>> => ({
    [`${folder}/ip-addr.txt`]: `${listing}\n`,
    [`${folder}/uname.txt`]:
      'Linux lab 6.1.0-41-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09) x86_64 GNU/Linux\n',
    [`${folder}/netns-cni-1/ip-addr.txt`]: '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN\n',
  });
  const names = await withFiles({ ...machine('node-1', A), ...machine('node-2', B) }, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes.map((n) => n.name);
  });
  expect(names).toEqual(['node-1', 'node-2']);
  const twice = await withFiles({ ...machine('node-1', A), ...machine('again', A) }, async (folder) => {
    const { model } = await load([folder]);
    return model.nodes.map((n) => n.name);
  });
  expect(twice).toEqual(['lab']);
});
