import type { Draft, Sink, Text } from '../../kit/index.js';
import { type CaptureContext, type Claim, type Fact, isLladdr, type Parser, parseAddress } from '../../kit/index.js';
import { collectFailures } from './failure.js';
import { jsonAsPlain } from './iproute2.js';
import { readJson } from './json.js';
import { type Located, lineAt } from './located.js';

/*
 * [{"dst":"10.244.1.0","dev":"flannel.1","lladdr":"16:88:4f:00:36:49","state":["PERMANENT"]}]
 *
 * `ip -j` prints one array on one line, with `-p` a member a line; a few commands print one array per family.
 */

/** Facts and gaps of one object; lines are indexes of the text. */
export interface ObjectOut<F extends Fact> {
  fact(line: number, fact: Draft<F>): void;
  gap(line: number, reason: string): void;
}

export type ReadObject<F extends Fact> = (object: Located, out: ObjectOut<F>, context: CaptureContext) => void;

/** Index behind the object that starts at `from`; -1 when it breaks off. */
function objectEnd(source: string, from: number): number {
  let depth = 0;
  for (let i = from; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 34) {
      for (i++; i < source.length && source.charCodeAt(i) !== 34; i++) if (source.charCodeAt(i) === 92) i++;
    } else if (c === 123) depth++;
    else if (c === 125 && --depth === 0) return i + 1;
  }
  return -1;
}

const linesIn = (source: string, from: number, to: number): number => {
  let lines = 0;
  for (let i = source.indexOf('\n', from); i !== -1 && i < to; i = source.indexOf('\n', i + 1)) lines++;
  return lines;
};

function sourceOf(text: Text): string {
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  return lines.join('\n');
}

/** Of a command that does not print arrays alone. */
interface JsonForm {
  /** Start of an object that the array stands in: `{"nftables": [`. */
  readonly wrapper: RegExp;
  /** Takes a line that is no JSON and carries nothing else either. */
  readonly remark: (line: string) => boolean;
}

/** Reads the arrays of one capture object by object, so that a broken one or a cut spoils no other. */
export function parseObjects<F extends Fact>(
  text: Text,
  out: Sink<F>,
  context: CaptureContext,
  read: ReadObject<F>,
  form?: JsonForm,
): void {
  const source = sourceOf(text);
  const failures = collectFailures(out);
  // Told at the end: on one line a good object must not hide a bad one.
  const gaps: { line: number; reason: string }[] = [];
  const sink: ObjectOut<F> = {
    fact: (line, fact) => out.fact(line, fact),
    gap: (line, reason) => gaps.push({ line, reason }),
  };
  let some = false;
  let open = 0;
  let depth = 0;
  let line = 0;
  for (let i = 0; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 10) line++;
    else if (c === 91) {
      open++;
      some = true;
      out.noise(line);
    } else if (c === 93) {
      open--;
      out.noise(line);
    } else if (c === 123 && form?.wrapper.test(source.slice(i, i + 200))) {
      depth++;
      some = true;
      out.noise(line);
      for (; source.charCodeAt(i) !== 58; i++) if (source.charCodeAt(i) === 10) out.noise(++line);
    } else if (c === 125 && depth > 0) {
      depth--;
      out.noise(line);
    } else if (c === 123) {
      const end = objectEnd(source, i);
      const last = end === -1 ? text.count - 1 : line + linesIn(source, i, end);
      const reading = readJson(source.slice(i, end === -1 ? source.length : end), line);
      if ('error' in reading) for (let l = line; l <= last; l++) sink.gap(l, reading.error);
      else {
        for (let l = line; l <= last; l++) out.part(l);
        some = true;
        read(reading.value, sink, context);
      }
      if (end === -1) break;
      i = end - 1;
      line = last;
    } else if (c !== 44 && c !== 32 && c !== 9) {
      const stop = source.indexOf('\n', i);
      const talk = text.line(line);
      if (form?.remark(talk)) out.noise(line);
      else if (!failures.take(line, talk)) sink.gap(line, 'not JSON');
      if (stop === -1) break;
      i = stop - 1;
    }
  }
  if (open > 0 || depth > 0) out.incomplete('truncated', 'the JSON breaks off');
  failures.close(some);
  for (const gap of gaps) out.gap(gap.line, gap.reason);
}

/** The command line's claim is that of the same command without `-j`: the plain form's or the brief one's. */
export const claimJson =
  (...plain: readonly Parser[]) =>
  (argv: readonly string[]): Claim | undefined => {
    const words = jsonAsPlain(argv);
    if (!words) return undefined;
    for (const { claims } of plain) {
      const claim = claims.command?.(words);
      if (claim) return claim;
    }
    return undefined;
  };

/** Enough for the first object of any listing. */
const HEAD = 20_000;

/**
 * Does an array start whose first object has these keys, the first of them in front? Old versions print an empty object for
 * each device that a selection leaves out.
 */
export function startsWith(head: readonly string[], keys: readonly string[], without?: string): 0 | 3 {
  const start = head.find((line) => line.trim() !== '')?.trimStart() ?? '';
  if (!start.startsWith('[')) return 0;
  const dense = head
    .map((line) => line.slice(0, HEAD))
    .join('')
    .slice(0, HEAD)
    .replace(/\s+/g, '')
    .replaceAll('{},', '');
  if (!dense.startsWith(`[{"${keys[0] ?? ''}":`)) return 0;
  if (without !== undefined && dense.includes(`"${without}":`)) return 0;
  return keys.every((key) => dense.includes(`"${key}":`)) ? 3 : 0;
}

/** The first object of `ip -br -j`: a device by its name or by what it stands on, no index, its state, and `last`. */
export const startsBrief = (head: readonly string[], last: string): 0 | 3 => {
  const firsts = ['ifname', 'link', 'link_index'];
  return firsts.some((first) => startsWith(head, [first, 'ifname', 'operstate', last], 'ifindex') === 3) ? 3 : 0;
};

/** Line of a key, or of the object. */
export const lineOfKey = (object: Located, key: string): number => lineAt(object, key) ?? object.line;

/** Is the key there, whatever its value? iproute2 prints flags as `"router": null` or `"dynamic": true`. */
export function hasFlag(object: Located, key: string): boolean {
  const value = object.kind === 'map' ? object.entries.get(key)?.value : undefined;
  return value !== undefined && !(value.kind === 'text' && value.plain && value.text === 'false');
}

/** Ethernet, infiniband's 20 octets, or a tunnel's own address. */
export const isLinkAddress = (text: string): boolean =>
  isLladdr(text) || /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){0,31}$/.test(text) || parseAddress(text) !== undefined;
