import type { LogStamp } from '../../facts/index.js';
import { decode } from '../../kit/index.js';
import { clockOf, ctimeWhen, isoWhen, monthDay } from './stamp.js';

/** What stands before a message of the kernel's ring buffer: how long it is, and what it says of the time. */
export interface RingHead {
  readonly length: number;
  readonly when: Pick<LogStamp, 'time' | 'clock' | 'dated' | 'uptime'>;
}

/** Stamps of util-linux (sys-utils/dmesg.c, print_record): uptime, `-e`'s two, `-T`, any of them with `-d`'s difference, or that alone. */
const UPTIME = '\\[ *(\\d+\\.\\d+)(?: <[ .\\d*]+>?)?\\]';
const DELTA = '\\[(?:<[ \\d.]+>| *\\+\\d+\\.\\d+)\\]';
const CTIME = '\\[([^\\s\\]]{2,12} \\S{2,12} +\\d{1,2} [\\d:]{8} \\d{4})(?: <[ \\d.]+>)?\\]';
const SHORT = '\\[([^\\s\\d\\]]{2,12}) ?(\\d{1,2}) (\\d\\d:\\d\\d)\\]';
const ISO = '(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d,\\d{6}[+-]\\d\\d:?\\d\\d)(?= )';
const STAMP = new RegExp(`${UPTIME}|${DELTA}|${CTIME}|${SHORT}|${ISO}`, 'y');
/** Priority (`--raw`), or facility and level in words (`-x`). */
const FRONT = /^(?:<\d{1,4}>|[a-z0-9]{1,8} *: *[a-z]{3,7} *: (?=\[|\d{4}-))?/;
/** talosctl: `kern: warning: [2021-03-04T10:20:30.123456789Z]: msg`, with the node in front where several were asked. */
const TALOS = /^(?:[\w.:-]+: )?[a-z0-9]+: +[a-z]+: \[(\d{4}-\d\d-\d\dT[\d:.]+Z)\]: /;
/** CONFIG_PRINTK_CALLER, and the tag that Ubuntu's dmesg.service leaves (`journalctl -o short-monotonic --no-hostname`). */
const BEHIND = / ?(?:\[ *[TC]\d+\] ?)?(?:kernel: )?/y;

/** Reads what stands before the message; undefined when the line has no stamp of the ring buffer. */
export function readRingHead(line: string): RingHead | undefined {
  const talos = TALOS.exec(line);
  if (talos) return { length: talos[0].length, when: isoWhen(talos[1] ?? '') };
  let at = FRONT.exec(line)?.[0].length ?? 0;
  let when: RingHead['when'] | undefined;
  // Several stamps of several kinds since util-linux 2.39 (`--time-format` given twice).
  for (let n = 0; n < 8; n++) {
    STAMP.lastIndex = at;
    const m = STAMP.exec(line);
    if (!m) break;
    at = STAMP.lastIndex;
    when = { ...whenOf(m), ...when };
    const blank = line.charAt(at) === ' ' && /[[\d]/.test(line.charAt(at + 1)) ? 1 : 0;
    STAMP.lastIndex = at + blank;
    if (blank === 1 && STAMP.test(line)) at++;
    else break;
  }
  if (when === undefined) return undefined;
  BEHIND.lastIndex = at;
  BEHIND.exec(line);
  return { length: BEHIND.lastIndex, when };
}

function whenOf(m: RegExpExecArray): RingHead['when'] {
  if (m[1] !== undefined) return { uptime: Number(m[1]) };
  if (m[2] !== undefined) return ctimeWhen(m[2]);
  if (m[6] !== undefined) return isoWhen(m[6].replace(',', '.'));
  const clock = m[5] === undefined ? undefined : clockOf(`${m[5]}:00`);
  if (clock === undefined) return {};
  const dated = monthDay(m[3] ?? '', Number(m[4]));
  return { clock, ...(dated !== undefined && { dated }) };
}

/** Does the line begin as the ring buffer prints it? A look at the bytes for the usual form, `[` and digits. */
export function hasRingHead(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === 91) {
    let i = from + 1;
    while (bytes[i] === 32) i++;
    const c = bytes[i] ?? 0;
    if (c >= 48 && c <= 57) {
      while (i < to && bytes[i] !== 93) i++;
      return i < to;
    }
  }
  return readRingHead(decode(bytes, from, Math.min(to, from + 160))) !== undefined;
}
