import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../src/capture/parse.js';
import { textFrom } from '../src/kit/index.js';
import { parsers } from '../src/parsers/index.js';
import { fits, gapKinds, kindsOf, reasonsInSource } from './gaps.js';

const samples = join(import.meta.dirname, '..', 'samples', 'parsers');

/** The sample as people send it: cut in a line, with a line of something else, its first line gone, its addresses masked. */
const broken = (text: string): readonly string[] => {
  const lines = text.split('\n');
  const middle = Math.floor(lines.length / 2);
  return [
    text,
    text.slice(0, Math.floor(text.length * 0.6)),
    [...lines.slice(0, middle), 'what is this line', ...lines.slice(middle)].join('\n'),
    lines.slice(1).join('\n'),
    text.replace(/\b(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\b/g, '$1.xx.$3.yyy'),
    text.replace(/\b[\da-f]{2}(?::[\da-f]{2}){5}\b/g, 'xx:xx:xx:xx:xx:xx'),
  ];
};

/** Every reason that samples and what becomes of them give, with the parser that gave it. */
async function reasonsOfSamples(): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  for (const parser of parsers) {
    await parser.prepare?.();
    const folder = join(samples, parser.command);
    for (const name of readdirSync(folder).filter((f) => f.endsWith('.txt'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      if (text.length > 200_000) continue;
      for (const version of broken(text)) {
        const { gaps } = parseText(parser, textFrom(version), 0, { argv: [], fileName: '', scope: {} });
        for (const { reason } of gaps) reasons.set(reason, `${parser.command}/${name}`);
      }
    }
  }
  return reasons;
}

const unlisted = (reasons: ReadonlyMap<string, string>): readonly string[] =>
  [...reasons].filter(([reason]) => kindsOf(reason).length === 0).map(([reason, from]) => `${from}: ${reason}`);

describe('docs/gaps.md', () => {
  const inSource = reasonsInSource();

  test('lists every reason that the source of a parser holds', () => {
    expect(inSource.size).toBeGreaterThan(200);
    expect(unlisted(inSource)).toEqual([]);
  });

  test('lists every reason that broken samples give', async () => {
    const reasons = await reasonsOfSamples();
    expect(reasons.size).toBeGreaterThan(60);
    expect(unlisted(reasons)).toEqual([]);
  }, 60_000);

  test('lists no kind that no parser gives', async () => {
    const all = [...inSource.keys(), ...(await reasonsOfSamples()).keys(), 'not understood', 'parser x crashed: y'];
    const stale = gapKinds.flatMap((k) => k.patterns.filter((p) => !all.some((reason) => fits(p, reason))));
    expect(stale).toEqual([]);
  }, 60_000);

  test('is a list, and no pattern takes everything', () => {
    expect(gapKinds.length).toBeGreaterThan(8);
    expect(kindsOf('the moon is full')).toEqual([]);
  });
});
