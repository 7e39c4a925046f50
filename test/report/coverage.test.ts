import { coverage } from '../../src/report/coverage.js';
import { capture, reportOf } from './fixtures.js';

test('the files of a tree are one line a node and namespace, with what is wrong among them', () => {
  const file = (node: string, name: string, other: object = {}) => ({
    ...capture(`case/${node}/proc/sys/net/${name}`, node),
    command: 'sysctl',
    lines: 1,
    facts: 1,
    bytes: 2,
    completeness: 'filtered' as const,
    because: 'one value of proc/sys',
    ...other,
  });
  const many = (node: string, n: number) => Array.from({ length: n }, (_, i) => file(node, `ipv4/key${i}`));
  const captures = [
    capture('case/node-1/ip-netconf', 'node-1'),
    ...many('node-1', 850),
    file('node-1', 'ipv4/denied', { status: 'permission-denied', facts: 0 }),
    file('node-1', 'ipv4/empty', { status: 'empty', facts: 0, bytes: 0 }),
    file('node-1', 'ipv4/two', { gaps: 1, lines: 2, facts: 1 }),
    ...many('node-1', 6).map((c) => ({ ...c, netns: 'default/web' })),
    ...many('node-2', 2),
  ];
  const text = coverage(
    reportOf([], {
      coverage: {
        captures,
        gaps: [],
        gapsOmitted: 0,
        unread: [],
        inputs: [],
        bytes: { total: 0, facts: 0, noise: 0, gaps: 0, unread: 0 },
      },
    }),
    { width: 120 },
  );
  expect(text.split('\n').filter((line) => line.startsWith('  '))).toEqual([
    '  ip-netconf  node-1/ip-netconf:1  8 lines',
    '  sysctl      node-1/proc/sys/  853 files, 1.7 kB, 851 lines, 1 permission denied, 1 empty, 1 not understood',
    '  sysctl      node-1/proc/sys/  6 files, 12 bytes, 6 lines [default/web]',
    '  sysctl  node-2/proc/sys/net/ipv4/key0:1  1 line, filtered, one value of proc/sys',
    '  sysctl  node-2/proc/sys/net/ipv4/key1:1  1 line, filtered, one value of proc/sys',
  ]);
});

test('captures by node, gaps and unread files with their reason', () => {
  const captures = [
    capture('case.tgz!/node-1/ip-netconf', 'node-1'),
    {
      ...capture('case.tgz!/node-2/ip-neigh', 'node-2'),
      completeness: 'filtered' as const,
      because: '| grep flannel.1',
      gaps: 2,
    },
  ];
  const gaps = [
    { file: 'case.tgz!/node-2/ip-neigh', line: 9, text: 'what is this', reason: 'unknown word', command: 'ip-neigh' },
  ];
  const unread = [{ file: 'case.tgz!/node-2/core', reason: 'unsupported', detail: 'not text' }];
  const input = (node: string | null, name: string, status: 'present' | 'not-captured' | 'filtered') => ({
    node,
    input: name,
    status,
    because: null,
    command: name,
  });
  const inputs = [
    input('node-1', 'ip netconf', 'present'),
    input('node-1', 'ip neigh', 'not-captured'),
    input('node-2', 'ip netconf', 'present'),
    input('node-2', 'ip neigh', 'filtered'),
    input('node-1', 'ip rule', 'not-captured'),
    input('node-2', 'ip rule', 'not-captured'),
    input(null, 'Kubernetes nodes', 'present'),
  ];
  const bytes = { total: 1_250_999, facts: 1_200_000, noise: 50_000, gaps: 123, unread: 876 };
  expect(
    coverage(
      reportOf([], {
        coverage: { captures, gaps, gapsOmitted: 3, unread, inputs, bytes },
        summary: { unread: 1, gaps: 4 },
      }),
    ),
  ).toBe(`case.tgz: Gravity report, 2 nodes, 2 captures, 2020-01-23 16:55 to 17:26 UTC
files below case.tgz!/

node-1
  ip-netconf  node-1/ip-netconf:1  8 lines

node-2
  ip-netconf  node-2/ip-neigh:1  8 lines, filtered, | grep flannel.1, 2 not un …

INPUTS
  ip netconf        all 2 nodes
  ip neigh          not captured: node-1; filtered, so absence proves nothing: …
  ip rule           not captured
  Kubernetes nodes  captured

NOT UNDERSTOOD
  node-2/ip-neigh:9  unknown word
    what is this
  and 3 more

NOT READ
  node-2/core: not text (unsupported)

2 files, 2 captures, 1 not read, 4 lines not understood
1.3 MB: 1.2 MB read as facts, 50.0 kB carry nothing, 123 bytes not understood, 876 bytes not read
`);
});
