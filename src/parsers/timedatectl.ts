import type { ClockFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { momentOf } from './clock/time.js';
import { collectFailures } from './text/failure.js';

/*
 *                Local time: Thu 2020-01-23 17:26:05 UTC
 *            Universal time: Thu 2020-01-23 17:26:05 UTC
 *                 Time zone: Etc/UTC (UTC, +0000)
 * System clock synchronized: yes
 *               NTP service: active
 *
 * systemd src/timedate/timedatectl.c; before 239 `NTP synchronized`, `Network time on`, before 235 `NTP enabled`. `show` prints properties.
 */
const LINE = /^\s*([A-Zs][\w. -]{2,40}?)(?:: |=)(.*)$/;
const YES: Readonly<Record<string, boolean>> = { yes: true, no: false, active: true, inactive: false };
const SYNCHRONIZED: ReadonlySet<string> = new Set(['System clock synchronized', 'NTP synchronized', 'NTPSynchronized']);
const NTP: ReadonlySet<string> = new Set([
  'NTP service',
  'systemd-timesyncd.service active',
  'Network time on',
  'NTP enabled',
  'NTP',
]);
const OTHERS =
  /^(?:RTC time|RTC in local TZ|DST active|Last DST change|Next DST change|LocalRTC|CanNTP|RTCTimeUSec|Server|Poll interval|Leap|Version|Stratum|Reference|Precision|Root distance|Offset|Delay|Jitter|Packet count|Frequency|Link)$/;

type Clock = { -readonly [K in keyof Omit<Draft<ClockFact>, 'kind'>]: Draft<ClockFact>[K] };

function take(clock: Clock, key: string, value: string): boolean {
  const flag = Object.hasOwn(YES, value) ? YES[value] : undefined;
  if (key === 'Universal time' || key === 'Local time' || key === 'TimeUSec') {
    const moment = momentOf(value);
    if (!moment) return value === 'n/a';
    clock.text ??= moment.text;
    if (moment.time !== undefined) clock.time = moment.time;
    if (key === 'Local time' && moment.east !== undefined) clock.east = moment.east;
  } else if (/^Time ?zone$/.test(key)) clock.zone = value.split(' ')[0] ?? '';
  else if (SYNCHRONIZED.has(key) && flag !== undefined) clock.synchronized = flag;
  else if (NTP.has(key) && flag !== undefined) clock.ntp = flag;
  else return NTP.has(key) || SYNCHRONIZED.has(key) || OTHERS.test(key);
  return true;
}

/** `timedatectl [status]`, `timedatectl show`. */
export const timedatectl = defineParser<ClockFact>({
  command: 'timedatectl',
  emits: ['clock'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'timedatectl' &&
      argv.slice(1).every((w) => /^(?:status|show|timesync-status|show-timesync|-.*)$/.test(w))
        ? {}
        : undefined,
    file: /(?:^|-)timedatectl(?:-status|-show)?$/,
    sniff(head) {
      const lines = head.slice(0, 25);
      const local = lines.some((line) => /^\s*(?:Local time|Universal time): /.test(line) || /^Timezone=/.test(line));
      const more = lines.some((line) => /^\s*(?:RTC time|Time ?zone): |^NTPSynchronized=/.test(line));
      return local && more ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const clock: Clock = {};
    let first: number | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const [, key = '', value = ''] = (line.length < 300 && LINE.exec(line)) || [];
      if (line.trim() === '') continue;
      if (key !== '' && take(clock, key, value.trim())) {
        first ??= i;
        out.part(i);
      } else if (first !== undefined && /^\s|^Warning: |^ {2}/.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of timedatectl');
    }
    if (first !== undefined) out.fact(first, { kind: 'clock', ...clock });
    failures.close(first !== undefined);
  },
});
