import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../src/capture/parse.js';
import { type CaptureContext, type Fact, lineOf, textOf } from '../src/kit/index.js';
import { parsers } from '../src/parsers/index.js';

/**
 * Walks samples/parsers/<command>/: each NAME.txt is a real capture, NAME.json what the parser reads from it, and an
 * optional first line `#$ ip route show table 100` in NAME.cmd the command line that it came from.
 * `UPDATE=1 npm test -- parsers` rewrites the JSON: read the difference before you commit it.
 */
const root = join(import.meta.dirname, '..', 'samples', 'parsers');
const byCommand = new Map(parsers.map((p) => [p.command, p]));

const contextOf = (base: string): CaptureContext => {
  const argv = existsSync(`${base}.cmd`) ? readFileSync(`${base}.cmd`, 'utf8').trim().split(/\s+/) : [];
  return { argv, fileName: '', scope: {} };
};

const withLine = ({ at, ...fact }: Fact) => ({ line: lineOf(at), ...fact });

describe.each(readdirSync(root).sort())('samples/parsers/%s', (command) => {
  const names = readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => f.slice(0, -4))
    .sort();

  test.each(names)('%s', async (name) => {
    const parser = byCommand.get(command);
    if (!parser) throw new Error(`no parser is called ${command}`);
    const base = join(root, command, name);
    await parser.prepare?.();
    const claim = parser.claims.command?.(contextOf(base).argv);
    const text = textOf(readFileSync(`${base}.txt`));
    const parsed = parseText(parser, text, 0, { ...contextOf(base), scope: claim?.scope ?? {} });
    const { bytes, last, ...lines } = parsed;
    expect(last).toBeLessThan(text.count);
    expect(bytes.facts + bytes.noise + bytes.gaps).toBe(text.bytes.byteLength);
    const seen = {
      ...lines,
      facts: parsed.facts.map(withLine),
      ...(parsed.elsewhere && {
        elsewhere: parsed.elsewhere.map((e) => ({ ...e, facts: e.facts.map(withLine) })),
      }),
      gaps: parsed.gaps.map((g) => ({ line: lineOf(g.at), reason: g.reason, text: g.text })),
    };
    if (process.env['UPDATE']) writeFileSync(`${base}.json`, `${JSON.stringify(seen, null, 1)}\n`);
    expect(parsed.crash).toBeUndefined();
    expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
    expect(JSON.parse(JSON.stringify(seen))).toEqual(JSON.parse(readFileSync(`${base}.json`, 'utf8')));
  });

  test('has a sample', () => expect(names.length).toBeGreaterThan(0));
});

test('every parser has a sample folder', () => {
  expect(parsers.map((p) => p.command)).toEqual(readdirSync(root).sort());
});
