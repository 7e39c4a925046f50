import { type Sink, type Text, textFrom } from '../../kit/index.js';
import { scanLines } from './scan.js';
import { lineEnd, type ScanFact } from './state.js';
import { isPhrase } from './tables.js';
import { unwrap } from './unwrap.js';

/** What the first lines of a text look like to the scan. */
export interface Look {
  /** Lines or entries with a log's head; of these such with a mere date; and bracketed numbers that may be dmesg's. */
  readonly headed: number;
  readonly weak: number;
  readonly doubtful: number;
  /** Lines without a head, and how many of them are a component's own wording. */
  readonly others: number;
  readonly phrases: number;
}

const FIRST_LINES = 200;

/** Reads the first lines as a log and counts; nothing is kept. */
export function lookAt(text: Text, component?: string): Look {
  const head = text.slice(0, Math.min(FIRST_LINES, text.count));
  const gaps: number[] = [];
  const nothing = (): void => undefined;
  const out: Sink<ScanFact> = {
    fact: nothing,
    part: nothing,
    noise: nothing,
    gap: (line) => void gaps.push(line),
    incomplete: nothing,
    only: nothing,
    listed: nothing,
    failed: nothing,
  };
  const scan = scanLines(head, out, {
    free: false,
    ...(component !== undefined && { component }),
    isFree: () => false,
  });
  let others = 0;
  let phrases = 0;
  for (const line of gaps) {
    const start = head.start(line);
    const bytes = head.bytes.subarray(start, Math.min(lineEnd(head, line, start), start + 2000));
    others++;
    if (isPhrase(bytes, unwrap(new TextDecoder().decode(bytes), {}, component))) phrases++;
  }
  return { headed: scan.lines, weak: scan.weak, doubtful: scan.doubtful, others, phrases };
}

/**
 * Is the text what a program wrote, with and without heads? A name must agree, or several lines in a component's own words; then most
 * of its lines must be of a log.
 */
export function isFreeText(text: Text, named: boolean, component?: string): boolean {
  const { headed, others, phrases } = lookAt(text, component);
  const known = headed + phrases;
  return known * 2 >= headed + others && (named ? known > 0 : phrases >= 3);
}

/** Letters of a line that are enough to tell a log by; an entry in JSON names its fields in any order. */
const ENOUGH = 4096;
const BANNER = /^-- (?:Logs begin at|Journal begins at|No entries|Reboot --|Boot [0-9a-f]{32})/;
/** journalctl about the journal: its size, its files. */
const ABOUT = /^(?:Archived and active journals take up |Journals take up |PASS: \/\S+\.journal)/;

/** `tcpdump -tt` stamps its packets as `-o short-unix` stamps messages. */
const PACKET = /^\d+\.\d+ +(?:\S+ +(?:In|Out|B|M|P) +)?(?:IP6? |ARP, |[\da-f]{2}(?::[\da-f]{2}){5} > )/;

/** Logs are told by their heads: most lines must have one. */
export function sniffLog(head: readonly string[]): 0 | 1 | 2 | 3 {
  const lines = head.map((line) => (line.length > ENOUGH ? line.slice(0, ENOUGH) : line));
  const { headed, weak, doubtful, others, phrases } = lookAt(textFrom(`${lines.join('\n')}\n`));
  const logged = headed - doubtful - lines.filter((line) => PACKET.test(line)).length;
  const all = headed + others;
  if (lines.some((line) => BANNER.test(line)) && logged * 2 >= all) return 3;
  if (logged === 0 && phrases < 3) return others === 0 && lines.some((line) => ABOUT.test(line)) ? 3 : 0;
  const known = logged + phrases;
  if (known * 2 < all) return 0;
  if (weak * 2 > headed) return known >= 3 ? 2 : 1;
  return known * 10 >= all * 9 && logged >= 3 ? 3 : 2;
}
