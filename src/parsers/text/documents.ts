import { decode, type Text } from '../../kit/index.js';
import { type JsonRange, scanJson } from './json-scan.js';

/** One object of a YAML or JSON text: a document of its own, or an item of a list. Lines count from 0, `to` is exclusive. */
export interface ObjectText {
  readonly format: 'yaml' | 'json';
  readonly from: number;
  readonly to: number;
  /** Its `kind`, found without parsing, so that thousands of Secrets and Events cost nothing. */
  readonly kind?: string;
  /** Text with as many lines as the range has. */
  source(): string;
  /** Somebody left lines out (`...`): what is absent here is not known to be absent. */
  readonly elided: boolean;
  /** An item of a list, which says that there are no others; else one object, which says nothing of any other. */
  readonly listed: boolean;
}

/** What `splitObjects` finds. */
export interface ObjectSink {
  object(object: ObjectText): void;
  noise(line: number): void;
  gap(line: number, reason: string): void;
  cut(detail: string): void;
  /** An empty list of objects of that kind. */
  empty?(kind: string): void;
}

const SEPARATOR = /^---(?:\s|$)/;
/** Lines left out by hand. YAML's own end marker `...` looks the same, but kubectl never prints it. */
const ELISION = /^\s*(?:\.{3,}|…|\[\.{3}\]|\[SNIP!?\]|<snip>)\s*$/i;
/** Keys of a list beside its items. */
const LIST_KEY =
  /^\s*(?:#|apiVersion:|kind:|metadata:|items:|resourceVersion:|selfLink:|continue:|remainingItemCount:)/;
const JSON_START = /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:[{\]]|$))/;
/** klog lines and warnings that kubectl prints to stderr before its output, and crictl's of where it looked for a runtime. */
const CHATTER = /^(?:[IWE]\d{4} \d\d:|Warning: |Flag --|Defaulted container|#|(?:WARN|ERRO|INFO|DEBU)\[\d{4}\] )/;
/** Does a program say so before the document that it was asked for? */
export const isBeforehand = (line: string): boolean => CHATTER.test(line);

/** Splits a stream of YAML documents, JSON values or both (`kubectl cluster-info dump` glues them) into objects. */
export function splitObjects(text: Text, out: ObjectSink): void {
  let i = 0;
  while (i < text.count) {
    const line = text.line(i);
    if (line.trim() === '' || SEPARATOR.test(line) || CHATTER.test(line)) out.noise(i++);
    else if (ELISION.test(line)) {
      out.cut(`lines left out at line ${text.firstLine + i}`);
      out.noise(i++);
    } else if (JSON_START.test(line)) i = splitJson(text, i, out);
    else i = splitYaml(text, i, out);
  }
}

const indentOf = (line: string): number => line.length - line.trimStart().length;
/** Takes the document that starts at line `from`; returns the line behind it. */
function splitYaml(text: Text, from: number, out: ObjectSink): number {
  const lines: string[] = [];
  for (let i = from; i < text.count; i++) {
    const line = text.line(i);
    if (SEPARATOR.test(line) || (line.startsWith('{') && JSON_START.test(line))) break;
    lines.push(line);
  }
  const base = indentOf(lines[0] ?? '');
  const key = ' '.repeat(base);
  const start = lines.findIndex((line) => line.startsWith(`${key}items:`));
  if (start < 0 || lines[start]?.slice(base).trim() !== 'items:') {
    const kind = kindAt(lines, 0, lines.length, base);
    if (kind?.endsWith('List') && /^\s*\[\s*\]\s*$/.test(lines[start]?.slice(base + 6) ?? ''))
      out.empty?.(kind.slice(0, -4));
    out.object(yamlObject(lines, 0, lines.length, from, base));
    return from + lines.length;
  }
  const kind = kindAt(lines, 0, lines.length, base)?.replace(/List$/, '');
  const end = splitItems(lines, start + 1, base, (a, b, indent) => {
    const item = yamlObject(lines, a, b, from, indent);
    out.object({ ...item, listed: true, ...(item.kind === undefined && kind && { kind }) });
  });
  for (const [i, line] of lines.entries()) {
    if (i > start && i < end) continue;
    if (line.trim() === '' || LIST_KEY.test(line)) out.noise(from + i);
    else out.gap(from + i, 'neither an item nor a key of a list');
  }
  return from + lines.length;
}

/** Finds the items of a block sequence, which may stand at the indent of its key; returns the line behind the last. */
function splitItems(
  lines: readonly string[],
  first: number,
  base: number,
  item: (from: number, to: number, indent: number) => void,
): number {
  let at = first;
  while (at < lines.length && (lines[at] ?? '').trim() === '') at++;
  const dash = indentOf(lines[at] ?? '');
  const isItem = (line: string): boolean => indentOf(line) === dash && /^-(?:\s|$)/.test(line.slice(dash));
  let open = -1;
  const close = (to: number): void => {
    if (open >= 0) item(open, to, dash + Math.max(2, indentOf((lines[open] ?? '').slice(dash + 1)) + 1));
  };
  for (; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    if (isItem(line)) {
      close(at);
      open = at;
    } else if (indentOf(line) <= Math.max(base, dash) && !ELISION.test(line)) break;
  }
  close(at);
  return at;
}

function yamlObject(lines: readonly string[], from: number, to: number, base: number, indent: number): ObjectText {
  const own = lines.slice(from, to);
  const elided = own.some((line) => ELISION.test(line));
  const kind = kindAt(lines, from, to, indent);
  return {
    format: 'yaml',
    from: base + from,
    to: base + to,
    ...(kind !== undefined && { kind }),
    elided,
    listed: false,
    source() {
      const clean = elided ? own.map((line) => (ELISION.test(line) ? '' : line)) : own;
      const [head = '', ...rest] = clean;
      return [/^\s*-\s/.test(head) ? head.replace('-', ' ') : head, ...rest].join('\n');
    },
  };
}

/** The value of `kind:` among the keys at column `indent`. */
function kindAt(lines: readonly string[], from: number, to: number, indent: number): string | undefined {
  for (let i = from; i < to; i++) {
    const line = lines[i] ?? '';
    const lead = line.slice(0, indent).trim();
    if ((lead === '' || (i === from && lead === '-')) && line.startsWith('kind:', indent)) {
      return line
        .slice(indent + 5)
        .trim()
        .replace(/^["']|["']$/g, '');
    }
  }
  return undefined;
}

/** Takes the JSON value that starts on line `from`; returns the line behind it. */
function splitJson(text: Text, from: number, out: ObjectSink): number {
  let offset = text.start(from);
  const limit = text.start(text.count);
  let line = from;
  const lineOf = (target: number): number => {
    while (line + 1 < text.count && text.start(line + 1) <= target) line++;
    return line;
  };
  for (;;) {
    const scan = scanJson(text.bytes, offset, limit);
    const wrapper = scan.kind?.replace(/List$/, '');
    const first = lineOf(offset);
    if (scan.isList && wrapper && scan.items.length === 0) out.empty?.(wrapper);
    const whole: JsonRange = { start: offset, end: scan.end, kind: scan.kind };
    const ranges = scan.isList ? scan.items : scan.broken ? [] : [whole];
    let seen = first;
    for (const range of ranges) {
      const a = lineOf(range.start);
      for (; scan.isList && seen < a; seen++) out.noise(seen);
      const b = lineOf(range.end - 1) + 1;
      const kind = range.kind ?? (scan.isList ? wrapper : undefined);
      const { start, end } = range;
      out.object({
        format: 'json',
        from: a,
        to: b,
        ...(kind !== undefined && { kind }),
        elided: false,
        listed: scan.isList,
        source: () => decode(text.bytes, start, end),
      });
      seen = Math.max(seen, b);
    }
    const last = lineOf(Math.max(offset, scan.end - 1));
    if (scan.broken) {
      out.cut(`JSON in line ${text.firstLine + first} ${scan.broken}`);
      for (; seen <= last; seen++) out.gap(seen, `the JSON ${scan.broken}`);
    } else for (; scan.isList && seen <= last; seen++) out.noise(seen);
    const next = nextOnLine(text, scan.end, last);
    if (next === undefined || scan.broken) return last + 1;
    offset = next;
  }
}

/** `}{`: values glued on one line. */
function nextOnLine(text: Text, from: number, line: number): number | undefined {
  const end = text.start(line + 1);
  for (let i = from; i < end; i++) {
    const c = text.bytes[i];
    if (c === 123 || c === 91) return i;
    if (c !== 32 && c !== 9) return undefined;
  }
  return undefined;
}
