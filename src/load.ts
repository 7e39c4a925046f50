import { type Alias, linkTable } from './aliases.js';
import {
  BundleError,
  type BundleEvent,
  type LinkEvent,
  type OpenOptions,
  openBundle,
  readAgain,
  reread,
} from './bundle/index.js';
import { decodeText } from './capture/decode.js';
import { type FileResult, readFile } from './capture/file.js';
import { type Input, locate } from './capture/locate.js';
import type { AnyParser } from './capture/recognise.js';
import type { ReportUnread } from './engine/report.js';
import { type At, type Capture, fileOf, lineOf, type Text, type VirtualFile } from './kit/index.js';
import { buildModel } from './model/build.js';
import type { ClusterModel } from './model/types.js';

/** Files up to this size stay in memory so that evidence can be quoted at once, until the total is reached; others are read again. */
const KEEP_FILE = 1 << 20;
const KEEP_TOTAL = 16 << 20;

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
  /** Texts of lines, as far as they can be read again. */
  lines(wanted: readonly At[]): Promise<ReadonlyMap<At, string>>;
}

interface Reading {
  readonly parsers: readonly AnyParser[];
  readonly files: string[];
  readonly texts: Map<number, Text>;
  /** Captures so far. */
  count: number;
  readonly unread: ReportUnread[];
  readonly notes: string[];
  readonly crashes: string[];
  /** Inputs as the user gave them. */
  readonly inputs: { path: string; form: string; captures: Capture[] }[];
  readonly links: (LinkEvent & { readonly input: number })[];
  /** Files that nothing recognised; a link's name may say what they are. */
  readonly silent: Map<
    string,
    { readonly index: number; readonly input: number; readonly unread: readonly ReportUnread[] }
  >;
  /** Copies of files, by path: where their bytes are. */
  readonly copies: Map<string, string>;
  /** Paths that a later member replaced. */
  readonly replaced: Set<string>;
  /** What was unread until a link gave it a name. */
  readonly named: Set<ReportUnread>;
  kept: number;
  damaged: boolean;
}

const COLLECTED = 'collected';

async function readOne(reading: Reading, file: VirtualFile, input: number): Promise<void> {
  const index = reading.files.length;
  reading.files.push(file.path);
  const result = await readFile(file, index, reading.count, reading.parsers, `${COLLECTED}:${input + 1}`);
  for (const capture of result.captures) reading.inputs[input]?.captures.push(capture);
  reading.count += result.captures.length;
  const unread = result.unrecognised.map(
    (u): ReportUnread => ({
      file: u.path,
      line: u.line,
      lines: u.lines,
      reason: u.lines === 0 ? 'empty' : 'unsupported',
      detail: u.detail,
    }),
  );
  reading.unread.push(...unread);
  if (result.captures.length === 0) reading.silent.set(file.path, { index, input, unread });
  reading.notes.push(...result.notes.map((n) => `${file.path}: ${n}`));
  reading.crashes.push(...result.crashes);
  keepText(reading, index, file, result);
}

function keepText(reading: Reading, index: number, file: VirtualFile, { captures, text }: FileResult): void {
  const size = text.bytes.byteLength;
  if (captures.length > 0 && !file.lent && size <= KEEP_FILE && reading.kept + size <= KEEP_TOTAL) {
    reading.texts.set(index, text);
    reading.kept += size;
  }
}

async function take(reading: Reading, event: BundleEvent): Promise<void> {
  const input = reading.inputs.length - 1;
  if (event.kind === 'input') reading.inputs.push({ path: event.path, form: event.form, captures: [] });
  else if (event.kind === 'file') await readOne(reading, event.file, input);
  else if (event.kind === 'link') reading.links.push({ ...event, input });
  else if (event.kind === 'replaced') {
    reading.replaced.add(event.path);
    const detail = `a later member of the same name counts instead: ${event.by}`;
    reading.unread.push({ file: event.path, reason: 'unsupported', detail });
  } else {
    const { path, reason, detail } = event.unread;
    reading.unread.push({ file: path, reason, detail });
    if (reason === 'unreadable' || reason === 'truncated' || reason === 'capped') reading.damaged = true;
  }
}

/** Did a later member replace this file, or an archive that it lies in? */
function isReplaced({ replaced }: Reading, path: string): boolean {
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
async function readLinks(reading: Reading, paths: readonly string[], options: OpenOptions): Promise<void> {
  const table = linkTable(reading.links, reading.parsers);
  const aliases = new Map<string, readonly Alias[]>();
  for (const path of reading.silent.keys()) {
    const names = isReplaced(reading, path) ? [] : table.aliasesOf(path);
    if (names.length > 0) aliases.set(path, names);
  }
  const wanted = new Set([...aliases.keys(), ...table.copies.keys()]);
  if (wanted.size === 0) return;
  for await (const file of readAgain(paths, wanted, options)) {
    for (const alias of aliases.get(file.path) ?? []) if (await readAs(reading, file, alias)) break;
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
async function readAs(reading: Reading, file: VirtualFile, alias: Alias): Promise<boolean> {
  const silent = reading.silent.get(file.path);
  if (!silent) return false;
  const renamed = { ...file, inner: alias.inner };
  const block = `${COLLECTED}:${silent.input + 1}`;
  const result = await readFile(renamed, silent.index, reading.count, reading.parsers, block);
  reading.crashes.push(...result.crashes);
  if (result.captures.length === 0) return false;
  for (const capture of result.captures) reading.inputs[silent.input]?.captures.push(capture);
  reading.count += result.captures.length;
  reading.silent.delete(file.path);
  for (const entry of silent.unread) reading.named.add(entry);
  keepText(reading, silent.index, file, result);
  return true;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const inOrderOfText = (texts: readonly string[]): readonly string[] => [...texts].sort(byText);

/** Captures numbered by where they stand and not by the order in which an archive happens to hold its members. */
function inOrder(inputs: Reading['inputs']): readonly Input[] {
  let next = 0;
  return inputs.map((input) => {
    const sorted = [...input.captures].sort(
      (a, b) => byText(a.path, b.path) || a.firstLine - b.firstLine || a.id - b.id,
    );
    return { ...input, captures: sorted.map((c) => ({ ...c, id: next++ })) };
  });
}

/** Reads the inputs as one cluster: bytes to captures to the model. Throws only for bugs; trouble with the input is in `unread`. */
export async function loadBundle(
  paths: readonly string[],
  parsers: readonly AnyParser[],
  options: OpenOptions = {},
): Promise<LoadedBundle> {
  const reading: Reading = {
    parsers,
    files: [],
    texts: new Map(),
    count: 0,
    unread: [],
    notes: [],
    crashes: [],
    inputs: [],
    links: [],
    silent: new Map(),
    copies: new Map(),
    replaced: new Set(),
    named: new Set(),
    kept: 0,
    damaged: false,
  };
  try {
    for await (const event of openBundle(paths, options)) await take(reading, event);
    await readLinks(reading, paths, options);
  } catch (error) {
    // No input could be read at all: each is in `unread` already, and the report says so.
    if (!(error instanceof BundleError) || paths.length === 0) throw error;
    reading.damaged = true;
  }
  const byCommand = new Map(parsers.map((p) => [p.command, p]));
  const isCluster = (command: string) => byCommand.get(command)?.scope === 'cluster';
  const inputs = inOrder(
    reading.inputs.map((i) => ({ ...i, captures: i.captures.filter((c) => !isReplaced(reading, c.path)) })),
  );
  const captures = inputs.flatMap((i) => i.captures);
  const { located, layout } = locate(inputs, captures, isCluster);
  const emits = new Map(parsers.map((p) => [p.command, p.emits as readonly string[]]));
  return {
    paths: inOrderOfText([...new Set(paths)]),
    layout,
    model: buildModel({ captures, located, files: reading.files, emits, isCluster }),
    unread: reading.unread
      .filter((u) => !reading.named.has(u))
      .sort((a, b) => byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0)),
    notes: inOrderOfText(reading.notes),
    crashes: inOrderOfText(reading.crashes),
    damaged: reading.damaged,
    files: reading.files.length,
    lines: (wanted) => readLines(reading, paths, options, wanted),
  };
}

/** Where the bytes of a line are. */
function pathOf({ files, copies }: Reading, at: At): string {
  const path = files[fileOf(at)] ?? '';
  return copies.get(path) ?? path;
}

async function readLines(
  reading: Reading,
  paths: readonly string[],
  options: OpenOptions,
  wanted: readonly At[],
): Promise<ReadonlyMap<At, string>> {
  const out = new Map<At, string>();
  const again = new Map<string, Set<number>>();
  for (const at of wanted) {
    const text = reading.texts.get(fileOf(at));
    if (text) out.set(at, text.line(lineOf(at) - 1));
    else {
      const path = pathOf(reading, at);
      again.set(path, (again.get(path) ?? new Set<number>()).add(lineOf(at)));
    }
  }
  if (again.size === 0) return out;
  const found = await reread(paths, again, { ...options, decode: (bytes) => decodeText(bytes).text });
  for (const at of wanted) {
    const line = found.get(pathOf(reading, at))?.get(lineOf(at));
    if (line !== undefined) out.set(at, line);
  }
  return out;
}
