import { splitBlocks } from '../../src/capture/blocks.js';
import { type FileResult, readFile } from '../../src/capture/file.js';
import { isProse } from '../../src/capture/sentences.js';
import { hasPrompt } from '../../src/capture/typed.js';
import { parsers } from '../../src/parsers/index.js';
import { type CorpusFile, readCorpus } from './corpus.js';

/*
 * Every text of the corpus as a file of a bundle, also those of commands that no parser reads: it must not throw, and each line must
 * be in a capture or be called unrecognised. Command lines, fences and sentences are in neither.
 */
const read = (file: CorpusFile): Promise<FileResult> =>
  readFile({ path: file.name, inner: file.name, bytes: file.bytes }, 0, 0, parsers, 'corpus');

/** Command lines, fences and prose are in no capture. */
const isTranscript = (text: FileResult['text']): boolean =>
  hasPrompt(text, text.count) || splitBlocks(text).some((b) => b.fenced);

interface Range {
  readonly from: number;
  readonly lines: number;
}

const rangesOf = (r: FileResult): readonly Range[] =>
  [
    ...r.captures.map((c) => ({ from: c.firstLine, lines: c.lineCount })),
    ...r.unrecognised.map((u) => ({ from: u.line, lines: u.lines })),
  ].sort((a, b) => a.from - b.from);

function problems(file: CorpusFile, r: FileResult): string[] {
  const found = r.crashes.map((crash) => `${file.name}: ${crash}`);
  for (const c of r.captures) {
    const { facts, noise, gaps } = c.tally;
    if (facts + noise + gaps !== c.lineCount)
      found.push(`${file.name}:${c.firstLine}: ${c.command}: ${facts + noise + gaps} of ${c.lineCount} lines`);
    if (gaps !== c.gaps.length) found.push(`${file.name}: ${gaps} gap lines, ${c.gaps.length} gaps`);
  }
  let covered = 0;
  let next = 1;
  // Sentences before and behind an output are no part of it, as prose of a transcript is not.
  const around = (from: number, to: number): number => {
    let n = 0;
    for (let i = from; i < to; i++) if (r.text.line(i - 1).trim() === '' || isProse(r.text.line(i - 1))) n++;
    return n;
  };
  for (const { from, lines } of rangesOf(r)) {
    if (from < next) found.push(`${file.name}:${from}: a line in two captures`);
    // Blank lines around an output of a paste are nobody's.
    covered += around(next, from) + lines;
    next = from + lines;
  }
  covered += around(next, r.text.count + 1);
  if (next > r.text.count + 1) found.push(`${file.name}: a capture ends behind the file`);
  if (covered !== r.text.count && !isTranscript(r.text))
    found.push(`${file.name}: ${covered} of ${r.text.count} lines are accounted for`);
  return found;
}

const corpus = readCorpus();
const folders = [...new Set(corpus.map((f) => f.folder))].sort();
const rows: string[] = [];
afterAll(() => void process.stdout.write(`\n${rows.join('\n')}\n`));

test.each(folders)('every line of %s is accounted for', async (folder) => {
  const files = corpus.filter((f) => f.folder === folder);
  const found: string[] = [];
  const commands = new Map<string, number>();
  for (const file of files) {
    const result = await read(file);
    found.push(...problems(file, result));
    for (const c of result.captures) commands.set(c.command, (commands.get(c.command) ?? 0) + 1);
    if (result.captures.length === 0) commands.set('(none)', (commands.get('(none)') ?? 0) + 1);
  }
  const taken = [...commands].sort((a, b) => b[1] - a[1]).map(([command, n]) => `${n} ${command}`);
  rows.push(`${folder.padEnd(22)} ${String(files.length).padStart(4)} files: ${taken.join(', ')}`);
  expect(files.length).toBeGreaterThan(0);
  expect(found).toEqual([]);
});
