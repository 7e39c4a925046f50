import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { headOf, recogniseOutput } from '../../src/capture/recognise.js';
import { type CaptureContext, lineOf, type Parser, textOf } from '../../src/kit/index.js';
import { parsers } from '../../src/parsers/index.js';

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const named = (command: string): Parser => {
  const parser = parsers.find((p) => p.command === command);
  if (!parser) throw new Error(`no parser is called ${command}`);
  return parser;
};
const FORMS = parsers
  .map((p) => p.command)
  .filter((c) => /^(?:ip|bridge)-/.test(c) && existsSync(join(root, `${c}-json`)));
const samples = (command: string): string[] =>
  readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => f.slice(0, -4));

function contextOf(parser: Parser, base: string): CaptureContext {
  const argv = existsSync(`${base}.cmd`) ? readFileSync(`${base}.cmd`, 'utf8').trim().split(/\s+/) : [];
  return { argv, fileName: '', scope: parser.claims.command?.(argv)?.scope ?? {} };
}

function read(command: string, name: string): ParsedText {
  const parser = named(command);
  const base = join(root, command, name);
  return parseText(parser, textOf(new Uint8Array(readFileSync(`${base}.txt`))), 0, contextOf(parser, base));
}

/** What the two forms of iproute2 print differently: a namespace by name or number, and settings under other names. */
const comparable = (parsed: ParsedText): unknown[] =>
  parsed.facts
    .map((fact) => {
      const { at, netnsId, netnsName, counters, info, slave, ...rest } = fact as unknown as Record<string, unknown>;
      const kind = (part: unknown): unknown => (part as { kind?: string } | undefined)?.kind;
      return { ...rest, info: kind(info), slave: kind(slave) };
    })
    .map((fact) => JSON.parse(JSON.stringify(fact)) as Record<string, unknown>)
    .map((fact) => JSON.stringify(Object.entries(fact).map(sortFlags).sort()))
    .sort();

const sortFlags = ([key, value]: [string, unknown]): [string, unknown] => [
  key,
  key === 'flags' && Array.isArray(value) ? [...value].sort() : value,
];

describe.each(FORMS)('%s', (command) => {
  const twins = samples(command).filter((name) => name.startsWith('two-forms'));

  test.each(twins)('text and JSON of %s say the same', (name) => {
    const text = comparable(read(command, name));
    expect(text.length).toBeGreaterThan(0);
    expect(comparable(read(`${command}-json`, name))).toEqual(text);
    expect(comparable(read(`${command}-json`, `${name}-one-line`))).toEqual(text);
  });

  test('each object is told by a line of its own, and one line by line 1', () => {
    // A port of a bridge is told by its device's line.
    const pretty = read(`${command}-json`, 'two-forms')
      .facts.filter((f) => f.kind !== 'bridge-port')
      .map((f) => lineOf(f.at));
    expect(new Set(pretty).size).toBe(pretty.length);
    const dense = read(`${command}-json`, 'two-forms-one-line').facts.map((f) => lineOf(f.at));
    expect(Math.max(...dense)).toBeLessThanOrEqual(2);
  });

  test.each(samples(`${command}-json`).filter((n) => n.startsWith('two-forms')))('%s is recognised', (name) => {
    const head = headOf(textOf(new Uint8Array(readFileSync(join(root, `${command}-json`, `${name}.txt`)))));
    expect(recogniseOutput(parsers, [], head)?.parser.command).toBe(`${command}-json`);
    const { argv } = contextOf(named(`${command}-json`), join(root, `${command}-json`, name));
    expect(recogniseOutput(parsers, argv, head)?.parser.command).toBe(`${command}-json`);
  });

  const bytes = samples(`${command}-json`).map(
    (n) => new Uint8Array(readFileSync(join(root, `${command}-json`, `${n}.txt`))),
  );
  const holds = (damaged: Uint8Array): void => {
    const text = textOf(damaged);
    const parsed = parseText(named(`${command}-json`), text, 0, { argv: [], fileName: '', scope: {} });
    expect(parsed.crash).toBeUndefined();
    expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
    expect(parsed.gaps.length).toBe(parsed.tally.gaps);
    expect([0, 3]).toContain(named(`${command}-json`).claims.sniff(headOf(text)));
  };

  test('survives every sample cut anywhere', () => {
    for (const sample of bytes) for (let end = 0; end < sample.length; end += 97) holds(sample.subarray(0, end));
  });

  test('survives changed bytes', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...bytes), damage, (sample, changes) => {
        const copy = Uint8Array.from(sample);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        holds(copy);
      }),
      { numRuns: 60 },
    );
  });
});

test('a cut listing is truncated and keeps what stands whole', () => {
  const cut = read('ip-rule-json', 'cut');
  expect(cut.incomplete?.completeness).toBe('truncated');
  expect(cut.facts.length).toBeGreaterThan(1);
});

test('an empty listing is complete and no failure', () => {
  const none = read('ip-neigh-json', 'none');
  expect([none.facts.length, none.gaps.length, none.incomplete, none.failure]).toEqual([0, 0, undefined, undefined]);
});

test('a masked address is a gap, and its neighbours on the line are read', () => {
  const masked = read('ip-neigh-json', 'masked');
  expect(masked.facts.map((f) => (f as unknown as { address: string }).address)).toEqual(['10.0.0.7']);
  expect(masked.gaps.length).toBe(1);
});
