import { BundleError, type OpenOptions, openBundle, reread } from './bundle/index.js';
import { decodeText } from './capture/decode.js';
import { arrange, layouts } from './capture/layouts/index.js';
import { type Input, locate } from './capture/locate.js';
import type { Unrecognised } from './capture/piece.js';
import { emptyListings } from './capture/quiet.js';
import type { AnyParser } from './capture/recognise.js';
import { retold } from './capture/told.js';
import type { ReportUnread } from './engine/report.js';
import { type At, type Capture, fileOf, lineOf, quotable, type Tally } from './kit/index.js';
import { buildModel } from './model/build.js';
import type { ClusterModel } from './model/types.js';
import { blockOf, isReplaced, newReading, type Reading, readLinks, take } from './reading.js';

export interface LoadedBundle {
  readonly paths: readonly string[];
  readonly layout: string;
  readonly model: ClusterModel;
  readonly unread: readonly ReportUnread[];
  /** Sentences about encodings and the like. */
  readonly notes: readonly string[];
  /** Parsers that crashed. */
  readonly crashes: readonly string[];
  /** Some input could not be read to its end, or at all. */
  readonly damaged: boolean;
  readonly files: number;
  /** What became of the bytes that were read, decoded, and of those that were not. */
  readonly ledger: Ledger;
  /** Texts of lines, as far as they can be read again. */
  lines(wanted: readonly At[]): Promise<ReadonlyMap<At, string>>;
}

export interface Ledger extends Tally {
  /** All of them: facts + noise + gaps + unread. */
  readonly total: number;
  /** Of texts that nothing recognised, and of files that were not opened, as far as their size is known. */
  readonly unread: number;
}

/** Finds the collectors of each input, and reads again what means more in their light. */
async function settle(reading: Reading): Promise<readonly Omit<Input, 'captures'>[]> {
  const inners: string[][] = reading.inputs.map(() => []);
  const above: string[] = [];
  for (const { input, inner, path } of reading.files) {
    inners[input]?.push(inner);
    if (path.endsWith(inner)) above[input] = path.slice(0, path.length - inner.length);
  }
  const inputs = reading.inputs.map((input, i) => ({
    ...input,
    arrangement: arrange(inners[i] ?? [], layouts, above[i]),
  }));
  const files = reading.files.map((file) => {
    const arranged = inputs[file.input]?.arrangement.of(file.inner);
    return arranged ? { ...file, arranged } : file;
  });
  const again = await retold({
    parsers: reading.parsers,
    files,
    captures: reading.captures,
    textOf: (index) => reading.texts.get(index) ?? reading.spare.get(index),
    blockOf,
  });
  for (const { file, captures, unrecognised, crashes } of again.files) {
    reading.captures.set(file.index, captures);
    reading.unrecognised.set(file.index, unrecognised);
    reading.crashes.push(...crashes);
    const text = reading.spare.get(file.index);
    if (text && captures.length > 0) reading.texts.set(file.index, text);
  }
  for (const { file, capture } of again.failed)
    reading.captures.set(file.index, [...(reading.captures.get(file.index) ?? []), capture]);
  for (const [file, captures] of emptyListings(reading.captures)) reading.captures.set(file, captures);
  reading.spare.clear();
  return inputs;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrderOfText = (texts: readonly string[]): readonly string[] => [...texts].sort(byText);

/** Captures numbered by where they stand and not by the order in which an archive happens to hold its members. */
function inOrder(reading: Reading, inputs: readonly Omit<Input, 'captures'>[]): readonly Input[] {
  let next = 0;
  const byInput = new Map<number, Capture[]>();
  for (const file of reading.files) {
    const list = byInput.get(file.input) ?? [];
    if (!isReplaced(reading, file.path))
      for (const capture of reading.captures.get(file.index) ?? []) list.push(capture);
    byInput.set(file.input, list);
  }
  return inputs.map((input, i) => {
    const sorted = (byInput.get(i) ?? []).sort(
      (a, b) => byText(a.path, b.path) || a.firstLine - b.firstLine || a.id - b.id,
    );
    return { ...input, captures: sorted.map((c) => ({ ...c, id: next++ })) };
  });
}

/** What no capture and no unrecognised text holds is a prompt, a command line, a fence, prose or a header: noise by declaration. */
function ledgerOf(reading: Reading): Ledger {
  const captures = [...reading.captures.values()].flat();
  const sum = (of: (c: Capture) => number): number => captures.reduce((n, c) => n + of(c), 0);
  const facts = sum((c) => c.bytes.facts);
  const gaps = sum((c) => c.bytes.gaps);
  const unrecognised = [...reading.unrecognised.values()].flat().reduce((n, u) => n + u.bytes, 0);
  return {
    total: reading.bytes.text + reading.bytes.unread,
    facts,
    gaps,
    noise: reading.bytes.text - facts - gaps - unrecognised,
    unread: unrecognised + reading.bytes.unread,
  };
}

const unreadOf = (u: Unrecognised): ReportUnread => ({
  file: u.path,
  line: u.line,
  lines: u.lines,
  reason: u.lines === 0 ? 'empty' : 'unsupported',
  detail: u.detail,
});

/** Reads the inputs as one cluster: bytes to captures to the model. Throws only for bugs; trouble with the input is in `unread`. */
export async function loadBundle(
  paths: readonly string[],
  parsers: readonly AnyParser[],
  options: OpenOptions = {},
): Promise<LoadedBundle> {
  const reading = newReading(parsers);
  try {
    for await (const event of openBundle(paths, options)) await take(reading, event);
    await readLinks(reading, paths, options);
  } catch (error) {
    // No input could be read at all: each is in `unread` already, and the report says so.
    if (!(error instanceof BundleError) || paths.length === 0) throw error;
    reading.damaged = true;
  }
  const inputs = inOrder(reading, await settle(reading));
  const byCommand = new Map(parsers.map((p) => [p.command, p]));
  const isCluster = (command: string) => byCommand.get(command)?.scope === 'cluster';
  const captures = inputs.flatMap((i) => i.captures);
  const { located, layout } = locate(inputs, captures, isCluster);
  const emits = new Map(parsers.map((p) => [p.command, p.emits as readonly string[]]));
  const unread = [...reading.unread, ...[...reading.unrecognised.values()].flat().map(unreadOf)];
  return {
    paths: inOrderOfText([...new Set(paths)]),
    layout,
    model: buildModel({ captures, located, files: reading.files.map((f) => f.path), emits, isCluster }),
    unread: unread.sort((a, b) => byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0)),
    notes: inOrderOfText(reading.notes),
    crashes: inOrderOfText(reading.crashes),
    damaged: reading.damaged,
    files: reading.files.length,
    ledger: ledgerOf(reading),
    lines: (wanted) => readLines(reading, paths, options, wanted),
  };
}

async function readLines(
  reading: Reading,
  paths: readonly string[],
  options: OpenOptions,
  wanted: readonly At[],
): Promise<ReadonlyMap<At, string>> {
  const out = new Map<At, string>();
  const again = new Map<string, Set<number>>();
  const pathOf = (at: At): string => {
    const path = reading.files[fileOf(at)]?.path ?? '';
    return reading.copies.get(path) ?? path;
  };
  for (const at of wanted) {
    const text = reading.texts.get(fileOf(at));
    if (text) out.set(at, quotable(text.line(lineOf(at) - 1)));
    else again.set(pathOf(at), (again.get(pathOf(at)) ?? new Set<number>()).add(lineOf(at)));
  }
  if (again.size === 0) return out;
  const found = await reread(paths, again, { ...options, decode: (bytes) => decodeText(bytes).text });
  for (const at of wanted) {
    const line = found.get(pathOf(at))?.get(lineOf(at));
    if (line !== undefined) out.set(at, quotable(line));
  }
  return out;
}
