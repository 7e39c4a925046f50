import { readFile } from '../../src/capture/file.js';
import type { Capture } from '../../src/kit/index.js';
import { lineOf } from '../../src/kit/index.js';
import { parsers } from '../../src/parsers/index.js';

/** What ansible prints of what commands printed: by `debug`, by -v, ad hoc, as JSON or YAML. */
async function readAll(text: string) {
  const bytes = new TextEncoder().encode(text);
  return readFile({ path: 'paste', inner: 'paste', bytes }, 0, 0, parsers, '.');
}

const summary = ({ command, commandLine, hint, facts, completeness }: Capture) => ({
  command,
  commandLine,
  host: hint.host,
  lines: facts.map((f) => lineOf(f.at)),
  completeness,
});
const read = async (text: string) => (await readAll(text)).captures.map(summary);

const ROUTES = ['default via 192.168.50.1 dev eth0 proto static', '10.42.0.0/24 dev cni0 proto kernel scope link'];
const array = (words: readonly string[], margin: string) =>
  words.map((w) => `${margin}${JSON.stringify(w)}`).join(',\n');
const shown = (node: string, key = 'out.stdout_lines') =>
  `ok: [${node}] => {\n    "${key}": [\n${array(ROUTES, '        ')}\n    ]\n}`;
const routes = { command: 'ip-route', commandLine: undefined, host: 'node-1', completeness: 'full' };

test('a variable of each of several machines, between the lines of a play', async () => {
  const star = '*'.repeat(40);
  const recap = 'node-1 : ok=2    changed=1    unreachable=0    failed=0    skipped=0';
  const text = [
    `PLAY [all] ${star}`,
    '',
    `TASK [debug] ${star}`,
    shown('node-1'),
    shown('node-2'),
    `PLAY RECAP ${star}`,
  ];
  const { captures, unrecognised } = await readAll([...text, recap].join('\n'));
  expect(captures.map(summary)).toEqual([
    { ...routes, lines: [6, 7] },
    { ...routes, host: 'node-2', lines: [12, 13] },
  ]);
  expect(unrecognised).toEqual([]);
});

test.each(['msg', 'hostvars[inventory_hostname].routes', 'ansible_routes.stdout_lines'])('under %s', async (key) =>
  expect(await read(shown('node-1', key))).toEqual([{ ...routes, lines: [3, 4] }]),
);

test('a registered result has its command line beside it, as words or as one string', async () => {
  const result = (cmd: string) =>
    `ok: [node-1] => {\n  "out": {\n    "cmd": ${cmd},\n    "rc": 0,\n    "stdout": ${JSON.stringify(ROUTES.join('\n'))},\n    "stdout_lines": [\n${array(ROUTES, '      ')}\n    ]\n  }\n}`;
  expect(await read(result('["ip", "route"]'))).toEqual([{ ...routes, commandLine: 'ip route', lines: [7, 8] }]);
  const filtered = { ...routes, commandLine: 'ip route | grep eth0', completeness: 'filtered', lines: [7, 8] };
  expect(await read(result('"ip route | grep eth0"'))).toEqual([filtered]);
});

test('in one line each machine has one line for all', async () => {
  const one = (node: string) =>
    `changed: [${node}] => ${JSON.stringify({ changed: true, cmd: ['ip', 'route'], rc: 0, stdout: ROUTES.join('\n') })}`;
  const { captures } = await readAll(`${one('node-1')}\n${one('node-2')}\n`);
  const known = { ...routes, commandLine: 'ip route' };
  expect(captures.map(summary)).toEqual([
    { ...known, lines: [1, 1] },
    { ...known, host: 'node-2', lines: [2, 2] },
  ]);
  expect(captures.map(({ firstLine, lineCount, tally }) => ({ firstLine, lineCount, tally }))).toEqual([
    { firstLine: 1, lineCount: 1, tally: { facts: 1, noise: 0, gaps: 0 } },
    { firstLine: 2, lineCount: 1, tally: { facts: 1, noise: 0, gaps: 0 } },
  ]);
});

test('rules of a firewall, which count lines themselves, count those of the file', async () => {
  const rules = '*filter\n:FORWARD DROP [0:0]\n-A FORWARD -i cni0 -j ACCEPT\n-A FORWARD -o cni0 -j ACCEPT\nCOMMIT';
  const text = `\n\nok: [node-1] => {\n    "msg": ${JSON.stringify(rules)}\n}\n`;
  const [table] = (await readAll(text)).captures.flatMap((c) => c.facts);
  expect(table).toMatchObject({
    chains: { name: ['FORWARD'], line: [4] },
    rules: { text: ['-i cni0 -j ACCEPT', '-o cni0 -j ACCEPT'] },
  });
  const { runs } = (table as unknown as { rules: { runs: { rule: number[]; line: number[] } } }).rules;
  expect(runs.rule.slice(0, 2)).toEqual([0, 1]);
  expect(new Set(runs.line)).toEqual(new Set([4]));
});

test("the machine that a task was delegated to, a loop's command, ad hoc", async () => {
  const json = JSON.stringify({ stdout_lines: ROUTES });
  expect(await read(`ok: [node-1 -> node-2(10.0.0.2)] => (item=ip route) => ${json}\n`)).toEqual([
    { ...routes, commandLine: 'ip route', host: 'node-2', lines: [1, 1] },
  ]);
  expect(await read(`node-1 | CHANGED => ${json}\n`)).toEqual([{ ...routes, lines: [1, 1] }]);
});

test('the callback that prints YAML', async () => {
  const list = `ok: [node-1] => \n  out.stdout_lines:\n${ROUTES.map((r) => `  - ${r}`).join('\n')}\n`;
  const block = `changed: [node-2] => changed=true \n  cmd:\n  - ip\n  - route\n  rc: 0\n  stdout: |-\n${ROUTES.map((r) => `    ${r}`).join('\n')}\n  stdout_lines: <omitted>\n`;
  expect(await read(list + block)).toEqual([
    { ...routes, lines: [3, 4] },
    { ...routes, commandLine: 'ip route', host: 'node-2', lines: [11, 12] },
  ]);
});

test('what a command could not do is said, and what shows no output is not lost', async () => {
  const failed = { cmd: ['ip', 'route', 'show', 'table', '99'], msg: 'non-zero return code', rc: 2, stdout: '' };
  const stderr = 'Error: ipv4: FIB table does not exist.';
  const text = `fatal: [node-1]: FAILED! => ${JSON.stringify({ ...failed, stderr })}\nfatal: [node-2]: UNREACHABLE! => {"changed": false, "msg": "Failed to connect", "unreachable": true}\n`;
  const { captures, unrecognised } = await readAll(text);
  expect(captures).toMatchObject([{ command: 'ip-route', failure: { reason: 'command-failed' } }]);
  expect(unrecognised).toMatchObject([{ line: 2, lines: 1 }]);
});

test('what else is in the paste is read as ever', async () => {
  const text = `root@bastion:~# ip route\n${ROUTES.join('\n')}\n\n${shown('node-1')}\n`;
  expect((await read(text)).map(({ host, lines }) => ({ host, lines }))).toEqual([
    { host: 'node-1', lines: [7, 8] },
    { host: 'bastion', lines: [2, 3] },
  ]);
});

test.each([
  'ok: [node-1] => {"changed": false, "name": "chrony", "state": "started"}',
  'ok: [node-1] => {\n    "msg": "the gateway is 192.168.50.1"\n}',
  `ok: [node-1] => {\n    "out.stdout_lines": [\n${array(ROUTES, '        ')}`,
])('no output, or half a result: %s', async (text) => expect(await read(text)).toEqual([]));
