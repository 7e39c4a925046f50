import type { LogStamp } from '../../facts/index.js';
import type { Text } from '../../kit/index.js';
import {
  type Entry,
  exportEntry,
  isExport,
  isVerbose,
  jsonEntry,
  messageOf,
  objectAt,
  verboseEntry,
} from './entries.js';
import { findNeedles } from './needles.js';
import { counted, type Fate, isKernel, MOST_OF_LINE, type Scan, word } from './state.js';
import { needles } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

/** May an entry begin in a line with these first and last bytes? `_`, `{`, `data: {`, a record separator; `… [s=…]`. */
export const mayBeEntry = (first: number | undefined, last: number | undefined): boolean =>
  last === 93 || first === 95 || first === 123 || first === 100 || first === 0x1e;

/** The entry of journald that begins in the line, where it is no line of text. */
export function entryAt({ text }: Scan, i: number, start: number, end: number): Entry | undefined {
  const { bytes } = text;
  const first = bytes[start];
  if (first === 95) return isExport(bytes, start, end) ? exportEntry(text, i) : undefined;
  if (first === 123 || first === 0x1e || first === 100) {
    const at = objectAt(bytes, start);
    return at < 0 ? undefined : jsonEntry(text, i, at);
  }
  return bytes[end - 1] === 93 && isVerbose(bytes, start, end) ? verboseEntry(text, i) : undefined;
}

/** An entry of journald that spans lines, or is one line of JSON. */
export function journalEntry(scan: Scan, i: number, entry: Entry): number {
  const { text, hits, source } = scan;
  const { message, tag, host, time } = entry;
  if (host[1] > host[0]) scan.hosts.see(entry.line, host[0], host[1]);
  if (!scan.kernel) scan.kernel = isKernel(text.bytes, tag[0], tag[1]);
  findNeedles(needles(), message.bytes, message.from, Math.min(message.to, message.from + MOST_OF_LINE), hits);
  let fate: Fate = 'noise';
  if (hits.size > 0) {
    const stamp = entryStamp(text, entry);
    const component = stamp.unit ? componentOf(stamp.unit) : source.component;
    fate = scan.reader.read(entry.line, unwrap(messageOf(entry, MOST_OF_LINE), stamp, component), hits);
    hits.clear();
  }
  for (let j = i; j < entry.next; j++) {
    if (fate === 'fact') scan.out.part(j);
    else scan.out.noise(j);
  }
  scan.first ??= entryStamp(text, entry);
  counted(scan, entry.line, fate, false);
  scan.last = time === undefined ? {} : { time };
  return entry.next;
}

function entryStamp({ bytes }: Text, { host, tag, time }: Entry): LogStamp {
  return {
    ...(time !== undefined && { time }),
    ...(host[1] > host[0] && { host: word(bytes, host[0], host[1]) }),
    ...(tag[1] > tag[0] && { unit: word(bytes, tag[0], tag[1]) }),
  };
}
