import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import { withFiles } from '../folder.js';

/** A lab cluster whose second node drops what a set holds. */
const bundle = join(import.meta.dirname, '..', '..', 'samples', 'bundles', 'bird-stopped');

function filesOf(folder: string, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? Object.entries(filesOf(join(folder, entry.name), `${prefix}${entry.name}/`))
        : [[`${prefix}${entry.name}`, readFileSync(join(folder, entry.name), 'utf8')]],
    ),
  );
}

const header = (name: string, type: string, options: string): string =>
  `\nName: ${name}\nType: ${type}\nRevision: 6\nHeader: ${options}\nSize in memory: 9\nReferences: 1\n`;
const set = (name: string, type: string, members: readonly string[]): string =>
  `${header(name, type, type === 'list:set' ? 'size 8' : 'family inet')}Members:\n${members.join('\n')}\n`;

const files = filesOf(bundle);

/** What becomes of a question of node 1 to node 2, with other files of the second. */
async function traced(changed: Readonly<Record<string, string>>, proto: 'icmp' | 'tcp') {
  return withFiles({ ...files, ...changed }, async (folder) => {
    const world = makeWorld((await load([folder])).model);
    const answer = traceProbe(world, {
      src: 'node:node-1',
      dst: 'node:node-2',
      proto,
      ...(proto === 'tcp' && { port: 10250 }),
    });
    if (answer.kind === 'error') throw new Error(answer.says);
    const { verdict, missing } = answer.trace;
    return { verdict, missing: missing.map((m) => m.input) };
  });
}

const NODE1 = '192.168.50.11';
const delivered = { verdict: 'delivered', missing: [] };
const dropped = { verdict: 'dropped', missing: [] };

const withRule = (match: string, sets: string): Record<string, string> => ({
  'node-2/iptables-save.txt': (files['node-2/iptables-save.txt'] ?? '').replace(
    '-A INPUT ',
    `-A INPUT -m set ${match} -j DROP\n-A INPUT `,
  ),
  'node-2/ipset-list.txt': `${files['node-2/ipset-list.txt'] ?? ''}${sets}`,
});

test.each([
  ['--match-set s src', set('s', 'hash:ip', [NODE1]), 'icmp', dropped],
  ['--match-set s dst', set('s', 'hash:ip', [NODE1]), 'icmp', delivered],
  ['! --match-set s src', set('s', 'hash:ip', [NODE1]), 'icmp', delivered],
  ['--match-set s src', set('s', 'hash:net', ['192.168.50.0/24', `${NODE1} nomatch`]), 'icmp', delivered],
  ['--match-set s src,dst', set('s', 'hash:ip,port', [`${NODE1},tcp:10250`]), 'tcp', dropped],
  ['--match-set s src,src', set('s', 'hash:ip,port', [`${NODE1},tcp:10250`]), 'tcp', delivered],
  ['--match-set s src,dst', set('s', 'hash:ip,port', [`${NODE1},icmp:echo-request`]), 'icmp', dropped],
  ['--match-set l src', set('s', 'hash:ip', [NODE1]) + set('l', 'list:set', ['s']), 'icmp', dropped],
  ['--match-set s src', header('s', 'hash:ip', 'family inet'), 'icmp', { verdict: 'unknown', missing: ['ipset s'] }],
  ['--match-set s src', '', 'icmp', { verdict: 'unknown', missing: ['ipset s'] }],
] as const)('%s on %j, %s', async (match, sets, proto, expected) => {
  expect(await traced(withRule(match, sets), proto)).toEqual(expected);
});

const SERVICE = '192.168.50.12:10250';

test.each([
  ['another service', '-A -t 192.168.50.12:80 -s rr\n', delivered],
  ['no destination', `-A -t ${SERVICE} -s rr\n`, dropped],
  ['none that takes', `-A -t ${SERVICE} -s rr\n-a -t ${SERVICE} -r 10.0.0.1:1 -m -w 0\n`, dropped],
  ['one that takes', `-A -t ${SERVICE} -s rr\n-a -t ${SERVICE} -r 192.168.50.12:10250 -m -w 1\n`, delivered],
  ['one that nobody has', `-A -t ${SERVICE} -s rr\n-a -t ${SERVICE} -r 10.0.0.1:1 -m -w 1\n`, dropped],
] as const)('IPVS with %s', async (_, rules, expected) => {
  expect(await traced({ 'node-2/ipvsadm.txt': rules }, 'tcp')).toEqual(expected);
});
