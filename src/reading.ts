import { type Alias, linkTable } from './aliases.js';
import { type BundleEvent, type LinkEvent, type OpenOptions, readAgain } from './bundle/index.js';
import { readFile } from './capture/file.js';
import type { Unrecognised } from './capture/piece.js';
import type { AnyParser } from './capture/recognise.js';
import type { FileRecord } from './capture/told.js';
import type { ReportUnread } from './engine/report.js';
import type { Capture, Text, VirtualFile } from './kit/index.js';

/**
 * Files up to this size stay in memory, so that evidence can be quoted at once and a file that nothing recognised be read anew once its
 * collector is known, each until the total is reached; evidence beyond is read again from the input.
 */
const KEEP_FILE = 1 << 20;
const KEEP_TOTAL = 16 << 20;

/** One reading of all inputs, before anything is made of it. */
export interface Reading {
  readonly parsers: readonly AnyParser[];
  readonly files: FileRecord[];
  readonly texts: Map<number, Text>;
  /** Texts that nothing recognised. */
  readonly spare: Map<number, Text>;
  /** By file index. */
  readonly captures: Map<number, readonly Capture[]>;
  readonly unrecognised: Map<number, readonly Unrecognised[]>;
  /** Captures so far. */
  count: number;
  /** Bytes of decoded texts, and of files that were not even opened. */
  readonly bytes: { text: number; unread: number };
  /** Of files that were not even opened. */
  readonly unread: ReportUnread[];
  readonly notes: string[];
  readonly crashes: string[];
  /** Inputs as the user gave them. */
  readonly inputs: { readonly path: string; readonly form: string }[];
  readonly kept: { texts: number; spare: number };
  readonly links: (LinkEvent & { readonly input: number })[];
  /** Copies of files, by path: where their bytes are. */
  readonly copies: Map<string, string>;
  /** Paths that a later member replaced. */
  readonly replaced: Set<string>;
  damaged: boolean;
}

export const newReading = (parsers: readonly AnyParser[]): Reading => ({
  parsers,
  files: [],
  texts: new Map(),
  spare: new Map(),
  captures: new Map(),
  unrecognised: new Map(),
  count: 0,
  bytes: { text: 0, unread: 0 },
  unread: [],
  notes: [],
  crashes: [],
  inputs: [],
  kept: { texts: 0, spare: 0 },
  links: [],
  copies: new Map(),
  replaced: new Set(),
  damaged: false,
});

export const blockOf = (file: { readonly input: number }): string => `collected:${file.input}`;

/** Keeps the text while there is room. */
function keep(reading: Reading, store: 'texts' | 'spare', index: number, text: Text): void {
  const size = text.bytes.byteLength;
  if (size > KEEP_FILE || reading.kept[store] + size > KEEP_TOTAL) return;
  reading[store].set(index, text);
  reading.kept[store] += size;
}

async function readOne(reading: Reading, file: VirtualFile, input: number): Promise<void> {
  const index = reading.files.length;
  const { path, inner, mtime, cut } = file;
  const record: FileRecord = {
    index,
    input,
    path,
    inner,
    ...(mtime !== undefined && { mtime }),
    ...(cut !== undefined && { cut }),
  };
  reading.files.push(record);
  const result = await readFile(file, index, reading.count, reading.parsers, blockOf(record));
  // What is read of it again is no more whole.
  if (result.cut !== undefined) reading.files[index] = { ...record, cut: result.cut };
  reading.count += result.captures.length;
  reading.bytes.text += result.text.bytes.byteLength;
  reading.captures.set(index, result.captures);
  if (result.unrecognised.length > 0) reading.unrecognised.set(index, result.unrecognised);
  reading.notes.push(...result.notes.map((n) => `${file.path}: ${n}`));
  reading.crashes.push(...result.crashes);
  if (!file.lent) keep(reading, result.captures.length > 0 ? 'texts' : 'spare', index, result.text);
}

/** Takes one event of the bundle in. */
export async function take(reading: Reading, event: BundleEvent): Promise<void> {
  const input = Math.max(0, reading.inputs.length - 1);
  if (event.kind === 'input') reading.inputs.push({ path: event.path, form: event.form });
  else if (event.kind === 'file') await readOne(reading, event.file, input);
  else if (event.kind === 'link') reading.links.push({ ...event, input });
  else if (event.kind === 'replaced') {
    reading.replaced.add(event.path);
    const detail = `a later member of the same name counts instead: ${event.by}`;
    reading.unread.push({ file: event.path, reason: 'unsupported', detail });
  } else {
    const { path, reason, detail, bytes = 0 } = event.unread;
    reading.unread.push({ file: path, reason, detail });
    reading.bytes.unread += bytes;
    if (reason === 'unreadable' || reason === 'truncated' || reason === 'capped') reading.damaged = true;
  }
}

/** Did a later member replace this file, or an archive that it lies in? */
export function isReplaced({ replaced }: Reading, path: string): boolean {
  if (replaced.size === 0) return false;
  if (replaced.has(path)) return true;
  for (let i = path.indexOf('!/'); i !== -1; i = path.indexOf('!/', i + 1))
    if (replaced.has(path.slice(0, i))) return true;
  return false;
}

/**
 * What links say, once all are known: a file that nothing recognised is tried under the names of the links to it, and the hard links of
 * other folders are read as the files that they are. Both need the bytes again, which went by.
 */
export async function readLinks(reading: Reading, paths: readonly string[], options: OpenOptions): Promise<void> {
  const table = linkTable(reading.links, reading.parsers);
  const silent = new Map<string, FileRecord>();
  const aliases = new Map<string, readonly Alias[]>();
  if (reading.links.length > 0)
    for (const file of reading.files) {
      if (reading.captures.get(file.index)?.length !== 0 || isReplaced(reading, file.path)) continue;
      const names = table.aliasesOf(file.path);
      if (names.length === 0) continue;
      silent.set(file.path, file);
      aliases.set(file.path, names);
    }
  const wanted = new Set([...aliases.keys(), ...table.copies.keys()]);
  if (wanted.size === 0) return;
  for await (const file of readAgain(paths, wanted, options)) {
    const record = silent.get(file.path);
    for (const alias of (record && aliases.get(file.path)) ?? [])
      if (record && (await readAs(reading, file, record, alias))) break;
    for (const link of table.copies.get(file.path) ?? []) {
      reading.copies.set(link.path, file.path);
      await readOne(reading, { ...file, path: link.path, inner: link.inner }, link.input);
    }
  }
  for (const link of reading.links)
    if (link.copy && !reading.copies.has(link.path))
      reading.unread.push({
        file: link.path,
        reason: 'unsupported',
        detail: `hard link to ${link.target}, which was read under that name only`,
      });
}

/** Tries a file that nothing recognised under another name; its place stays its own. */
async function readAs(reading: Reading, file: VirtualFile, record: FileRecord, alias: Alias): Promise<boolean> {
  const renamed = { ...file, inner: alias.inner };
  const result = await readFile(renamed, record.index, reading.count, reading.parsers, blockOf(record));
  reading.crashes.push(...result.crashes);
  if (result.captures.length === 0) return false;
  reading.count += result.captures.length;
  reading.captures.set(
    record.index,
    result.captures.map((c) => ({ ...c, inner: record.inner })),
  );
  reading.unrecognised.delete(record.index);
  if (!file.lent) keep(reading, 'texts', record.index, result.text);
  return true;
}
