import type { Text, VirtualFile } from '../kit/index.js';
import { type OpenOptions, readInputs } from './open.js';

export interface RereadOptions extends OpenOptions {
  /** Bytes of a member to its lines: the decoding that the lines were numbered with. */
  readonly decode: (bytes: Uint8Array) => Text;
}

/**
 * Reads some members again, by the paths of the first reading. Only archives that hold one are unpacked, and reading stops when all are
 * found. What is gone is missing.
 */
export async function* readAgain(
  inputs: readonly string[],
  wanted: ReadonlySet<string>,
  options: OpenOptions,
): AsyncGenerator<VirtualFile> {
  const open = new Set<string>();
  for (const path of wanted) for (const above of prefixes(path)) open.add(above);
  const needed = inputs.filter((input) => [...wanted].some((path) => holds(input, path)));
  if (needed.length === 0) return;
  const found = new Set<string>();
  for await (const event of readInputs(needed, options, (path) => open.has(path))) {
    if (event.kind !== 'file' || !wanted.has(event.file.path) || found.has(event.file.path)) continue;
    found.add(event.file.path);
    yield event.file;
    if (found.size === wanted.size) return;
  }
}

/** Reads some lines of some members again, for members that were not kept; line numbers are those of the first reading. */
export async function reread(
  inputs: readonly string[],
  wanted: ReadonlyMap<string, ReadonlySet<number>>,
  options: RereadOptions,
): Promise<Map<string, Map<number, string>>> {
  const found = new Map<string, Map<number, string>>();
  for await (const { path, bytes } of readAgain(inputs, new Set(wanted.keys()), options)) {
    const text = options.decode(bytes);
    const read = new Map<number, string>();
    for (const line of wanted.get(path) ?? []) if (line >= 1 && line <= text.count) read.set(line, text.line(line - 1));
    found.set(path, read);
  }
  return found;
}

/** The path itself and all folders and archives that it lies in. */
function* prefixes(path: string): Generator<string> {
  yield path;
  for (let i = path.indexOf('/'); i !== -1; i = path.indexOf('/', i + 1)) {
    if (path[i - 1] === '!') yield path.slice(0, i - 1);
    yield path.slice(0, i);
  }
}

/** Can `path` come from `input`? The folder `.` does not show in paths. */
function holds(input: string, path: string): boolean {
  const top = input.replace(/(?<=[^/])\/+$/, '');
  return (
    top === '.' || path === input || path.startsWith(`${top}!/`) || path.startsWith(top.endsWith('/') ? top : `${top}/`)
  );
}
