import { decodeText } from '../../src/capture/decode.js';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import type { AnyFact } from '../../src/facts/index.js';
import { lineOf, type Parser, type Text } from '../../src/kit/index.js';
import { parsers } from '../../src/parsers/index.js';
import { kindsOf } from '../gaps.js';
import { commands } from './commands/index.js';
import { type CorpusCommand, type CorpusFile, exceptionFor, readCorpus } from './corpus.js';

const corpus = readCorpus();
const byCommand = new Map(parsers.map((p) => [p.command, p]));

/** Share of lines that a parser may not understand in complete captures. */
const MOST_GAPS = 0.005;
/** Big files are cut at so many places; small ones at every 37th byte. */
const MOST_CUTS = 300;
const BIG = 200_000;

const filesOf = (c: CorpusCommand): readonly CorpusFile[] => corpus.filter((f) => c.folders.includes(f.folder));

function parserOf(c: CorpusCommand): Parser<AnyFact> {
  const parser = byCommand.get(c.command);
  if (!parser) throw new Error(`no parser is called ${c.command}`);
  return parser;
}

function read(c: CorpusCommand, file: CorpusFile, text: Text): ParsedText {
  const parser = parserOf(c);
  const argv = file.argv.length > 0 ? file.argv : (c.argv?.(file) ?? []);
  const scope = (argv.length > 0 && parser.claims.command?.(argv)?.scope) || {};
  const parsed = parseText(parser, text, 0, { argv, fileName: '', scope });
  if (parsed.crash !== undefined) throw new Error(`${file.name}: ${parsed.crash}`);
  const { facts, noise, gaps } = parsed.tally;
  if (facts + noise + gaps !== text.count)
    throw new Error(`${file.name}: ${facts + noise + gaps} of ${text.count} lines`);
  if (parsed.gaps.length !== gaps) throw new Error(`${file.name}: ${parsed.gaps.length} gaps, tally ${gaps}`);
  return parsed;
}

/** The same random bytes in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x >>> 8;
  }
}

function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  const step = Math.max(37, Math.ceil(bytes.length / (bytes.length > BIG ? 20 : MOST_CUTS)));
  for (let end = 0; end < bytes.length; end += step) yield bytes.subarray(0, end);
  const random = numbers(bytes.length);
  for (let round = 0; round < 8 && bytes.length > 0; round++) {
    const copy = Uint8Array.from(bytes);
    for (let i = 0; i < 1 + bytes.length / 50; i++)
      copy[random.next().value % bytes.length] = random.next().value & 255;
    yield copy;
  }
  yield new TextEncoder().encode(new TextDecoder('latin1').decode(bytes).replaceAll('\n', '\r\n'));
}

const table: string[] = [];
afterAll(() => void process.stdout.write(`\n${table.join('\n')}\n`));

describe.each(commands.map((c) => [c.command, c] as const))('%s', (command, c) => {
  const files = filesOf(c);
  const own = files.filter((f) => !exceptionFor(f, c.foreign));
  const complete = own.filter((f) => f.filters.length === 0 && !exceptionFor(f, c.incomplete));

  beforeAll(async () => parserOf(c).prepare?.());

  test('the corpus holds it, and each exception is about a file', () => {
    expect(own.length).toBeGreaterThan(0);
    const named = [...(c.foreign ?? []), ...(c.incomplete ?? []), ...(c.oracleErrors ?? [])];
    expect(named.filter((e) => !files.some((f) => f.name.includes(e.file)) || e.because === '')).toEqual([]);
  });

  test('survives every file, and what damage leaves of it', () => {
    for (const file of files) {
      read(c, file, decodeText(file.bytes).text);
      for (const bytes of damaged(file.bytes)) read(c, file, decodeText(bytes).text);
    }
  }, 300_000);

  test('understands complete captures', () => {
    let lines = 0;
    const gaps: string[] = [];
    const reasons = new Map<string, number>();
    for (const file of complete) {
      const text = decodeText(file.bytes).text;
      const parsed = read(c, file, text);
      lines += text.count;
      for (const g of parsed.gaps) {
        gaps.push(`${file.name}:${lineOf(g.at)}: ${g.reason}: ${g.text}`);
        reasons.set(g.reason, (reasons.get(g.reason) ?? 0) + 1);
      }
    }
    const share = gaps.length / Math.max(1, lines);
    const kinds = [...reasons].sort((a, b) => b[1] - a[1]).map(([reason, n]) => `${n} ${reason}`);
    table.push(
      `${command.padEnd(22)} ${String(complete.length).padStart(4)} files ${String(lines).padStart(7)} lines ${(share * 100).toFixed(2).padStart(6)} % gaps  ${kinds.join('; ')}`,
    );
    expect([...reasons.keys()].filter((reason) => kindsOf(reason).length === 0)).toEqual([]);
    expect({ tooMany: share > MOST_GAPS, gaps: share > MOST_GAPS ? gaps.slice(0, 60) : [] }).toEqual({
      tooMany: false,
      gaps: [],
    });
  });

  const answered = own.filter((f) => c.oracle && f.answer !== undefined && !exceptionFor(f, c.oracleErrors));
  if (answered.length > 0) {
    test.each(answered.map((f) => [f.name, f] as const))('agrees with the answer of %s', (_, file) => {
      const compared = c.oracle?.(file, read(c, file, decodeText(file.bytes).text).facts);
      expect(compared && JSON.parse(JSON.stringify(compared.ours))).toEqual(
        compared && JSON.parse(JSON.stringify(compared.theirs)),
      );
    });
  }
});
