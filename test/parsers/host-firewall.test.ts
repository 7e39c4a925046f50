import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import { headOf, recogniseFile, recogniseOutput } from '../../src/capture/recognise.js';
import { textFrom, textOf } from '../../src/kit/index.js';
import { firewallCmd } from '../../src/parsers/firewall-cmd.js';
import { firewallCommand } from '../../src/parsers/firewalld/command.js';
import { parsers } from '../../src/parsers/index.js';
import { ufwStatus } from '../../src/parsers/ufw-status.js';

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const textOfSample = (name: string) => textOf(readFileSync(join(root, `${name}.txt`)));
const samples = ['firewall-cmd', 'ufw-status'].flatMap((command) =>
  readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => ({ command, name: `${command}/${f.slice(0, -4)}` })),
);

/** A word or a message, of which only the command line tells what it is. */
const BY_COMMAND: ReadonlySet<string> = new Set([
  'firewall-cmd/chain-rules',
  'firewall-cmd/chains',
  'firewall-cmd/default-zone',
  'firewall-cmd/denied',
  'firewall-cmd/passthroughs',
  'firewall-cmd/reload',
  'firewall-cmd/state',
  'firewall-cmd/stopped',
  'ufw-status/denied',
  'ufw-status/empty',
  'ufw-status/inactive',
]);

test.each(samples.filter(({ name }) => !BY_COMMAND.has(name)))('$name by its content', ({ command, name }) => {
  expect(recogniseFile(parsers, 'output', headOf(textOfSample(name)))?.parser.command).toBe(command);
});

test.each(samples.filter(({ name }) => existsSync(join(root, `${name}.cmd`))))('$name by its command', (sample) => {
  const argv = readFileSync(join(root, `${sample.name}.cmd`), 'utf8')
    .trim()
    .split(/\s+/);
  expect(recogniseOutput(parsers, argv, headOf(textOfSample(sample.name)))?.parser.command).toBe(sample.command);
});

test.each([
  ['ufw_status', 'ufw-status/inactive', 'ufw-status'],
  ['ufw_status_verbose.txt', 'ufw-status/verbose', 'ufw-status'],
  ['firewall-cmd_--state', 'firewall-cmd/state', 'firewall-cmd'],
  ['firewall-cmd_--permanent_--list-all-zones', 'firewall-cmd/list-all-zones', 'firewall-cmd'],
])('%s by its name', (file, sample, command) => {
  expect(recogniseFile(parsers, `sos_commands/firewalld/${file}`, headOf(textOfSample(sample)))?.parser.command).toBe(
    command,
  );
});

test.each([
  ['firewall-cmd --list-all', { prints: 'zones', scope: { zone: 'default', permanent: 'false' } }],
  ['firewall-cmd --zone=public --list-all', { scope: { name: 'public', permanent: 'false' } }],
  ['firewall-cmd --permanent --list-all-zones', { permanent: true, scope: { permanent: 'true' } }],
  ['firewall-cmd --info-zone public', { scope: { name: 'public', permanent: 'false' } }],
  ['firewall-cmd --policy=out --list-all', { prints: 'policies', kinds: ['firewalld-policy'] }],
  ['firewall-cmd --get-active-zones', { prints: 'active', scope: {} }],
  ['firewall-offline-cmd --list-all-zones', { permanent: true }],
  ['firewall-cmd --permanent --add-port=8472/udp', { prints: 'nothing', kinds: [] }],
])('%s', (line, expected) => expect(firewallCommand(line.split(' '))).toMatchObject(expected));

test('a file name tells what was listed, and whether it is in force', () => {
  const context = { argv: [], fileName: 'firewall-cmd_--permanent_--list-all-zones', scope: {} };
  const parsed = parseText(firewallCmd, textOfSample('firewall-cmd/list-all-zones'), 0, context);
  expect(parsed.kinds).toEqual(['firewalld-zone']);
  expect(parsed.incomplete).toBeUndefined();
  expect(parsed.facts.map((f) => (f as unknown as { permanent: boolean }).permanent)).toEqual([true, true, true, true]);
});

test('one zone without its command line may be one of several', () => {
  const context = { argv: [], fileName: '', scope: {} };
  expect(parseText(firewallCmd, textOfSample('firewall-cmd/list-all'), 0, context).incomplete?.completeness).toBe(
    'filtered',
  );
});

test('a table of rules without its status is of a firewall that is on', () => {
  const text = textFrom('     To   Action   From\n     --   ------   ----\n[ 1] 22/tcp   ALLOW IN   Anywhere');
  expect(recogniseFile(parsers, 'output', headOf(text))?.parser.command).toBe('ufw-status');
  const { facts, gaps } = parseText(ufwStatus, text, 0, { argv: [], fileName: '', scope: {} });
  expect(gaps).toEqual([]);
  expect(facts.map((f) => f.kind).sort()).toEqual(['ufw', 'ufw-rule']);
});

test.each([
  ['a hidden address', '10.xx.x6.112 22/tcp           ALLOW       Anywhere'],
  ['prose', 'the firewall is fine'],
  ['half a rule', '22/tcp                     ALLOW'],
  ['a megabyte of blanks', `22/tcp${' '.repeat(1_000_000)}`],
])('%s is a gap of ufw status', (_, line) => {
  const { gaps, facts } = parseText(ufwStatus, textFrom(`Status: active\n${line}`), 0, {
    argv: [],
    fileName: '',
    scope: {},
  });
  expect(gaps).toHaveLength(1);
  expect(facts).toHaveLength(1);
});
