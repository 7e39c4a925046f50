import type { CommandRunFact } from '../facts/index.js';
import type { Capture, Text, VirtualFile } from '../kit/index.js';
import { readText } from './file.js';
import type { Arranged } from './layouts/index.js';
import { hintOf, type Unrecognised } from './piece.js';
import { type AnyParser, claimOf } from './recognise.js';
import { parseCommandLine } from './shell.js';

/** One file of the run, whatever was made of it. */
export interface FileRecord extends Omit<VirtualFile, 'bytes' | 'lent'> {
  readonly index: number;
  /** Which input it is of. */
  readonly input: number;
  readonly arranged?: Arranged;
}

/** What was read of the files before their collectors were known. */
export interface Told {
  readonly parsers: readonly AnyParser[];
  readonly files: readonly FileRecord[];
  /** By file index. */
  readonly captures: ReadonlyMap<number, readonly Capture[]>;
  /** Texts that are still at hand, by file index. */
  readonly textOf: (index: number) => Text | undefined;
  readonly blockOf: (file: FileRecord) => string;
}

/** A file that means more now. */
export interface Retold {
  readonly file: FileRecord;
  readonly captures: readonly Capture[];
  readonly unrecognised: readonly Unrecognised[];
  readonly crashes: readonly string[];
}

const NOTHING = { facts: 0, noise: 0, gaps: 0 };

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

/** A command that the collector wrote down, with the path of its output. */
interface Run {
  readonly fact: CommandRunFact;
  readonly record: Capture;
  readonly path: string | undefined;
}

/** What collectors wrote down of their commands: sos' manifest, troubleshoot's `-info.json`. */
function runsOf({ files, captures }: Told): readonly Run[] {
  const runs: Run[] = [];
  for (const file of files)
    for (const record of captures.get(file.index) ?? [])
      for (const fact of record.facts) {
        if (fact.kind !== 'command-run') continue;
        const run = fact as CommandRunFact;
        const root = file.arranged
          ? file.path.slice(0, file.path.length - file.arranged.path.length)
          : folderOf(file.path);
        const base = run.relativeTo === 'root' ? root : folderOf(file.path);
        runs.push({ fact: run, record, path: run.path === undefined ? undefined : base + run.path });
      }
  return runs;
}

const sameWords = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean => {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => a[k] === b[k]);
};

/** What the command line says of a capture whose text is gone: selection, place and filters, but no second reading. */
function patched(capture: Capture, commandLine: string, parsers: readonly AnyParser[]): Capture {
  const line = parseCommandLine(commandLine);
  const claimed = claimOf(parsers, line?.argv ?? []);
  if (!line || claimed?.parser.command !== capture.command) return capture;
  return {
    ...capture,
    commandLine,
    scope: claimed.claim.scope ?? {},
    ...(claimed.claim.kinds && { kinds: claimed.claim.kinds }),
    hint: hintOf(line.wrappers, capture.hint),
    ...(line.filters.length > 0 && {
      completeness: 'filtered' as const,
      incompleteBecause: `| ${line.filters.join(' | ')}`,
    }),
  };
}

/** Does the command line change what was read by content and name alone? A part of a listing may prove to be all that was asked for. */
function matters(capture: Capture, commandLine: string, parsers: readonly AnyParser[]): boolean {
  const line = parseCommandLine(commandLine);
  const claimed = claimOf(parsers, line?.argv ?? []);
  return (
    claimed !== undefined &&
    (claimed.parser.command !== capture.command ||
      capture.completeness === 'filtered' ||
      !sameWords(claimed.claim.scope ?? {}, capture.scope))
  );
}

/** GNU timeout's exit status for a command that ran out of time. */
const TIMED_OUT = 124;

/** What the exit status adds: a command that ended well and printed nothing has nothing to list, one that was ended has not printed all. */
function withExit(capture: Capture, exitCode: number | undefined): Capture {
  if (exitCode === 0 && capture.failure?.reason === 'empty') {
    const { failure: _, ...rest } = capture;
    return rest;
  }
  if (exitCode !== TIMED_OUT) return capture;
  if (capture.facts.length === 0)
    return { ...capture, failure: { reason: 'command-failed', detail: 'it ran out of time' } };
  return { ...capture, completeness: 'truncated', incompleteBecause: 'the command ran out of time' };
}

async function retell(told: Told, file: FileRecord, commandLine: string): Promise<Retold | undefined> {
  const { parsers } = told;
  const before = told.captures.get(file.index) ?? [];
  const [only] = before;
  // A paste, or sections with headers of their own: the text knows better.
  if (before.length > 1 || only?.commandLine !== undefined) return undefined;
  const text = told.textOf(file.index);
  if (!text || (only && !matters(only, commandLine, parsers)))
    return only && { file, captures: [patched(only, commandLine, parsers)], unrecognised: [], crashes: [] };
  const again = await readText(file, text, {
    index: file.index,
    firstId: only?.id ?? 0,
    parsers,
    inputBlock: told.blockOf(file),
    told: commandLine,
  });
  if (again.captures.length > 0) return { file, ...again };
  if (only) return undefined;
  const detail = `no parser reads the output of: ${commandLine.slice(0, 120)}`;
  return { file, ...again, unrecognised: again.unrecognised.map((u) => (u.lines === 0 ? u : { ...u, detail })) };
}

/** A command that failed and left no file: a capture that proves nothing, so that the input is known to have been asked for. */
function failureOf({ fact, record, path }: Run, parsers: readonly AnyParser[]): Capture | undefined {
  const line = parseCommandLine(fact.command);
  const claimed = claimOf(parsers, line?.argv ?? []);
  if (!line || !claimed || (fact.exitCode ?? 0) === 0) return undefined;
  const why = fact.exitCode === 127 ? 'there is no such program' : `exit code ${fact.exitCode}`;
  return {
    ...record,
    command: claimed.parser.command,
    commandLine: fact.command,
    scope: claimed.claim.scope ?? {},
    ...(claimed.claim.kinds && { kinds: claimed.claim.kinds }),
    firstLine: fact.at % 2 ** 26,
    lineCount: 0,
    hint: hintOf(line.wrappers, record.hint),
    completeness: 'full',
    failure: { reason: 'command-failed', detail: `${path === undefined ? 'nothing was stored' : 'no output'}: ${why}` },
    facts: [],
    gaps: [],
    tally: NOTHING,
    bytes: NOTHING,
  };
}

/**
 * Reads files again in the light of what their collector ran: a file that nothing recognised, an excerpt that looked whole, a table that the
 * text does not name. Also gives the commands that failed and left no file.
 */
export async function retold(told: Told): Promise<{
  readonly files: readonly Retold[];
  readonly failed: readonly { readonly file: FileRecord; readonly capture: Capture }[];
}> {
  const runs = runsOf(told);
  const byPath = new Map(runs.flatMap((r) => (r.path === undefined ? [] : [[r.path, r.fact] as const])));
  const files: Retold[] = [];
  const present = new Set<string>();
  for (const file of told.files) {
    present.add(file.path);
    const record = byPath.get(file.path);
    const commandLine = record?.command ?? file.arranged?.layout.command?.(file.arranged.path);
    if (commandLine === undefined) continue;
    const again = await retell(told, file, commandLine);
    if (again) files.push({ ...again, captures: again.captures.map((c) => withExit(c, record?.exitCode)) });
  }
  const failed = runs.flatMap((run) => {
    if (run.path !== undefined && present.has(run.path)) return [];
    const capture = failureOf(run, told.parsers);
    const file = told.files[run.record.file];
    return capture && file ? [{ file, capture }] : [];
  });
  return { files, failed };
}
