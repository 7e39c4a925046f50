import type { LogStamp } from '../../facts/index.js';
import type { Shape } from './head.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400;

/** What the log's own header says of years and zone: `-- Logs begin at Thu 2020-01-23 16:55:06 UTC, end at … --`. */
export interface Era {
  /** Seconds since the epoch, read as if UTC when the zone is not known. */
  readonly begin: number;
  readonly end: number;
  /** Are the log's clocks UTC? Zone letters other than UTC are ambiguous (CST is three zones). */
  readonly utc: boolean;
}

type When = Pick<LogStamp, 'time' | 'clock' | 'dated' | 'uptime'>;

const epoch = (y: number, m: number, d: number, clock: number): number => Date.UTC(y, m - 1, d) / 1000 + clock;
const isUtc = (zone: string): boolean => zone === 'UTC' || zone === 'GMT' || zone === 'Z';

/** `16:55:10.487907` in seconds. */
export function clockOf(text: string): number | undefined {
  const m = /^(\d\d):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  return m ? Math.round((Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3])) * 1e6) / 1e6 : undefined;
}

const HEADER =
  /^-- (?:Logs begin|Journal begins) at (?:\w{3} )?(\d{4})-(\d\d)-(\d\d) ([\d:.]+) (\S+?), ends? at (?:\w{3} )?(\d{4})-(\d\d)-(\d\d) ([\d:.]+) (\S+?)\. --$/;

/** The header of journalctl, when it tells both ends: without an end the year of a line is a guess. */
export function eraOf(line: string): Era | undefined {
  const m = HEADER.exec(line);
  const from = clockOf(m?.[4] ?? '');
  const to = clockOf(m?.[9] ?? '');
  if (!m || from === undefined || to === undefined) return undefined;
  return {
    begin: epoch(Number(m[1]), Number(m[2]), Number(m[3]), from),
    end: epoch(Number(m[6]), Number(m[7]), Number(m[8]), to),
    utc: isUtc(m[5] ?? '') && isUtc(m[10] ?? ''),
  };
}

/** The one year that puts this date between the header's ends; none when the journal spans more than a year. */
function yearIn(era: Era, month: number, day: number, clock: number): number | undefined {
  if (era.end < era.begin || era.end - era.begin > 365 * DAY) return undefined;
  const last = new Date(era.end * 1000).getUTCFullYear();
  for (const year of [last, last - 1]) {
    const t = epoch(year, month, day, clock);
    if (t >= era.begin - DAY && t <= era.end + DAY) return year;
  }
  return undefined;
}

const pad = (n: number): string => String(n).padStart(2, '0');

function yearless(month: number, day: number, clock: number, era: Era | undefined): When {
  const year = era && yearIn(era, month, day, clock);
  if (year === undefined) return { clock, dated: `${pad(month)}-${pad(day)}` };
  if (!era?.utc) return { clock, dated: `${year}-${pad(month)}-${pad(day)}` };
  return { time: epoch(year, month, day, clock) };
}

function dated(date: string, clockText: string, zone: string): When {
  const clock = clockOf(clockText);
  if (clock === undefined) return {};
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (!isUtc(zone) && !offset) return { clock, dated: date };
  const [y = 0, m = 0, d = 0] = date.split('-').map(Number);
  const ahead = offset ? (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -60 : 60) : 0;
  return { time: Math.round((epoch(y, m, d, clock) - ahead) * 1e6) / 1e6 };
}

/** `I0123 16:55:10.487907 …`: klog prints month and day, never a year. */
export function klogWhen(line: string): When {
  const m = /^[IWEF](\d\d)(\d\d) ([\d:.]+)/.exec(line);
  const clock = clockOf(m?.[3] ?? '');
  return m && clock !== undefined ? { clock, dated: `${m[1]}-${m[2]}` } : {};
}

/** `[Thu Jan 23 16:55:10 2020]` (dmesg -T): local time of a zone that it does not print. */
export function ctimeWhen(text: string): When {
  const m = /^\w{3} (\w{3}) +(\d{1,2}) ([\d:]+) (\d{4})$/.exec(text);
  const month = MONTHS.indexOf(m?.[1] ?? '') + 1;
  const clock = clockOf(m?.[3] ?? '');
  return m && month > 0 && clock !== undefined ? { clock, dated: `${m[4]}-${pad(month)}-${pad(Number(m[2]))}` } : {};
}

function syslogWhen(line: string, era: Era | undefined): When {
  const m = /^(?:<\d+>)?(\w{3}) +(\d{1,2}) ([\d:.]+)/.exec(line);
  const month = MONTHS.indexOf(m?.[1] ?? '') + 1;
  const clock = clockOf(m?.[3] ?? '');
  return m && month > 0 && clock !== undefined ? yearless(month, Number(m[2]), clock, era) : {};
}

/** When a line was written, as far as it says so itself or the log's header settles it. */
export function whenOf(line: string, shape: Shape, era: Era | undefined): When {
  switch (shape) {
    case 'none': {
      // A container's own stamp, or that of `kubectl logs --timestamps`.
      const m = /^(\d{4}-\d\d-\d\d)[ T]([\d:]{8}(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)?(?= )/.exec(line);
      return m ? dated(m[1] ?? '', m[2] ?? '', m[3] ?? '') : {};
    }
    case 'syslog':
      return syslogWhen(line, era);
    case 'full': {
      const m = /^\w{3} ([\d-]+) ([\d:.]+) (\S+)/.exec(line);
      return m ? dated(m[1] ?? '', m[2] ?? '', m[3] ?? '') : {};
    }
    case 'monotonic':
      return { uptime: Number(/[\d.]+/.exec(line)?.[0] ?? 0) };
    case 'unix':
      return { time: Number(/[\d.]+/.exec(line)?.[0] ?? 0) };
    case 'iso':
    case 'cri':
    case 'klog':
    case 'rfc5424': {
      const m = /^(?:<\d+>)?(?:1 )?(\d{4}-\d\d-\d\d)T([\d:.]+)(\S*)/.exec(line);
      return m ? dated(m[1] ?? '', m[2] ?? '', m[3] ?? '') : klogWhen(line);
    }
  }
}
