import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileResult, readFile } from '../../src/capture/file.js';
import { parsers } from '../../src/parsers/index.js';

/*
 * Outputs one after the other without any command line, some of them unknown, with and without blank lines between them: each known one must be
 * found. And what is one output must stay one.
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');

const read = (text: string): Promise<FileResult> => {
  const bytes = new TextEncoder().encode(text);
  return readFile({ path: 'paste', inner: 'paste', bytes, size: bytes.length } as never, 0, 0, parsers, '.');
};

interface Sample {
  readonly name: string;
  readonly command: string;
  readonly lines: readonly string[];
}

/** Samples that their content tells and that are understood wholly. */
async function tellingSamples(): Promise<Sample[]> {
  const out: Sample[] = [];
  for (const command of readdirSync(root))
    for (const file of readdirSync(join(root, command)).filter((f) => f.endsWith('.txt'))) {
      const { captures, unrecognised, text } = await read(readFileSync(join(root, command, file), 'utf8'));
      const [only] = captures;
      if (captures.length !== 1 || unrecognised.length > 0 || only?.command !== command) continue;
      if (only.facts.length === 0 || only.gaps.length > 0 || text.count < 2) continue;
      const lines = Array.from({ length: text.count }, (_, i) => text.line(i));
      out.push({ name: `${command}/${file}`, command, lines: lines.join('\n').trim().split('\n') });
    }
  return out;
}

/** mulberry32: the same numbers in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const UNKNOWN = [
  ['Our customer cannot reach any service since yesterday evening.', 'Please see what was collected below'],
  ['worker[4526] job 5c743554e845 finished with RETRY after 865ms', 'worker[1849] job fadc3b3fbfff failed after 839ms'],
  ['VENDOR  SLOT  SERIAL', 'Foo     8     4E579F6893', 'BarCo   3     B0287A3117'],
  ['-----BEGIN CERTIFICATE-----', '35292bc1ac91a437d5b6530751fae58bb07bd2c0b14a98ce', '-----END CERTIFICATE-----'],
  ['@@meter 1', '  | 592b 43aa 4993 |', '  | ad9b ce1b fd62 |'],
];

interface Layout {
  readonly unknown: boolean;
  readonly blank: boolean;
  /** Share of samples that must be found: two outputs of a kind, or one that takes any line, can't be told apart. */
  readonly least: number;
}

const LAYOUTS: readonly Layout[] = [
  { unknown: true, blank: true, least: 0.84 },
  { unknown: true, blank: false, least: 0.8 },
  { unknown: false, blank: true, least: 0.84 },
  { unknown: false, blank: false, least: 0.8 },
];

/** Are all lines of the sample read by its own parser? */
function isFound({ captures }: FileResult, { command, lines }: Sample, from: number): boolean {
  return lines.every((line, i) => {
    const at = from + i + 1;
    return (
      line.trim() === '' ||
      captures.some((c) => c.command === command && at >= c.firstLine && at < c.firstLine + c.lineCount)
    );
  });
}

describe('concatenated outputs without command lines', () => {
  let samples: Sample[];
  beforeAll(async () => {
    samples = await tellingSamples();
    expect(samples.length).toBeGreaterThan(600);
  });

  test.each(LAYOUTS)('unknown text: $unknown, blank lines: $blank', async ({ unknown, blank, least }) => {
    const random = randomFrom(7);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
    let all = 0;
    let found = 0;
    for (let round = 0; round < 30; round++) {
      const lines: string[] = [];
      const parts: { readonly sample: Sample; readonly from: number }[] = [];
      for (let n = 0; n < 3; n++) {
        if (unknown) lines.push(...pick(UNKNOWN), ...(blank ? [''] : []));
        const sample = pick(samples);
        parts.push({ sample, from: lines.length });
        lines.push(...sample.lines, ...(blank ? [''] : []));
      }
      const result = await read(`${lines.join('\n')}\n`);
      expect(result.crashes).toEqual([]);
      all += parts.length;
      found += parts.filter((p) => isFound(result, p.sample, p.from)).length;
    }
    expect(found / all).toBeGreaterThanOrEqual(least);
  });

  test('no sample falls apart in a fence, where headings and beginnings are looked for', async () => {
    const apart: string[] = [];
    for (const { name, lines } of samples) {
      const { captures, unrecognised } = await read(`\`\`\`\n${lines.join('\n')}\n\`\`\`\n`);
      if (captures.length !== 1 || unrecognised.length > 0) apart.push(name);
    }
    expect(apart).toEqual([]);
  });
});
