import type { List, Table, Value } from './value.js';

/** No result is nested so deep. */
const DEEPEST = 40;

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"/y;
const SCALAR = /[-+.\w]+/y;

class Broken extends Error {}

/** Reads values off a text and counts its lines. */
class Reader {
  private at = 0;
  private line = 0;

  private readonly text: string;
  private readonly firstLine: number;

  constructor(text: string, firstLine: number) {
    this.text = text;
    this.firstLine = firstLine;
  }

  get lineIndex(): number {
    return this.firstLine + this.line;
  }

  private take(what: RegExp): string | undefined {
    what.lastIndex = this.at;
    const found = what.exec(this.text)?.[0];
    this.at += found?.length ?? 0;
    return found;
  }

  private space(): void {
    for (const c of this.take(SPACE) ?? '') if (c === '\n') this.line++;
  }

  private is(c: string): boolean {
    this.space();
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private string(): string {
    this.space();
    const found = this.take(STRING);
    if (found === undefined) throw new Broken();
    return String(JSON.parse(found));
  }

  value(depth = 0): Value {
    if (depth > DEEPEST) throw new Broken();
    if (this.is('{')) return this.table(depth);
    if (this.is('[')) return this.list(depth);
    const at = this.lineIndex;
    if (this.text[this.at] === '"') return { kind: 'word', text: this.string(), at };
    const text = this.take(SCALAR);
    if (text === undefined) throw new Broken();
    return { kind: 'word', text, at };
  }

  private table(depth: number): Table {
    const at = this.lineIndex;
    const entries = new Map<string, Value>();
    if (this.is('}')) return { kind: 'table', entries, at };
    do {
      const key = this.string();
      if (!this.is(':')) throw new Broken();
      entries.set(key, this.value(depth + 1));
    } while (this.is(','));
    if (!this.is('}')) throw new Broken();
    return { kind: 'table', entries, at };
  }

  private list(depth: number): List {
    const at = this.lineIndex;
    const items: Value[] = [];
    if (this.is(']')) return { kind: 'list', items, at };
    do items.push(this.value(depth + 1));
    while (this.is(','));
    if (!this.is(']')) throw new Broken();
    return { kind: 'list', items, at };
  }
}

/** The JSON object that `text` begins with, whose first line is line `at` of a whole, and the index behind its last line. */
export function jsonTable(text: string, at: number): { readonly value: Table; readonly to: number } | undefined {
  const reader = new Reader(text, at);
  try {
    const value = reader.value();
    return value.kind === 'table' ? { value, to: reader.lineIndex + 1 } : undefined;
  } catch {
    return undefined;
  }
}
