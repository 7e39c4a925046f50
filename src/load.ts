import { BundleError, type BundleEvent, type OpenOptions, openBundle, reread } from './bundle/index.js';
import { decodeText } from './capture/decode.js';
import { readFile } from './capture/file.js';
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
  kept: number;
  damaged: boolean;
}

const COLLECTED = 'collected';

async function readOne(reading: Reading, file: VirtualFile): Promise<void> {
  const index = reading.files.length;
  reading.files.push(file.path);
  const result = await readFile(file, index, reading.count, reading.parsers, `${COLLECTED}:${reading.inputs.length}`);
  for (const capture of result.captures) reading.inputs.at(-1)?.captures.push(capture);
  reading.count += result.captures.length;
  for (const u of result.unrecognised)
    reading.unread.push({
      file: u.path,
      line: u.line,
      lines: u.lines,
      reason: u.lines === 0 ? 'empty' : 'unsupported',
      detail: u.detail,
    });
  reading.notes.push(...result.notes.map((n) => `${file.path}: ${n}`));
  reading.crashes.push(...result.crashes);
  const size = result.text.bytes.byteLength;
  if (result.captures.length > 0 && !file.lent && size <= KEEP_FILE && reading.kept + size <= KEEP_TOTAL) {
    reading.texts.set(index, result.text);
    reading.kept += size;
  }
}

async function take(reading: Reading, event: BundleEvent): Promise<void> {
  if (event.kind === 'input') reading.inputs.push({ path: event.path, form: event.form, captures: [] });
  else if (event.kind === 'file') await readOne(reading, event.file);
  else {
    const { path, reason, detail } = event.unread;
    reading.unread.push({ file: path, reason, detail });
    if (reason === 'unreadable' || reason === 'truncated' || reason === 'capped') reading.damaged = true;
  }
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
    kept: 0,
    damaged: false,
  };
  try {
    for await (const event of openBundle(paths, options)) await take(reading, event);
  } catch (error) {
    // No input could be read at all: each is in `unread` already, and the report says so.
    if (!(error instanceof BundleError) || paths.length === 0) throw error;
    reading.damaged = true;
  }
  const byCommand = new Map(parsers.map((p) => [p.command, p]));
  const isCluster = (command: string) => byCommand.get(command)?.scope === 'cluster';
  const inputs = inOrder(reading.inputs);
  const captures = inputs.flatMap((i) => i.captures);
  const { located, layout } = locate(inputs, captures, isCluster);
  const emits = new Map(parsers.map((p) => [p.command, p.emits as readonly string[]]));
  return {
    paths: inOrderOfText([...new Set(paths)]),
    layout,
    model: buildModel({ captures, located, files: reading.files, emits, isCluster }),
    unread: [...reading.unread].sort((a, b) => byText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0)),
    notes: inOrderOfText(reading.notes),
    crashes: inOrderOfText(reading.crashes),
    damaged: reading.damaged,
    files: reading.files.length,
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
  for (const at of wanted) {
    const text = reading.texts.get(fileOf(at));
    if (text) out.set(at, text.line(lineOf(at) - 1));
    else {
      const path = reading.files[fileOf(at)] ?? '';
      again.set(path, (again.get(path) ?? new Set<number>()).add(lineOf(at)));
    }
  }
  if (again.size === 0) return out;
  const found = await reread(paths, again, { ...options, decode: (bytes) => decodeText(bytes).text });
  for (const at of wanted) {
    const line = found.get(reading.files[fileOf(at)] ?? '')?.get(lineOf(at));
    if (line !== undefined) out.set(at, line);
  }
  return out;
}
