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
/** A field in the place of another's value: more than one blank between, as no `key: value` of an annotation has. */
const NEXT_FIELD = /^[A-Z][\w ()/.-]*?:(?:\s{2,}|$)/;

/** `<none>`, `<unset>` (up to 1.3 `<unnamed>`) mean nothing is there. */
export const given = (value: string | undefined): string | undefined =>
  value === undefined || value === '' || /^<(?:none|unset|unnamed|nil|unknown)>$/.test(value) ? undefined : value;

/** A row of the table of events; up to 1.6 ages stand before its type. */
export const isEventRow = (line: string): boolean =>
  /^\s+(?:\S+\s+){0,6}?(?:Normal|Warning)\s/.test(line.slice(0, 400));

/** Rows that are looked for below a line of the margin, and lines of the last message. */
const NEXT_ROW = 12;
const MOST_LINES = 5;

/**
 * Line behind the table of events that goes on up to `end`: what a probe printed is part of its message, line by line and at the margin. Another
 * row proves it; behind the last one the row must say that it quotes.
 */
function eventsEnd(text: Text, from: number, end: number, to: number): number {
  for (let last = end; last < to; ) {
    let row = last;
    while (row < Math.min(to, last + NEXT_ROW) && !isEventRow(text.line(row))) row++;
    if (row >= to || !isEventRow(text.line(row))) {
      let before = last - 1;
      while (before > from && !isEventRow(text.line(before))) before--;
      if (!/\bprobe (?:failed|errored|warning)|:\s*$/.test(text.line(before).slice(0, 4000))) return last;
      let behind = last;
      while (behind < to && text.line(behind).trim() !== '') behind++;
      return behind - last <= MOST_LINES ? behind : last;
    }
    last = row + 1;
    while (last < to && /^[ \t]/.test(text.line(last))) last++;
    if (last >= to) return to;
  }
  return to;
}

/** The sections of the object in lines `from` to `to`. */
export function sectionsOf(text: Text, from: number, to: number): Section[] {
  const sections: Section[] = [];
  for (let i = from; i < to; ) {
    const match = KEY.exec(text.line(i));
    let end = i + 1;
    while (end < to && /^[ \t]/.test(text.line(end))) end++;
    if (match?.[1] === 'Events' && end > i + 1 && end < to) end = eventsEnd(text, i, end, to);
    if (match) sections.push(...sectionsAt(match[1] ?? '', (match[2] ?? '').trim(), i, end));
    i = end;
  }
  return sections;
}

/** The section that begins in a line; two where kubectl of 1.15 to 1.19 ends no line after annotations of which it shows none: `Annotations:  Status:  Running`. */
function sectionsAt(key: string, value: string, line: number, to: number): Section[] {
  if (key !== 'Annotations' || !NEXT_FIELD.test(value)) return [{ key, value, line, to }];
  const next = KEY.exec(value);
  return [
    { key, value: '', line, to: line + 1 },
    { key: next?.[1] ?? '', value: (next?.[2] ?? '').trim(), line, to },
  ];
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
