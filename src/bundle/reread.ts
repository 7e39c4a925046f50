import type { Text } from '../kit/index.js';
import { type OpenOptions, readInputs } from './open.js';

export interface RereadOptions extends OpenOptions {
  /** Bytes of a member to its lines: the decoding that the lines were numbered with. */
  readonly decode: (bytes: Uint8Array) => Text;
}

/**
 * Reads some lines of some members again, for members that were not kept. Paths and line numbers are those of the first reading;
 * only archives that hold a wanted member are unpacked, and reading stops when all are found. What is gone is missing in the result.
 */
export async function reread(
  inputs: readonly string[],
  wanted: ReadonlyMap<string, ReadonlySet<number>>,
  options: RereadOptions,
): Promise<Map<string, Map<number, string>>> {
  const found = new Map<string, Map<number, string>>();
  if (wanted.size === 0) return found;
  const open = new Set<string>();
  for (const path of wanted.keys()) for (const above of prefixes(path)) open.add(above);
  const needed = inputs.filter((input) => [...wanted.keys()].some((path) => holds(input, path)));
  if (needed.length === 0) return found;
  for await (const event of readInputs(needed, options, (path) => open.has(path))) {
    if (event.kind !== 'file') continue;
    const { path, bytes } = event.file;
    const lines = wanted.get(path);
    if (!lines || found.has(path)) continue;
    const text = options.decode(bytes);
    const read = new Map<number, string>();
    for (const line of lines) if (line >= 1 && line <= text.count) read.set(line, text.line(line - 1));
    found.set(path, read);
    if (found.size === wanted.size) break;
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
