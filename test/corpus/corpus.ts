import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { parseCommandLine } from '../../src/capture/shell.js';

/** One real capture of the corpus. */
export interface CorpusFile {
  /** `ip-route/gravitational+workshop__….txt` */
  readonly name: string;
  readonly folder: string;
  /** Note of INDEX.tsv. */
  readonly note: string;
  readonly bytes: Uint8Array;
  /** Words of the note's `cmd: …`, unwrapped; empty when the note names none. */
  readonly argv: readonly string[];
  /** Pipe stages of that command line that drop lines. */
  readonly filters: readonly string[];
  /** What the source repository holds as the answer (`.json`, `.yml` beside the text); undefined when there is none. */
  readonly answer: unknown;
}

/** Files whose name contains `file`, and why they are special. */
export interface Exception {
  readonly file: string;
  readonly because: string;
}

/** What the corpus holds for one parser. */
export interface CorpusCommand {
  /** The parser's command. */
  readonly command: string;
  readonly folders: readonly string[];
  /** Words of the command line when the note has none: `['ip','-6','route']`. */
  argv?(file: CorpusFile): readonly string[];
  /** Of these folders, but not output of this command. They are still read for robustness. */
  readonly foreign?: readonly Exception[];
  /** Filtered, cut or with stray prose: gaps in them are not counted. */
  readonly incomplete?: readonly Exception[];
  /** Rows that answer and facts both have, in one form; undefined when the answer says nothing comparable. */
  oracle?(file: CorpusFile, facts: readonly unknown[]): Comparison | undefined;
  /** Files whose answer is wrong, and how. */
  readonly oracleErrors?: readonly Exception[];
}

export interface Comparison {
  readonly ours: readonly unknown[];
  readonly theirs: readonly unknown[];
}

const project = join(import.meta.dirname, '..', '..');

/** Folder of the corpus; throws with what to do when it is not there. */
export function corpusRoot(): string {
  const root = process.env.DUMPLINT_CORPUS ?? join(project, '..', 'shared', 'corpus');
  if (!existsSync(join(root, 'INDEX.tsv'))) {
    throw new Error(`no corpus at ${root}: put one there (INDEX.tsv and a folder per command) or set DUMPLINT_CORPUS`);
  }
  return root;
}

function commandOf(note: string): { argv: readonly string[]; filters: readonly string[] } {
  const typed = /\bcmd: (.*)$/.exec(note)?.[1]?.replace(/; (?:linux|cumulus) \S+ host \S+$/, '');
  const line = typed === undefined ? undefined : parseCommandLine(typed);
  return { argv: line?.argv ?? [], filters: line?.filters ?? [] };
}

function answerOf(base: string): unknown {
  if (existsSync(`${base}.json`)) return JSON.parse(readFileSync(`${base}.json`, 'utf8'));
  if (existsSync(`${base}.yml`)) return load(readFileSync(`${base}.yml`, 'utf8'));
  return undefined;
}

/** Every text of the corpus, in the order of the index; texts that the index forgot come last. */
export function readCorpus(): readonly CorpusFile[] {
  const root = corpusRoot();
  const notes = new Map<string, string>();
  for (const row of readFileSync(join(root, 'INDEX.tsv'), 'utf8').split(/\r?\n/).slice(1)) {
    const [name, , , , , note] = row.split('\t');
    if (name?.endsWith('.txt')) notes.set(name, note ?? '');
  }
  for (const folder of readdirSync(root, { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    for (const file of readdirSync(join(root, folder.name))) {
      const name = `${folder.name}/${file}`;
      if (file.endsWith('.txt') && !notes.has(name)) notes.set(name, '');
    }
  }
  return [...notes].map(([name, note]) => ({
    name,
    note,
    folder: name.slice(0, name.indexOf('/')),
    bytes: new Uint8Array(readFileSync(join(root, name))),
    answer: answerOf(join(root, name.slice(0, -4))),
    ...commandOf(note),
  }));
}

/** The exception that names this file, if any. */
export const exceptionFor = (file: CorpusFile, list: readonly Exception[] | undefined): Exception | undefined =>
  list?.find((e) => file.name.includes(e.file));
