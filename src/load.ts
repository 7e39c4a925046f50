import { BundleError, type BundleEvent, type OpenOptions, openBundle, reread } from './bundle/index.js';
import { decodeText } from './capture/decode.js';
import { readFile } from './capture/file.js';
import { type Candidate, groupByFolder } from './capture/layouts/generic.js';
import { type Layout, type Located, layouts } from './capture/layouts/index.js';
import type { AnyParser } from './capture/recognise.js';
import type { ReportUnread } from './engine/report.js';
import { type At, type Capture, fileOf, lineOf, type Text, type VirtualFile } from './kit/index.js';
import { buildModel } from './model/build.js';
import type { ClusterModel } from './model/types.js';

/** Files up to this size stay in memory so that evidence can be quoted at once, until the total is reached; others are read again. */
const KEEP_FILE = 1 << 20;
const KEEP_TOTAL = 48 << 20;

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
  readonly captures: Capture[];
  readonly unread: ReportUnread[];
  readonly notes: string[];
  readonly crashes: string[];
  /** Input (as the user gave it) by capture id. */
  readonly inputs: { path: string; form: string }[];
  readonly inputOf: number[];
  kept: number;
  damaged: boolean;
}

const COLLECTED = 'collected';

async function readOne(reading: Reading, file: VirtualFile): Promise<void> {
  const index = reading.files.length;
  reading.files.push(file.path);
  const input = Math.max(0, reading.inputs.length - 1);
  const result = await readFile(
    file,
    index,
    reading.captures.length,
    reading.parsers,
    `${COLLECTED}:${reading.inputs.length}`,
  );
  reading.captures.push(...result.captures);
  for (const _ of result.captures) reading.inputOf.push(input);
  for (const u of result.unrecognised)
    reading.unread.push({ file: u.path, line: u.line, lines: u.lines, reason: 'unsupported', detail: u.detail });
  reading.notes.push(...result.notes.map((n) => `${file.path}: ${n}`));
  reading.crashes.push(...result.crashes);
  const size = result.text.bytes.byteLength;
  if (result.captures.length > 0 && !file.lent && size <= KEEP_FILE && reading.kept + size <= KEEP_TOTAL) {
    reading.texts.set(index, result.text);
    reading.kept += size;
  }
}

async function take(reading: Reading, event: BundleEvent): Promise<void> {
  if (event.kind === 'input') reading.inputs.push({ path: event.path, form: event.form });
  else if (event.kind === 'file') await readOne(reading, event.file);
  else {
    const { path, reason, detail } = event.unread;
    reading.unread.push({ file: path, reason, detail });
    if (reason === 'unreadable' || reason === 'truncated' || reason === 'capped') reading.damaged = true;
  }
}

/** Name for captures that lie directly in an input: the folder's or archive's own name, if it has one. */
function inputName(path: string): string {
  const name = path.replace(/\/+$/, '').slice(path.replace(/\/+$/, '').lastIndexOf('/') + 1);
  return name === '.' || name === '..' || name === '-' ? '' : name.replace(/\.(tar(\.\w+)?|tgz|txz|zip|gz)$/i, '');
}

/** What the layouts say of each capture that no prompt places. */
function locate(reading: Reading, isCluster: (command: string) => boolean): { located: Located[]; layout: string } {
  const located: (Located | undefined)[] = reading.captures.map(() => undefined);
  const used = new Set<string>();
  for (const [input, { path, form }] of reading.inputs.entries()) {
    const mine = reading.captures.filter((c) => reading.inputOf[c.id] === input);
    const layout: Layout | undefined = layouts.find((l) => l.detect([...new Set(mine.map((c) => c.inner))]));
    const rest: Capture[] = [];
    for (const capture of mine) {
      const found = layout?.locate(capture.inner);
      if (found) located[capture.id] = found;
      else if (capture.hint.host === undefined && !isCluster(capture.command)) rest.push(capture);
    }
    if (mine.length > 0)
      used.add(
        layout ? layout.title : form === 'directory' || form === 'archive' ? 'one folder per node' : 'pasted text',
      );
    const { nodeOf } = groupByFolder(candidates(rest));
    const own = form === 'directory' || form === 'archive' ? inputName(path) : '';
    for (const capture of rest) {
      const node = nodeOf.get(capture.inner) || own;
      if (node !== '')
        located[capture.id] = {
          kind: 'node',
          node,
          by: nodeOf.get(capture.inner) ? `folder ${node}` : `input ${node}`,
        };
    }
  }
  return { located: located as Located[], layout: [...used].join(', ') || 'nothing recognised' };
}

function candidates(captures: readonly Capture[]): readonly Candidate[] {
  const byFile = new Map<string, string[]>();
  for (const c of captures) byFile.set(c.inner, [...(byFile.get(c.inner) ?? []), c.command]);
  return [...byFile].map(([inner, commands]) => ({ inner, commands: [...new Set(commands)] }));
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
    captures: [],
    unread: [],
    notes: [],
    crashes: [],
    inputs: [],
    inputOf: [],
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
  const { located, layout } = locate(reading, isCluster);
  const emits = new Map(parsers.map((p) => [p.command, p.emits as readonly string[]]));
  return {
    paths,
    layout,
    model: buildModel({ captures: reading.captures, located, files: reading.files, emits, isCluster }),
    unread: reading.unread,
    notes: reading.notes,
    crashes: reading.crashes,
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
