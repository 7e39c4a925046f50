import type { UptimeFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';

/*
 *  12:03:04 up 3 days,  2:01,  1 user,  load average: 0.00, 0.01, 0.05
 * up 2 weeks, 3 days, 1 hour, 5 minutes
 * 266464.31 1051338.22
 *
 * procps' uptime, its `-p`, the first line of `w` and `top`, and /proc/uptime.
 */
const LINE =
  /^(?:top - )?\d{1,2}:\d{2}:\d{2}(?: [AP]M)? up +(.{1,40}?), +(?:\d+ users?, +)?load average: [\d.,]+, [\d.,]+, [\d.,]+$/;
const PRETTY = /^up ((?:\d+ (?:decade|year|week|day|hour|minute)s?(?:, )?)+)$/;
const PROC = /^(\d{1,12}\.\d\d) \d{1,14}\.\d\d$/;
const UNITS: Readonly<Record<string, number>> = {
  decade: 315_360_000,
  year: 31_536_000,
  week: 604_800,
  day: 86_400,
  hour: 3600,
  minute: 60,
  min: 60,
  sec: 1,
};

/** `3 days,  2:01`, `5 min`, `1 day, 1 hour` in seconds. */
function secondsOf(text: string): number | undefined {
  let seconds = 0;
  for (const part of text.split(',')) {
    const clock = /^ *(\d{1,2}):(\d{2}) *$/.exec(part);
    const named = /^ *(\d{1,6}) (decade|year|week|day|hour|minute|min|sec)s? *$/.exec(part);
    if (clock) seconds += Number(clock[1]) * 3600 + Number(clock[2]) * 60;
    else if (named) seconds += Number(named[1]) * (UNITS[named[2] ?? ''] ?? 0);
    else if (part.trim() !== '') return undefined;
  }
  return seconds;
}

function uptimeOf(line: string): number | undefined {
  if (line.length > 200) return undefined;
  const text = (LINE.exec(line) ?? PRETTY.exec(line))?.[1];
  if (text !== undefined) return secondsOf(text);
  const proc = PROC.exec(line)?.[1];
  return proc === undefined ? undefined : Math.floor(Number(proc));
}

/** `uptime`, `w`, `/proc/uptime`. */
export const uptime = defineParser<UptimeFact>({
  command: 'uptime',
  emits: ['uptime'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      (argv[0] === 'uptime' && !argv.includes('-s')) || argv[0] === 'w' ? {} : readsFile(argv, ['/proc/uptime']),
    file: /^(?:proc-)?uptime$|^w$/,
    sniff(head) {
      const [first = '', second = ''] = head.filter((line) => line.trim() !== '').map((line) => line.trim());
      if (uptimeOf(first) === undefined || PROC.test(first) || first.startsWith('top - ')) return 0;
      return second === '' || /^USER +TTY\b/.test(second) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const seconds = uptimeOf(line);
      if (line === '') continue;
      if (seconds !== undefined && !some) {
        some = true;
        out.fact(i, { kind: 'uptime', seconds });
        // `w` lists who is logged in below.
      } else if (some) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of uptime');
    }
    failures.close(some);
  },
});
