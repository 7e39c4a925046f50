import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import { headOf, recogniseFile, recogniseOutput } from '../../src/capture/recognise.js';
import type { EbtablesTableFact } from '../../src/facts/index.js';
import { lineOf, textOf } from '../../src/kit/index.js';
import { frameRulesOf } from '../../src/model/lookups/index.js';
import { ebtables } from '../../src/parsers/ebtables.js';
import { parsers } from '../../src/parsers/index.js';

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const textOfSample = (name: string) => textOf(readFileSync(join(root, `${name}.txt`)));
const samples = ['arptables', 'ebtables'].flatMap((command) =>
  readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => ({ command, name: `${command}/${f.slice(0, -4)}` })),
);

/** Nothing but the command line tells whose these are. */
const BY_COMMAND: ReadonlySet<string> = new Set(['arptables/empty', 'ebtables/no-kernel', 'ebtables/no-table']);

test.each(samples.filter(({ name }) => !BY_COMMAND.has(name)))('$name by its content', ({ command, name }) => {
  expect(recogniseFile(parsers, 'output', headOf(textOfSample(name)))?.parser.command).toBe(command);
});

test.each(samples.filter(({ name }) => existsSync(join(root, `${name}.cmd`))))('$name by its command', (sample) => {
  const argv = readFileSync(join(root, `${sample.name}.cmd`), 'utf8')
    .trim()
    .split(/\s+/);
  expect(recogniseOutput(parsers, argv, headOf(textOfSample(sample.name)))?.parser.command).toBe(sample.command);
});

test.each(readdirSync(join(root, 'iptables-save')).filter((f) => f.endsWith('.txt')))(
  'a dump of iptables stays one: %s',
  (file) => {
    const found = recogniseFile(parsers, 'output', headOf(textOf(readFileSync(join(root, 'iptables-save', file)))));
    expect(found?.parser.command ?? '').not.toMatch(/^(?:eb|arp)tables$/);
  },
);

test('rules out of the columns stand on their lines, with what they do', () => {
  const { facts } = parseText(ebtables, textOfSample('ebtables/legacy-counters'), 0, {
    argv: [],
    fileName: '',
    scope: {},
  });
  const table = facts[0] as EbtablesTableFact;
  expect(frameRulesOf(table).map((r) => [lineOf(r.at), r.chain, r.target, r.packets])).toEqual([
    [4, 'INPUT', 'mark', 12],
    [7, 'FORWARD', 'ACCEPT', 3],
    [8, 'FORWARD', 'DROP', 0],
  ]);
  expect(frameRulesOf(table, 'FORWARD')).toHaveLength(2);
});
