import type { Located, Reading } from './located.js';

/** Deeper than any Kubernetes object; keeps the recursion off the end of the stack. */
const MAX_DEPTH = 100;

class Broken extends Error {}

/** Reads one JSON value and remembers the line of each key and value. `firstLine` is the line of `source[0]`. */
export function readJson(source: string, firstLine: number): Reading {
  const reader = { source, at: 0, line: firstLine };
  try {
    const value = readValue(reader, 0);
    skipBlank(reader);
    return reader.at < source.length ? { error: 'text behind the JSON value', line: reader.line } : { value };
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return { error: error.message, line: reader.line };
  }
}

interface Reader {
  readonly source: string;
  at: number;
  line: number;
}

function skipBlank(r: Reader): void {
  for (; r.at < r.source.length; r.at++) {
    const c = r.source.charCodeAt(r.at);
    if (c === 10) r.line++;
    else if (c !== 32 && c !== 9 && c !== 13) return;
  }
}

function expect(r: Reader, char: string): void {
  if (r.source[r.at] !== char) {
    throw new Broken(r.at >= r.source.length ? 'the JSON breaks off' : `not JSON: "${char}" expected`);
  }
  r.at++;
}

function readValue(r: Reader, depth: number): Located {
  if (depth > MAX_DEPTH) throw new Broken(`JSON nested deeper than ${MAX_DEPTH} levels`);
  skipBlank(r);
  const c = r.source[r.at];
  if (c === '{') return readMap(r, depth);
  if (c === '[') return readList(r, depth);
  const line = r.line;
  if (c === '"') return { kind: 'text', line, text: readString(r), plain: false, block: false };
  return { kind: 'text', line, text: readBare(r), plain: true, block: false };
}

function readMap(r: Reader, depth: number): Located {
  const entries = new Map<string, { line: number; value: Located }>();
  const map: Located = { kind: 'map', line: r.line, entries };
  r.at++;
  skipBlank(r);
  if (r.source[r.at] === '}') r.at++;
  else {
    for (;;) {
      skipBlank(r);
      const line = r.line;
      if (r.source[r.at] !== '"') expect(r, '"');
      const key = readString(r);
      skipBlank(r);
      expect(r, ':');
      entries.set(key, { line, value: readValue(r, depth + 1) });
      if (!more(r, '}')) break;
    }
  }
  return map;
}

function readList(r: Reader, depth: number): Located {
  const items: Located[] = [];
  const list: Located = { kind: 'list', line: r.line, items };
  r.at++;
  skipBlank(r);
  if (r.source[r.at] === ']') r.at++;
  else {
    do items.push(readValue(r, depth + 1));
    while (more(r, ']'));
  }
  return list;
}

function more(r: Reader, close: string): boolean {
  skipBlank(r);
  if (r.source[r.at] === ',') {
    r.at++;
    return true;
  }
  expect(r, close);
  return false;
}

function readString(r: Reader): string {
  const from = r.at++;
  let escaped = false;
  for (; r.at < r.source.length; r.at++) {
    const c = r.source.charCodeAt(r.at);
    if (c === 34) {
      r.at++;
      return escaped ? unescaped(r.source.slice(from, r.at)) : r.source.slice(from + 1, r.at - 1);
    }
    if (c === 10) throw new Broken('a line break inside a JSON string');
    if (c === 92) {
      escaped = true;
      r.at++;
    }
  }
  throw new Broken('the JSON breaks off');
}

function unescaped(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    throw new Broken('a JSON string with an unknown escape');
  }
}

function readBare(r: Reader): string {
  const from = r.at;
  while (r.at < r.source.length && /[-+.\w]/.test(r.source[r.at] ?? '')) r.at++;
  const word = r.source.slice(from, r.at);
  if (/^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)$/.test(word)) return word;
  throw new Broken(from >= r.source.length ? 'the JSON breaks off' : 'not JSON');
}
