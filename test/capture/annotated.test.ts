import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/** Remarks that people write into an output are none of it, and hide no line. */
async function read(text: string) {
  const bytes = new TextEncoder().encode(text);
  const { captures } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  return captures.map(({ command, completeness, facts, gaps, tally }) => ({
    command,
    completeness,
    facts: facts.length,
    gaps: gaps.map((g) => g.text),
    lines: tally.facts + tally.noise + tally.gaps,
  }));
}

const ROUTES = [
  'root@lab-node1:~# ip route',
  'default via 192.168.50.1 dev eth0 proto static',
  '10.42.1.0/24 via 10.42.1.0 dev flannel.1 onlink',
  '192.168.50.0/24 dev eth0 proto kernel scope link src 192.168.50.11',
];
const withLine = (i: number, line: string) =>
  ['```', ...ROUTES.slice(0, i), line, ...ROUTES.slice(i), '```'].join('\n');
const ending = (end: string) => ROUTES.map((line, i) => (i === 2 ? line + end : line)).join('\n');
const routes = { command: 'ip-route', facts: 3, gaps: [] };

test.each([
  '   # node 2',
  ' ## node 2',
  ' #节点2',
  '   ← by flannel',
  ' // the other node',
  ' <-- this one',
  ' <---------- to the pod',
])('behind a line: %s', async (end) =>
  expect(await read(ending(end))).toEqual([{ ...routes, completeness: 'full', lines: 3 }]),
);

test.each(['# 默认路由', '## routes of the pods', '// by flannel'])(
  'between two lines, which may be those of two outputs: %s',
  async (line) => expect(await read(withLine(2, line))).toEqual([{ ...routes, completeness: 'filtered', lines: 4 }]),
);

test.each(['# 1-s7wv09 (the second id of one namespace)', '# 2nd one'])(
  'a remark that begins as an address could: %s',
  async (line) => expect(await read(withLine(2, line))).toEqual([{ ...routes, completeness: 'filtered', lines: 4 }]),
);

test.each(['[...snip...]', '(... omitted ...)', '<..cut..>'])('the mark of a cut: %s', async (line) =>
  expect(await read(withLine(2, line))).toEqual([{ ...routes, completeness: 'truncated', lines: 4 }]),
);

test('an entry that somebody took out is no remark, nor is what has other strange words', async () => {
  const taken = '# 10.42.2.0/24 via 10.42.2.0 dev flannel.1 onlink';
  expect(await read(withLine(3, taken))).toMatchObject([{ completeness: 'truncated', gaps: [taken] }]);
  expect(await read(ending(' frobnicate # why'))).toMatchObject([{ completeness: 'truncated', facts: 2 }]);
});

test('what people write right below an output is none of it', async () => {
  const below = ['Let me know if you need more of this.', 'Thanks'];
  expect(await read([...ROUTES, ...below].join('\n'))).toEqual([{ ...routes, completeness: 'full', lines: 3 }]);
});

test('a line with a remark in another script is a line of the output, in a session too', async () => {
  const text = ROUTES.map((line, i) => (i === 2 ? `${line}   # 经由第二个节点` : line)).join('\n');
  expect(await read(text)).toEqual([{ ...routes, completeness: 'full', lines: 3 }]);
});

test('remarks behind the heads of chains, and two marks of one cut', async () => {
  const text = [
    'Chain KUBE-SERVICES (2 references) ← 1',
    'target     prot opt source               destination',
    'KUBE-SVC-LAB  udp  --  0.0.0.0/0            10.43.0.10           udp dpt:53',
    '',
    'Chain KUBE-SVC-LAB (1 references) <-- 2',
    'target     prot opt source               destination',
    'KUBE-SEP-LAB  all  --  0.0.0.0/0            0.0.0.0/0',
    '... ...',
    '....此处省略N行',
  ].join('\n');
  expect(await read(text)).toMatchObject([{ command: 'iptables-list', gaps: [], lines: 9 }]);
});

test.each(['Then the neighbours.', 'Second node:', 'ARP cache on B:', 'Iptables rules', 'What it knows of the others'])(
  'what announces the next command, behind a blank line, is none of the output: %s',
  async (words) => {
    const neighbours = ['root@lab-node1:~# ip neigh', '192.168.50.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE'];
    const [first, second] = await read([...ROUTES, '', words, ...neighbours].join('\n'));
    expect(first).toMatchObject({ ...routes, completeness: 'full' });
    expect(second).toMatchObject({ command: 'ip-neigh', facts: 1, gaps: [] });
  },
);

test.each(['Unknown attribute in message', '10.9.0.0/16 frobnicate eth1', 'frobnicate'])(
  'what no one announces a command with stays a gap: %s',
  async (line) =>
    expect(await read([...ROUTES, '', line, 'root@lab-node1:~# ip neigh'].join('\n'))).toMatchObject([
      { command: 'ip-route', facts: 3, gaps: [line] },
    ]),
);

test('of a line alone', async () =>
  expect(await read(`$ ip route show dev eth0\n10.1.0.0/16 via 10.0.0.1   ← wrong\n`)).toMatchObject([
    { command: 'ip-route', facts: 1, gaps: [] },
  ]));

test('arrows behind each line of a fence hide not what it is', async () => {
  const rows = ROUTES.slice(2, 4).map((row) => `${row}    ← of the other node`);
  expect(await read(['The routes:', '', '```', ...rows, '```', ''].join('\n'))).toMatchObject([
    { command: 'ip-route', facts: 2, gaps: [] },
  ]);
});
