import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';

const NEIGH = (state: string): string => `10.0.0.1 dev eth0 lladdr 16:88:4f:00:36:49 ${state}\n`;

const modelOf = (files: Readonly<Record<string, string>>) =>
  withFiles(files, async (folder) => (await load([folder])).model);

describe('collections of several times in one input', () => {
  test.each([
    ['before', 'after'],
    ['old', 'new'],
    ['run-9', 'run-10'],
    ['2026-03-12', '2026-03-13'],
    ['broken', 'fixed'],
  ])('%s, %s: one node, the later state counts, the earlier is history', async (first, second) => {
    const model = await modelOf({
      [`${first}/node-1/ip-neigh.txt`]: NEIGH('STALE'),
      [`${first}/node-2/ip-neigh.txt`]: NEIGH('STALE'),
      [`${second}/node-1/ip-neigh.txt`]: NEIGH('REACHABLE'),
      [`${second}/node-2/ip-neigh.txt`]: NEIGH('REACHABLE'),
    });
    expect(model.nodes.map((n) => n.name)).toEqual(['node-1', 'node-2']);
    const [node] = model.nodes;
    expect(node?.host.facts('neigh').map((n) => n.state)).toEqual(['REACHABLE']);
    expect(node?.host.listings('neigh')).toHaveLength(2);
  });

  test('are not held against each other', async () => {
    const model = await modelOf({
      'before/node-1/ip-neigh.txt': NEIGH('STALE'),
      'before/node-2/ip-neigh.txt': NEIGH('STALE'),
      'after/node-1/ip-neigh.txt': NEIGH('STALE'),
      'after/node-2/ip-neigh.txt': NEIGH('STALE'),
    });
    const at = (path: string) => {
      const fact = model.captures.find((c) => c.path.includes(path))?.facts[0];
      if (!fact) throw new Error(path);
      return fact.at;
    };
    expect(model.notComparable(at('before/node-1'), at('after/node-2'))).toBe(
      'collected at different times (before, after)',
    );
    expect(model.notComparable(at('after/node-1'), at('after/node-2'))).toBeUndefined();
  });

  test('a date in the name of each node is none', async () => {
    const model = await modelOf({
      'node-1-2026-03-12/ip-neigh.txt': NEIGH('STALE'),
      'node-2-2026-03-13/ip-neigh.txt': NEIGH('STALE'),
    });
    expect(model.captures.map((c) => c.round)).toEqual([undefined, undefined]);
  });

  test.each([
    ['old/node-1', 'node-1', 'REACHABLE'],
    ['node-1/old', 'node-1', 'REACHABLE'],
    ['new/node-1', 'node-1', 'STALE'],
  ])('%s beside %s is another collection of the same node', async (round, plain, state) => {
    const model = await modelOf({
      [`${plain}/ip-neigh.txt`]: NEIGH('REACHABLE'),
      'node-2/ip-neigh.txt': NEIGH('REACHABLE'),
      [`${round}/ip-neigh.txt`]: NEIGH('STALE'),
    });
    expect(model.nodes.map((n) => n.name)).toEqual(['node-1', 'node-2']);
    expect(model.nodes[0]?.host.facts('neigh').map((n) => n.state)).toEqual([state]);
    const [first, second] = model.captures
      .filter((c) => c.path.includes('node-1'))
      .flatMap((c) => c.facts[0]?.at ?? []);
    expect(first && second && model.notComparable(first, second)).toContain('collected at different times');
  });

  test('what lies beside before/ and after/ is of neither', async () => {
    const model = await modelOf({
      'node-1/ip-neigh.txt': NEIGH('STALE'),
      'node-1/before/ping.txt': NEIGH('STALE'),
      'node-1/after/ping.txt': NEIGH('STALE'),
    });
    expect(model.captures.map((c) => c.round?.name)).toEqual(['after', 'before', undefined]);
  });
});

/** A machine's addresses; `last` and `mac` tell it from others. */
const ADDR = (last: number, mac: string): string =>
  `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    link/ether 52:54:00:00:00:${mac} brd ff:ff:ff:ff:ff:ff
    inet 192.0.2.${last}/24 brd 192.0.2.255 scope global eth0
`;

describe('a folder that is called as a moment is no node of that name', () => {
  const nodesOf = async (files: Readonly<Record<string, string>>) =>
    (await modelOf(files)).nodes.map((n) => `${n.name}: ${n.host.listings('address').length}`);

  test.each(['old', 'before', 'new', 'previous'])('%s/ has the devices of node-2, and is its', async (folder) =>
    expect(
      await nodesOf({
        'node-1/ip-addr.txt': ADDR(11, '11'),
        'node-2/ip-addr.txt': ADDR(12, '12'),
        [`${folder}/ip-addr.txt`]: ADDR(12, '12'),
      }),
    ).toEqual(['node-1: 1', 'node-2: 2']),
  );

  test('it prints the name of node-1', async () =>
    expect(
      await nodesOf({
        'node-1/ip-addr.txt': ADDR(11, '11'),
        'node-2/ip-addr.txt': ADDR(12, '12'),
        'old/ip-addr.txt': ADDR(99, '99'),
        'old/hostname.txt': 'node-1.example.com\n',
      }),
    ).toEqual(['node-1: 2', 'node-2: 1']));

  test('other devices are another machine', async () => {
    expect(await nodesOf({ 'good/ip-addr.txt': ADDR(11, '11'), 'bad/ip-addr.txt': ADDR(12, '12') })).toEqual([
      'bad: 1',
      'good: 1',
    ]);
    expect(await nodesOf({ 'node-1/ip-addr.txt': ADDR(11, '11'), 'old/ip-addr.txt': ADDR(13, '13') })).toEqual([
      'node-1: 1',
      'old: 1',
    ]);
  });

  test('before/ and after/ of one machine are one node, and the later state counts', async () => {
    const files = { 'before/ip-addr.txt': ADDR(11, '11'), 'after/ip-addr.txt': ADDR(11, '11') };
    expect(await nodesOf(files)).toEqual(['unknown-1: 2']);
    expect(await nodesOf({ ...files, 'after/hostname.txt': 'node-1\n' })).toEqual(['node-1: 2']);
    const model = await modelOf({
      ...files,
      'before/ip-neigh.txt': NEIGH('STALE'),
      'after/ip-neigh.txt': NEIGH('REACHABLE'),
    });
    expect(model.nodes[0]?.host.facts('neigh').map((n) => n.state)).toEqual(['REACHABLE']);
  });
});
