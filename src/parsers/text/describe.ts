import type { Text } from '../../kit/index.js';

/** `Key:  value` at column 0 of `kubectl describe`, with the indented lines under it. */
export interface Section {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Line behind its last indented line. */
  readonly to: number;
}

const KEY = /^([A-Z][\w ()/.-]*?):(?:\s+(.*))?$/;

/** `<none>`, `<unset>` and `n/a` mean nothing is there. */
export const given = (value: string | undefined): string | undefined =>
  value === undefined || value === '' || /^<(?:none|unset|nil|unknown)>$/.test(value) ? undefined : value;

/** The table of events is the last of an object; a message in it may go on at the margin. */
const LAST = 'Events';

/** The sections of the object in lines `from` to `to`. */
export function sectionsOf(text: Text, from: number, to: number): Section[] {
  const sections: Section[] = [];
  for (let i = from; i < to; ) {
    const match = KEY.exec(text.line(i));
    let end = i + 1;
    if (match?.[1] === LAST) end = to;
    while (end < to && /^[ \t]/.test(text.line(end))) end++;
    if (match) sections.push({ key: match[1] ?? '', value: (match[2] ?? '').trim(), line: i, to: end });
    i = end;
  }
  return sections;
}

/** `key: value` or a bare value, and its line. */
export interface Item {
  readonly key: string;
  readonly value: string;
  readonly line: number;
  readonly indent: number;
}

/** Value line and indented lines of a section, split at the first `: ` (or `=` in labels and old annotations). */
export function itemsOf(text: Text, section: Section): Item[] {
  const items: Item[] = [];
  for (let line = section.line; line < section.to; line++) {
    const raw = line === section.line ? section.value : text.line(line);
    const body = raw.trim();
    if (given(body) === undefined) continue;
    const match = /^([\w./-]+)(?::\s+|=|:$)(.*)$/.exec(body);
    const spaced = /^([\w./() -]+?):(?:\s+(.*))?$/.exec(body);
    const key = match?.[1] ?? spaced?.[1] ?? '';
    const value = (match ? match[2] : spaced ? spaced[2] : body) ?? '';
    items.push({ key, value: value.trim(), line, indent: raw.length - raw.trimStart().length });
  }
  return items;
}
