import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isFence } from '../src/capture/blocks.js';
import { decodeText } from '../src/capture/decode.js';
import { readFile } from '../src/capture/file.js';
import { parsePrompt } from '../src/capture/prompt.js';
import { isProse } from '../src/capture/sentences.js';
import { lint } from '../src/index.js';
import { parsers } from '../src/parsers/index.js';

/**
 * The ledger adds up: bytes in = facts + noise + gaps + unread. What lies in no capture is noise only where it is a prompt, a fence, a
 * header or a blank line, a sentence before or behind an output, or prose outside the fences of a document.
 */
const samples = join(import.meta.dirname, '..', 'samples');

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile() && !/\.(json|cmd|tar\.gz|tgz)$|README\.md$/.test(path))
    .sort();

/** Lines that may be outside of every capture. */
const isAround = (line: string): boolean =>
  line.trim() === '' ||
  isFence(line) ||
  parsePrompt(line) !== undefined ||
  isProse(line) ||
  /^\s*[$#%+>] ?\S|^#==\[/.test(line);

describe.each(['parsers', 'rules', 'answers'])('samples/%s', (folder) => {
  test('each line of each file has one fate', async () => {
    const wrong: string[] = [];
    for (const path of filesBelow(join(samples, folder))) {
      const bytes = new Uint8Array(readFileSync(path));
      const { text } = decodeText(bytes);
      const { captures, unrecognised } = await readFile(
        { path, inner: path.split('/').at(-1) ?? '', bytes },
        0,
        0,
        parsers,
        'x',
      );
      const fate = new Uint8Array(text.count);
      const spans = [
        ...captures.map((c) => [c.firstLine - 1, c.lineCount]),
        ...unrecognised.map((u) => [u.line - 1, u.lines]),
      ];
      for (const [from = 0, count = 0] of spans)
        for (let i = from; i < from + count; i++) {
          if (fate[i] === 1) wrong.push(`${path}:${i + 1}: in two captures`);
          fate[i] = 1;
        }
      const fences = [...fate.keys()].some((i) => isFence(text.line(i)));
      for (const [i, seen] of fate.entries())
        if (seen === 0 && !fences && !isAround(text.line(i))) wrong.push(`${path}:${i + 1}: lost: ${text.line(i)}`);
      for (const { path: file, tally, lineCount, bytes: b, firstLine } of captures) {
        if (tally.facts + tally.noise + tally.gaps !== lineCount) wrong.push(`${file}:${firstLine}: lines`);
        const size = text.start(firstLine - 1 + lineCount) - text.start(firstLine - 1);
        if (b.facts + b.noise + b.gaps !== size) wrong.push(`${file}:${firstLine}: bytes`);
      }
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});

const bundles = readdirSync(join(samples, 'bundles')).filter((n) =>
  statSync(join(samples, 'bundles', n)).isDirectory(),
);

test.each(bundles)('the report of %s says what became of every byte', async (name) => {
  const { bytes, captures } = (await lint([join(samples, 'bundles', name)])).coverage;
  expect(bytes.facts + bytes.noise + bytes.gaps + bytes.unread).toBe(bytes.total);
  expect(bytes.total).toBeGreaterThan(captures.length);
  expect(bytes.facts).toBeGreaterThan(bytes.total / 2);
});
