/**
 * node bench/paste.mjs [--megabytes N]: what looking for prompts, fences, headings and beginnings in a long text costs, against splitting the
 * same bytes into lines and decoding them. CPU time of one process, as ratios. Uses dist/lib.
 */
import { parseArgs } from 'node:util';
import { readFile } from '../dist/lib/src/capture/file.js';
import { textOf } from '../dist/lib/src/kit/index.js';
import { parsers } from '../dist/lib/src/parsers/index.js';

const { values } = parseArgs({ options: { megabytes: { type: 'string', default: '32' } } });
const size = Number(values.megabytes) * 2 ** 20;

function filled(line, head = '', tail = '') {
  const lines = [];
  for (let n = 0, i = 0; n < size; i++) {
    lines.push(line(i));
    n += lines[i].length + 1;
  }
  return `${head}${lines.join('\n')}\n${tail}`;
}

const two = (n) => String(n % 60).padStart(2, '0');
const KINDS = {
  'unknown log': [
    '',
    (i) =>
      `worker[${i % 97}] job ${((i * 40503) % 65536).toString(16)} ended with code ${i % 9} after ${i % 1000} ms in queue ${i % 13}`,
  ],
  'unknown markup': ['', (i) => `<a${i % 97}> [item ${i}]: value-${(i * 7919) % 10007} -`],
  'unknown headings': ['', (i) => `# worker ${i} on node-${i % 7}: some text ${i * 31}`],
  journal: [
    'journalctl',
    (i) => `Nov 25 10:${two(i)}:00 node-1 kubelet[900]: I1125 10:00:00.000000 900 reflector.go:147] watch ended ${i}`,
  ],
  iptables: [
    'iptables-save',
    (i) =>
      `-A KUBE-SERVICES -d 10.96.${(i >> 8) & 255}.${i & 255}/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-${(i * 7919).toString(36).toUpperCase()}`,
    '*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n',
    'COMMIT\n',
  ],
};

async function cpu(work) {
  const before = process.cpuUsage();
  await work();
  return process.cpuUsage(before).user / 1e3;
}

function decoded(bytes) {
  const text = textOf(bytes);
  for (let i = 0; i < text.count; i++) text.line(i);
}

const read = (bytes) =>
  readFile({ path: 'paste.txt', inner: 'paste.txt', bytes, size: bytes.length }, 0, 0, parsers, '.');

console.log(`${values.megabytes} MB, against decoding its lines:`);
for (const [kind, [command, line, head, tail]] of Object.entries(KINDS)) {
  const plain = filled(line, head, tail);
  const bytes = Buffer.from(plain);
  const base = await cpu(() => decoded(bytes));
  const alone = await cpu(() => read(bytes));
  const typed = await cpu(() => read(Buffer.from(`root@node-1:~# ${command || 'some-tool'}\n${plain}`)));
  const fenced = await cpu(() => read(Buffer.from(`\`\`\`\n${plain}\`\`\`\n`)));
  const ratio = (ms) => `${(ms / base).toFixed(1)}x`.padStart(7);
  console.log(`${kind.padEnd(17)} alone ${ratio(alone)}  typed ${ratio(typed)}  fenced ${ratio(fenced)}`);
}
