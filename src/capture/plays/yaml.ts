import type { Table, Value } from './value.js';

/** No result is nested so deep. */
const DEEPEST = 40;

const KEY = /^( *)([\w.[\]'"()-]+):(?: (.*))?$/;
const ITEM = /^( *)- (.*)$/;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** `'it''s'`, `"a\nb"`, and plain words. */
function plain(raw: string): string {
  const word = raw.trimEnd();
  if (/^'.*'$/.test(word)) return word.slice(1, -1).replaceAll("''", "'");
  if (!/^".*"$/.test(word)) return word;
  try {
    return String(JSON.parse(word));
  } catch {
    return word;
  }
}

/** Lines `from` on that are indented more than `indent`, or blank between such. */
function endOf(lines: readonly string[], from: number, indent: number): number {
  let to = from;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim() === '') continue;
    if (indentOf(line) <= indent) break;
    to = i + 1;
  }
  return to;
}

/** What ansible's callback `yaml` prints of a result, no more of the language; `at` is the line where `lines` begin. */
export function yamlTable(lines: readonly string[], at: number, depth = 0): Table {
  const entries = new Map<string, Value>();
  for (let i = 0; i < lines.length; i++) {
    const [, margin = '', key, rest = ''] = KEY.exec(lines[i] ?? '') ?? [];
    if (key === undefined) continue;
    const items = itemsFrom(lines, i + 1, margin.length, at);
    const to = endOf(lines, i + 1, margin.length);
    if (/^[|>][-+\d]*\s*$/.test(rest)) {
      const block = lines.slice(i + 1, to);
      const indent = Math.min(...block.filter((l) => l.trim() !== '').map(indentOf), 80);
      const text = block.map((l) => l.slice(indent)).join('\n');
      entries.set(key, { kind: 'word', text, at: at + i + 1, spread: true });
    } else if (rest.trim() !== '') entries.set(key, { kind: 'word', text: plain(rest), at: at + i });
    else if (items.length > 0) entries.set(key, { kind: 'list', items, at: at + i });
    else if (depth < DEEPEST) entries.set(key, yamlTable(lines.slice(i + 1, to), at + i + 1, depth + 1));
    i = Math.max(to, i + 1 + items.length) - 1;
  }
  return { kind: 'table', entries, at };
}

/** The words of a list that stands as far in as its key, or further. */
function itemsFrom(lines: readonly string[], from: number, least: number, at: number): Value[] {
  const items: Value[] = [];
  for (let i = from; i < lines.length; i++) {
    const [, margin = '', text] = ITEM.exec(lines[i] ?? '') ?? [];
    if (text === undefined || margin.length < least) break;
    items.push({ kind: 'word', text: plain(text), at: at + i });
  }
  return items;
}
