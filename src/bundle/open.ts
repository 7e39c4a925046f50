import { opendirSync, realpathSync, statSync } from 'node:fs';
import { printable } from '../kit/index.js';
import { readDirectory } from './directory.js';
import { BundleError, codeOf } from './error.js';
import { type OpenFile, openFile, refusal } from './files.js';
import { open, readOpened } from './member.js';
import { vcsFolder } from './names.js';
import {
  type BundleEvent,
  LIMITS,
  type Limits,
  lender,
  type Member,
  type Run,
  totalReached,
  unreadEvent,
} from './run.js';
import { isNamed, isStream } from './sniff.js';
import { type Input, inputOf, type Source } from './source.js';
import { standardInput } from './stdin.js';

export interface OpenOptions {
  readonly limits?: Partial<Limits>;
  /** What `-` reads; the process's standard input unless given. Must be iterable again if lines are to be read again. */
  readonly stdin?: AsyncIterable<Uint8Array>;
}

/**
 * Reads folders, archives, files and standard input (`-`) member by member: each file is handed out and forgotten, nothing is written
 * to disk. The inputs are read in the order of their bytes, each once. An input that can't be read is Unread beside others; if none
 * can, a BundleError follows.
 */
export async function* openBundle(inputs: readonly string[], options: OpenOptions = {}): AsyncGenerator<BundleEvent> {
  if (inputs.length === 0)
    throw new BundleError('No input was given: name a folder, an archive or a file, or - for standard input.');
  const failure = yield* readInputs(inputs, options);
  if (failure !== undefined) throw new BundleError(failure);
}

/** `openBundle`, for some paths only if `wants` is given. Returns why, when no input can be read at all. */
export async function* readInputs(
  inputs: readonly string[],
  options: OpenOptions,
  wants?: Run['wants'],
): AsyncGenerator<BundleEvent, string | undefined> {
  const run: Run = {
    limits: { ...LIMITS, ...options.limits },
    used: { bytes: 0, members: 0 },
    lend: lender(),
    ...(wants && { wants }),
  };
  const sorted = [...new Set(inputs)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const failed: string[] = [];
  const covered = coveredInputs(sorted);
  for (const input of sorted) {
    const target = covered.get(input);
    if (target !== undefined) {
      if (!wants && target !== input) yield { kind: 'link', path: input, inner: baseOf(input), target, copy: false };
      continue;
    }
    const stop = totalReached(run);
    if (stop) {
      yield unreadEvent(input, stop);
      continue;
    }
    const problem = yield* readInput(run, input, options);
    if (problem === undefined) continue;
    failed.push(problem);
    yield unreadEvent(input, { reason: 'unreadable', detail: problem });
  }
  return failed.length === sorted.length ? failed.join('\n') : undefined;
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Inputs that another one holds, or that are the same by another name: where they are read. */
function coveredInputs(inputs: readonly string[]): ReadonlyMap<string, string> {
  const byReal = new Map<string, string>();
  const reals: (readonly [string, string])[] = [];
  for (const input of inputs) {
    if (input === '-' || input === '') continue;
    try {
      const real = realpathSync.native(input);
      reals.push([input, real]);
      if (!byReal.has(real)) byReal.set(real, input);
    } catch {
      // It is named where it is read.
    }
  }
  const covered = new Map<string, string>();
  for (const [input, real] of reals) {
    for (let i = real.lastIndexOf('/'); i >= 0; i = i === 0 ? -1 : real.lastIndexOf('/', i - 1)) {
      const above = byReal.get(i === 0 ? '/' : real.slice(0, i));
      const below = real.slice(i + 1);
      if (above === undefined || above === input || vcsFolder(below) !== undefined) continue;
      covered.set(input, above === '.' ? below : above.endsWith('/') ? above + below : `${above}/${below}`);
    }
    const first = byReal.get(real);
    if (first !== undefined && first !== input && !covered.has(input)) covered.set(input, first);
  }
  return covered;
}

/** Returns a sentence when the input itself can't be read. */
async function* readInput(
  run: Run,
  input: string,
  options: OpenOptions,
): AsyncGenerator<BundleEvent, string | undefined> {
  const name = printable(input);
  if (input === '')
    return 'An input path is empty: name a folder, an archive or a file (an unset variable in the command line?).';
  if (input === '-') {
    yield* readStream(run, options.stdin ?? standardInput());
    return undefined;
  }
  let file: OpenFile | undefined;
  try {
    const stat = statSync(input);
    if (stat.isFile()) file = openFile(input, run);
    else if (stat.isDirectory()) opendirSync(input).closeSync();
    else
      return `${name} is a device, socket or pipe: name a file or folder, or use - and redirect it to standard input.`;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return `There is no file or folder ${name}: check its spelling and the working directory.`;
    return `${name} can't be read: ${refusal(error).detail}.`;
  }
  if (file) yield* readFile(run, input, file);
  else {
    yield { kind: 'input', path: input, form: 'directory' };
    yield* readDirectory(run, input);
  }
  return undefined;
}

async function* readFile(run: Run, input: string, file: OpenFile): AsyncGenerator<BundleEvent> {
  const member = { path: input, inner: baseOf(input), mtime: file.mtime, ...(file.size > 0 && { size: file.size }) };
  yield* readTop(run, member, file.input);
}

async function* readStream(run: Run, stream: AsyncIterable<Uint8Array>): AsyncGenerator<BundleEvent> {
  yield* readTop(run, { path: '-', inner: '-' }, inputOf(streamed(stream, run)));
}

/** An input that is one run of bytes: an archive, or a file. */
async function* readTop(run: Run, member: Member, input: Input): AsyncGenerator<BundleEvent> {
  try {
    const opened = await open(run, member, input, 0);
    try {
      const archive = ['tar', 'zip'].includes(opened.form) || isStream(opened.form) || isNamed(opened.form);
      const form = archive ? 'archive' : member.path === '-' ? 'stdin' : 'file';
      yield { kind: 'input', path: member.path, form };
      // The members of the archive are named from its top: `inner` begins behind it.
      yield* readOpened(run, archive ? { ...member, inner: '' } : member, opened, 0);
    } finally {
      await opened.input.close();
    }
  } finally {
    await input.close();
  }
}

function streamed(stream: AsyncIterable<Uint8Array>, run: Run): Source {
  const pieces = stream[Symbol.asyncIterator]();
  let trouble = totalReached(run);
  return {
    async next() {
      trouble ??= totalReached(run);
      if (trouble) return undefined;
      try {
        const piece = await pieces.next();
        if (piece.done) return undefined;
        run.used.bytes += piece.value.length;
        return piece.value;
      } catch (error) {
        trouble = refusal(error);
        return undefined;
      }
    },
    trouble: () => trouble,
    async close() {
      await pieces.return?.();
    },
  };
}
