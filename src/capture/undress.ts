import type { Text } from '../kit/index.js';
import { withoutHtml } from './html.js';
import { looksLikeCommand } from './programs.js';
import { parseAnonymousPrompt, parsePrompt } from './prompt.js';
import { plainTypography } from './typography.js';

/*
 * What mail programs, editors, diffs and web pages put around a paste, taken off again: the lines stay as many as they were. A dress is one
 * only when every line wears it, so the first line without it ends the search.
 */

type Lines = readonly string[];
type Undressed = string[] | undefined;

const isBlank = (line: string): boolean => line.trim() === '';

/** Does the text begin with what somebody typed? */
function begins(lines: Lines): boolean {
  const line = lines.find((l) => !isBlank(l)) ?? '';
  const prompt = parsePrompt(line);
  if (prompt) return prompt.host !== undefined || looksLikeCommand(prompt.command);
  const anonymous = parseAnonymousPrompt(line);
  return looksLikeCommand(line) || (anonymous !== undefined && looksLikeCommand(anonymous.command));
}

/** Takes `mark` off each line, and the blank behind it if each has one; undefined unless every line has it and enough do. */
function withoutMark(lines: Lines, mark: RegExp, least = 2): Undressed {
  let marked = 0;
  let spaced = true;
  const out: string[] = [];
  for (const line of lines) {
    const found = mark.exec(line);
    if (found) marked++;
    else if (!isBlank(line)) return undefined;
    const rest = found ? line.slice(found[0].length) : line;
    spaced &&= rest === '' || rest.startsWith(' ');
    out.push(rest);
  }
  if (marked < least) return undefined;
  return spaced ? out.map((line) => line.slice(1)) : out;
}

/** One line is enough for JSON: `>` is a prompt too. */
const quoted = (lines: Lines): Undressed =>
  withoutMark(lines, /^ {0,3}>/, lines.length === 1 && /^ {0,3}> ?[[{]/.test(lines[0] ?? '') ? 1 : 2);

const COMMENTS = [/^\s{0,8}#{1,3}>?/, /^\s{0,8}\/\/+/, /^\s{0,8}--(?=\s|$)/, /^\s{0,8};+/, /^[│┃|]/];

/** A prompt with a host's name, wherever it stands. */
const isSession = (lines: Lines): boolean => lines.some((line) => parsePrompt(line)?.host !== undefined);

/**
 * A paste in a comment of some language. A file of settings that are all commented out wears the same: a command must be the first line, or a
 * prompt name its host. `# ` is root's prompt too: then its outputs stand without it, and not every line has it.
 */
function commented(lines: Lines): Undressed {
  for (const mark of COMMENTS) {
    const out = withoutMark(lines, mark);
    if (out) return begins(out) || isSession(out) ? out : undefined;
  }
  return undefined;
}

/**
 * `12: ip route`, ` 12  default via …`, `12 | default`: numbers that count the lines; `ip -o link` numbers devices, `ip rule` rules and
 * `traceroute` hops.
 */
const NUMBER = /^\s{0,8}(\d{1,7})(?:[:.)\]|\t]| ?[│|]| |$)/;
const DEVICE = /^\s?[A-Za-z][\w.@-]*(?::\s+(?:<|&lt;)[A-Z]|\s+inet6? )|^\s?[A-Za-z][\w.@-]*: flags=/;
const RULE = /^\s+(?:not )?from (?:all|[\da-f.:]+)(?:\/\d+)?\s/;
const HOP = /^\s+(?:\* \* \*|(?:\* )*\S+ (?:\([\da-fA-F.:%\w]+\) )? ?(?:\[\S+\] )? *[\d.]+ ms\b)/;

function numbered(lines: Lines): Undressed {
  const out: string[] = [];
  let last: number | undefined;
  let lastAt = 0;
  let count = 0;
  for (const [i, line] of lines.entries()) {
    const found = NUMBER.exec(line);
    if (!found) {
      if (!isBlank(line)) return undefined;
      out.push(line);
      continue;
    }
    const n = Number(found[1]);
    // A blank line may have been left without its number.
    if (last !== undefined && n !== last + 1 && n !== last + i - lastAt) return undefined;
    const rest = line.slice(found[0].length);
    if (DEVICE.test(rest) || RULE.test(rest) || HOP.test(rest)) return undefined;
    [last, lastAt] = [n, i];
    count++;
    out.push(rest);
  }
  return count > 2 ? out : undefined;
}

const DIFF = /^(?:[+ ]|-(?![A-Z] )|@@ |diff |index |\\ No newline)/;

/** A diff: what it takes away is the state of before. `+ ip route` is what `set -x` prints, `+-----+` a box. */
function patched(lines: Lines): Undressed {
  let added = 0;
  for (const line of lines) {
    if (isBlank(line)) continue;
    if (!DIFF.test(line) || /^\+-+\+/.test(line)) return undefined;
    if (line.startsWith('+') && added++ === 0 && looksLikeCommand(line.slice(2)) && line.startsWith('+ '))
      return undefined;
  }
  if (added < 2) return undefined;
  return lines.map((line) => (/^(?:-|@@ |diff |index |\\|\+\+\+ )/.test(line) ? '' : line.slice(1)));
}

/** Lines of a device without their header are indented by themselves. */
const DETAIL =
  /^\s+(?:inet6? (?:addr|\d+\.|[\da-f]*:)|link\/|valid_lft|RX|TX|ether|brd|altname|vxlan|bridge|nexthop)\b/;

/** Takes off the indentation that every line has. */
export function indented(lines: Lines): Undressed {
  let least = Number.POSITIVE_INFINITY;
  let first: string | undefined;
  for (const line of lines) {
    if (isBlank(line)) continue;
    first ??= line;
    least = Math.min(least, line.length - line.trimStart().length);
    if (least === 0) return undefined;
  }
  if (first === undefined || DETAIL.test(first)) return undefined;
  return lines.map((line) => line.slice(least));
}

const DRESSES = [quoted, commented, numbered, patched, indented];

/** Dresses over dresses: a numbered listing in a quoted mail. */
const MOST = 5;

/** Lines `from` to `to` of the text (or `bare`, what is left of them already) without all that; undefined when they wear nothing. */
export function undress(text: Text, from: number, to: number, bare: readonly string[] | undefined): Undressed {
  const undressed = withoutDresses(text, from, to, bare);
  return cleanLines(text, from, to, undressed ?? bare) ?? undressed;
}

/** Only what every line wears. */
export function withoutDresses(text: Text, from: number, to: number, bare: Lines | undefined): Undressed {
  // Most texts show in one or two lines that they wear nothing; only then are all of them decoded.
  let lines = bare ?? (couldBeDressed(text, from, to) ? linesOf(text, from, to) : undefined);
  let undressed: Undressed;
  for (let n = 0; lines && n < MOST; n++) {
    let out: Undressed;
    for (const dress of DRESSES) {
      out = dress(lines);
      if (out) break;
    }
    if (!out) break;
    lines = out;
    undressed = out;
  }
  return undressed;
}

function linesOf(text: Text, from: number, to: number): string[] {
  const lines: string[] = [];
  for (let i = from; i < to; i++) lines.push(text.line(i));
  return lines;
}

/** Does the beginning of the lines look dressed? */
function couldBeDressed(text: Text, from: number, to: number): boolean {
  const head: string[] = [];
  for (let i = from; i < to && head.length < 20; i++) {
    const line = text.line(i);
    if (!isBlank(line)) head.push(line);
  }
  return DRESSES.some((dress) => dress(head) !== undefined);
}

/** Escapes of HTML and the typography of word processors, when there are any. */
function cleanLines(text: Text, from: number, to: number, lines: Lines | undefined): Undressed {
  const html = holds(text, from, to, 0x26, HTML_NEXT) || holds(text, from, to, 0x3c, TAG_NEXT);
  const typography = holds(text, from, to, 0xe2, TYPOGRAPHIC);
  const paged = lines ? lines.some((line) => PAGE.test(line)) : hasPages(text, from, to);
  if (!html && !typography && !paged) return undefined;
  const all = lines ?? linesOf(text, from, to);
  const markedUp =
    html && all.some((line) => /<\/(?:span|b|em|strong|code|font|a|p|div|li|td|h\d)>|<br ?\/?>|<span /i.test(line));
  return all.map((line) => {
    if (paged && PAGE.test(line)) return '';
    const bare = html ? withoutHtml(line, markedUp) : line;
    return typography ? plainTypography(bare) : bare;
  });
}

/** Behind `&`: l(t) g(t) a(mp) q(uot) n(bsp) #. Behind `<`: / and the tags that colour and break lines. */
const HTML_NEXT = new Set([0x6c, 0x67, 0x61, 0x71, 0x6e, 0x23]);
const TAG_NEXT = new Set([0x2f, 0x62, 0x73, 0x66]);
/** What a pager leaves on a line of its own: `--More--`, `(END)`, a form feed. */
const PAGE = /^\s*(?:-- ?more ?--(?: ?\(\d+%\))?|\(END\)|\f)\s*$/i;
const LONGEST_PAGE = 40;
const TYPOGRAPHIC = new Set([0x80, 0x88]);

/** Told by the first bytes of lines: rules are full of `-m` and ` - `, and no line of them is decoded for that. */
function hasPages(text: Text, from: number, to: number): boolean {
  const { bytes, start } = text;
  for (let i = from; i < to; i++) {
    const next = start(i + 1);
    let at = start(i);
    while (at < next && (bytes[at] === 0x20 || bytes[at] === 9)) at++;
    if (next - at > LONGEST_PAGE) continue;
    const second = bytes[at + 1];
    const may =
      bytes[at] === 0x0c || (bytes[at] === 0x2d && second === 0x2d) || (bytes[at] === 0x28 && second === 0x45);
    if (may && PAGE.test(text.line(i))) return true;
  }
  return false;
}

function holds({ bytes, start }: Text, from: number, to: number, first: number, next: ReadonlySet<number>): boolean {
  const lines = bytes.subarray(start(from), start(to));
  for (let i = lines.indexOf(first); i !== -1; i = lines.indexOf(first, i + 1))
    if (next.has(lines[i + 1] as number)) return true;
  return false;
}

/** Output that a document shows as comments below its command: ` # default via …`, `#> …`, `// …`. */
export function uncommented(lines: Lines): Undressed {
  for (const mark of [...COMMENTS, /^ {0,3}>/]) {
    const out = withoutMark(lines, mark);
    if (out) return out;
  }
  const only = lines.filter((l) => !isBlank(l));
  const found = only.length === 1 ? /^\s{0,8}(?:#{1,3}>?|\/\/) (?=\S)/.exec(only[0] ?? '') : null;
  return found ? lines.map((line) => (isBlank(line) ? line : line.slice(found[0].length))) : undefined;
}
