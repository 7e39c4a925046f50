import { type Gap, lineOf, type Text, textOf } from '../kit/index.js';
import { beforeRemark } from './annotated.js';
import { isElision } from './chatter.js';
import { isCutRow } from './cut-row.js';
import { jsonEnd } from './json-end.js';
import { parseText } from './parse.js';
import { blank } from './pieces.js';
import type { AnyParser, Recognised } from './recognise.js';
import { isMarkedProse, isProse } from './sentences.js';
import type { CommandLine } from './shell.js';
import {
  beginsAt,
  behindAt,
  contentAt,
  context,
  firstOf,
  hiddenStart,
  lineAt,
  nextStart,
  paragraphEnd,
  recognisedAs,
  type Search,
  searchOf,
  understood,
} from './starts.js';

/*
 * Outputs that run into each other: `ip a; ip r`, or two pasted without what was typed. Where the lines of one parser stop and those of another
 * begin unmistakably, there is the boundary; also where a listing begins anew.
 */

export interface Run {
  readonly from: number;
  readonly to: number;
  /** Undefined: nothing reads these lines. */
  readonly recognised: Recognised | undefined;
}

/** A paste is short; what is longer is one thing. */
const LONGEST = 200_000;
const WINDOW = 256;
const LARGE = 4096;
const MOST_RUNS = 400;

/** First lines of listings that begin again where a second one begins. */
const BEGINS: Readonly<Record<string, RegExp>> = {
  'ip-addr': /^1: lo[:@]/,
  'ip-link': /^1: lo[:@]/,
  'ip-rule': /^0:\s+from all lookup local/,
  'route-n': /^Kernel IP routing table/,
  'ip-route': /^(?:unicast )?default via (?!.*\btable\b)/,
  'brctl-show': /^bridge name\s/,
};

interface Boundary {
  /** Where what the parser reads ends. */
  readonly to: number;
  /** Where the next known output begins; between the two stands what nobody reads. */
  readonly next: number;
}

/** Unknown lines between two outputs that are surely no part of the first: so many, or behind a blank line. */
const FOREIGN = 3;

/** Where another parser's output begins, or the same listing anew; undefined when the parser reads to the end. */
async function boundary(search: Search, from: number, { parser, claim }: Recognised): Promise<Boundary | undefined> {
  const again = anew(search, from, parser);
  const { text } = search;
  await parser.prepare?.();
  const document = await documentEnd(search, from, parser);
  if (document !== undefined) return { to: document, next: document };
  for (let size = WINDOW; ; size *= 16) {
    // Few outputs hold another behind so many lines, and no window is read twice for nothing.
    const to = size > LARGE ? (again ?? text.count) : Math.min(again ?? text.count, from + size);
    const { gaps, facts, lastOfFacts } = parseText(parser, text.slice(from, to), 0, context(claim));
    let before = -2;
    let start = 0;
    for (const gap of gaps) {
      const line = lineOf(gap.at) - text.firstLine;
      if (line !== before + 1) start = line;
      before = line;
      if (line === from || isCutRow(text, line)) continue;
      // The first lines of all: the command line knows better than the content.
      if (facts[0] !== undefined && line < lineOf(facts[0].at) - text.firstLine) continue;
      // Right behind what is understood one line is enough.
      const found = await (line - start <= FOREIGN ? behindAt(search, line, parser) : beginsAt(search, line, parser));
      if (!found) {
        const remark = await proseAt(search, line, to, gaps, parser);
        if (remark) return remark;
        continue;
      }
      const next = firstOf(search, start, line, found);
      const foreign = next - start >= FOREIGN || (next > start && blankBefore(search, start));
      return { to: foreign ? start : next, next };
    }
    if (to < (again ?? text.count)) continue;
    const last = from + Math.max(0, lastOfFacts);
    const hidden = search.line === undefined ? await hiddenStart(search, { from, last, to }, parser) : undefined;
    const end = hidden ?? again;
    return end === undefined ? undefined : { to: end, next: end };
  }
}

/** Prose behind an output, and where it ends; undefined where the same output goes on behind it. */
async function proseAt(
  search: Search,
  line: number,
  to: number,
  gaps: readonly Gap[],
  parser: AnyParser,
): Promise<Boundary | undefined> {
  const remark = lineAt(search, line);
  const apart = blankBefore(search, line) || isElision(lineAt(search, line - 1)) || closes(search, line);
  if (!search.prose || !(apart ? isProse(remark) : isMarkedProse(remark))) return undefined;
  // A line of the output that somebody wrote behind.
  const row = beforeRemark(remark);
  if (row !== undefined && reads(parser, row)) return undefined;
  let next = line;
  while (next < to && (isProse(lineAt(search, next)) || lineAt(search, next).trim() === '')) next++;
  if (next < to && !gaps.some((g) => lineOf(g.at) - search.text.firstLine === next)) {
    const found = await contentAt(search, next, undefined);
    if (!found && parser.emits.length > 0) return undefined;
  }
  return { to: line, next };
}

/** So many lines people write right below what they pasted: `Let me know if you need more`. */
const MOST_CLOSING = 4;

/** Is all that follows prose? */
function closes(search: Search, line: number): boolean {
  const { count } = search.text;
  if (count - line > MOST_CLOSING) return false;
  for (let i = line; i < count; i++) if (lineAt(search, i).trim() !== '' && !isProse(lineAt(search, i))) return false;
  return true;
}

/** Does the parser make facts of that one line? */
function reads(parser: AnyParser, line: string): boolean {
  const { facts, gaps } = parseText(parser, textOf(new TextEncoder().encode(line)), 0, context({}));
  return facts.length > 0 && gaps.length === 0;
}

/** A document that is read as a whole or not at all, JSON or YAML, with something behind it: its end. */
async function documentEnd(search: Search, from: number, parser: AnyParser): Promise<number | undefined> {
  const { text } = search;
  const closed = jsonEnd(text, from);
  if (closed !== undefined) return blank(text, closed, text.count) ? undefined : closed;
  // Of most outputs the parser reads the beginning, whatever follows.
  const all = parseText(parser, text.slice(from, Math.min(text.count, from + WINDOW)), 0, context({}));
  if (all.facts.length > 0) return undefined;
  const end = paragraphEnd(search, from, text.count);
  if (blank(text, end, text.count)) return undefined;
  const one = parseText(parser, text.slice(from, end), 0, context({}));
  return one.facts.length > 0 && one.gaps.length === 0 ? end : undefined;
}

/** Where the listing that begins at `from` begins a second time. */
function anew({ text }: Search, from: number, parser: AnyParser): number | undefined {
  const begins = BEGINS[parser.command];
  if (!begins) return undefined;
  let first: string | undefined;
  let last = -2;
  for (let i = from; i < text.count; i++) {
    const line = text.line(i);
    if (!begins.test(line)) continue;
    const family = line.includes('via fe80:') || /via [0-9a-f]*:/.test(line) ? '6' : '4';
    if (first === undefined) first = family;
    // Several defaults stand together at the head of a table.
    else if (family === first && last !== i - 1) return i;
    if (family === first) last = i;
  }
  return undefined;
}

/**
 * Parts of one output, each with what reads it. `first` is what the command line or the content says of its beginning; in text that no fence
 * holds there may be `prose`. Line indexes count in `text`.
 */
export async function runsOf(
  parsers: readonly AnyParser[],
  text: Text,
  line: CommandLine | undefined,
  first: Recognised | undefined,
  prose = false,
): Promise<readonly Run[]> {
  const whole: Run = { from: 0, to: text.count, recognised: first };
  const several = line === undefined || line.others.length > 0;
  if (text.count > LONGEST || text.count < 2 || (!first && !several)) return [whole];
  const search = searchOf(parsers, text, line, prose);
  const runs: Run[] = [];
  let from = 0;
  let now = first?.by === 'command' ? first : await beginning(search, first);
  while (from < text.count && runs.length < MOST_RUNS) {
    const found = now ? await boundary(search, from, now) : await unknownEnd(search, from);
    // A command nobody knows, and one line in its output shows what it is: nothing else begins there.
    if (!found && !now && line && from === 0) now = first;
    if (!found) break;
    const { to, next } = found;
    // A line in front that the parser of what follows took for its own when it saw all of it.
    if (!now && next - from < FOREIGN && !blankBefore(search, next)) {
      const own = await contentAt(search, next, undefined);
      if (own && (own === first?.parser || cut(search, from, next)) && takes(search, from, next, own)) {
        now = own === first?.parser ? first : recognisedAs(search, own);
        continue;
      }
    }
    runs.push({ from, to, recognised: now });
    if (next > to) runs.push({ from: to, to: next, recognised: undefined });
    const parser = (await contentAt(search, next, undefined)) ?? (next === to ? now?.parser : undefined);
    now = parser && recognisedAs(search, parser);
    from = next;
  }
  return [...runs, { from, to: text.count, recognised: now }];
}

/** What reads the first lines: what one line in hundreds shows says nothing of them. */
async function beginning(search: Search, first: Recognised | undefined): Promise<Recognised | undefined> {
  const found = await contentAt(search, 0, undefined);
  if (found) return recognisedAs(search, found);
  return first && (await understood(search, 0, search.text.count, first.parser, true)) > 0 ? first : undefined;
}

/** Does the parser read lines `from` to `to` when it sees what follows them? The mark of a cut belongs to what was cut. */
function takes({ text }: Search, from: number, to: number, parser: AnyParser): boolean {
  const { gaps } = parseText(parser, text.slice(from, Math.min(text.count, to + WINDOW)), 0, context({}));
  return !gaps.some((g) => lineOf(g.at) - text.firstLine < to && !isElision(g.text));
}

/** Is all of it the mark of a cut? */
function cut(search: Search, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (!isElision(lineAt(search, i))) return false;
  return to > from;
}

const blankBefore = (search: Search, i: number): boolean => lineAt(search, i - 1).trim() === '';

async function unknownEnd(search: Search, from: number): Promise<Boundary | undefined> {
  const next = await nextStart(search, from);
  return next === undefined ? undefined : { to: next, next };
}
