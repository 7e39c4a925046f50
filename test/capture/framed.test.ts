import { readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/** Tables of Kubernetes in frames: k9s, and tools that draw boxes. */
async function read(text: string) {
  const bytes = new TextEncoder().encode(text);
  const { captures } = await readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
  return captures.map(({ command, completeness, facts }) => ({ command, completeness, facts }));
}

const POD = { kind: 'pod', name: 'coredns-5d78c9869d-fghij', status: 'Running', ready: { ready: 0, total: 1 } };
const WIDE = [
  'NAME                       READY   STATUS    RESTARTS   AGE   IP           NODE     NOMINATED NODE   READINESS GATES',
  'coredns-5d78c9869d-abcde   1/1     Running   0          12d   10.244.0.5   node-1   <none>           <none>',
  'coredns-5d78c9869d-fghij   0/1     Running   12         12d   10.244.1.6   node-2   <none>           <none>',
];
const boxed = (rows: readonly string[], bar: string) => rows.map((row) => `${bar} ${row.padEnd(118)} ${bar}`);

test.each([
  ['│', '┌──────────────────────────┐', '└──────────────────────────┘'],
  ['║', '╔══════════════════════════╗', '╚══════════════════════════╝'],
  ['|', '+--------------------------+', '+--------------------------+'],
])('what kubectl prints, in a frame of %s', async (bar, top, bottom) => {
  const [table] = await read([top, ...boxed(WIDE, bar), bottom].join('\n'));
  expect(table).toMatchObject({ command: 'kubectl-get', completeness: 'full' });
  expect(table?.facts[1]).toMatchObject({ ...POD, restarts: 12, node: 'node-2', ips: ['10.244.1.6'] });
});

test('without the rulers, and with columns of their own', async () => {
  expect((await read(boxed(WIDE, '│').join('\n')))[0]?.facts).toHaveLength(2);
  const columns = [
    '┌──────────────────────────┬───────┬─────────┬──────────┬─────┐',
    '│ NAME                     │ READY │ STATUS  │ RESTARTS │ AGE │',
    '├──────────────────────────┼───────┼─────────┼──────────┼─────┤',
    '│ coredns-5d78c9869d-fghij │ 0/1   │ Running │ 12       │ 12d │',
    '└──────────────────────────┴───────┴─────────┴──────────┴─────┘',
  ];
  expect(await read(columns.join('\n'))).toMatchObject([{ facts: [{ ...POD, at: 4 }] }]);
});

/** As k9s draws it: numbers at the right, the column that it sorts by, one for forwarded ports. */
const k9s = (count: number) =>
  [
    `┌──────────────────── Pods(kube-system)[${count}] ────────────────────┐`,
    '│ NAME↑                     PF READY STATUS   RESTARTS IP          NODE   AGE │',
    '│ coredns-5d78c9869d-abcde  ●  1/1   Running         0 10.244.0.5  node-1 12d │',
    '│ coredns-5d78c9869d-fghij  ●  0/1   Running        12 10.244.1.6  node-2 12d │',
    '└──────────────────────────────────────────────────────────────────────────────┘',
  ].join('\n');

test('a screen of k9s lists as much as fits', async () => {
  const [all] = await read(k9s(2));
  expect(all).toMatchObject({ command: 'kubectl-get', completeness: 'full' });
  expect(all?.facts[1]).toMatchObject({ ...POD, restarts: 12, node: 'node-2', ips: ['10.244.1.6'], at: 4 });
  expect(await read(k9s(31))).toMatchObject([{ command: 'kubectl-get', completeness: 'truncated' }]);
});

test("a table whose own columns bars divide is its tool's", async () => {
  const peers = [
    '+--------------+-------------------+-------+----------+-------------+',
    '| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |',
    '+--------------+-------------------+-------+----------+-------------+',
    '| 10.0.0.12    | node-to-node mesh | up    | 09:14:02 | Established |',
    '+--------------+-------------------+-------+----------+-------------+',
  ];
  const status = ['Calico process is running.', '', 'IPv4 BGP status', ...peers];
  expect(await read(status.join('\n'))).toMatchObject([{ command: 'calicoctl-node-status' }]);
});
