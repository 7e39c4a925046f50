import type { LogStamp } from '../../facts/index.js';
import type { Shape } from './head.js';

/** Month names as journald's locale writes them: English, German, French, Spanish, Italian, Portuguese, Polish, Russian, Dutch, Czech. */
const NAMES = [
  'jan feb mar apr may jun jul aug sep oct nov dec',
  'jan feb mär apr mai jun jul aug sep okt nov dez',
  'janv févr mars avril mai juin juil août sept oct nov déc',
  'ene feb mar abr may jun jul ago sep oct nov dic',
  'gen feb mar apr mag giu lug ago set ott nov dic',
  'jan fev mar abr mai jun jul ago set out nov dez',
  'sty lut mar kwi maj cze lip sie wrz paź lis gru',
  'янв фев мар апр мая июн июл авг сен окт ноя дек',
  'jan feb mrt apr mei jun jul aug sep okt nov dec',
  'led úno bře dub kvě čen čec srp zář říj lis pro',
];
const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names) => names.split(' ').map((name, i) => [name, i + 1] as const)),
);

/** Number of a month by its name, also `3月` and `3월`; 0 for anything else. */
function monthOf(name: string): number {
  const east = /^(\d{1,2})[月월]$/.exec(name);
  if (east) return Number(east[1]) <= 12 ? Number(east[1]) : 0;
  return MONTHS.get(name.toLowerCase().replace(/\.$/, '')) ?? 0;
}

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
  /^-- (?:Logs begin|Journal begins) at (?:\S{1,12} )?(\d{4})-(\d\d)-(\d\d) ([\d:.]+) (\S+?), ends? at (?:\S{1,12} )?(\d{4})-(\d\d)-(\d\d) ([\d:.]+) (\S+?)\. --$/;

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

/** Several journals in one file, each with its header: the years that any of them covers. */
export const joinEras = (a: Era | undefined, b: Era): Era =>
  a ? { begin: Math.min(a.begin, b.begin), end: Math.max(a.end, b.end), utc: a.utc && b.utc } : b;

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

/** `2020-01-23T16:55:10.123456+00:00` */
export function isoWhen(text: string): When {
  const m = /^(\d{4}-\d\d-\d\d)T([\d:.]+)(\S*)/.exec(text);
  return m ? dated(m[1] ?? '', m[2] ?? '', m[3] ?? '') : {};
}

/** `Nov25`: a date as far as it is known. */
export const monthDay = (name: string, day: number): string | undefined =>
  monthOf(name) === 0 ? undefined : `${pad(monthOf(name))}-${pad(day)}`;

/** `[Thu Jan 23 16:55:10 2020]` (dmesg -T): local time of a zone that it does not print. */
export function ctimeWhen(text: string): When {
  const m = /^\S+ (\S+) +(\d{1,2}) ([\d:]+) (\d{4})$/.exec(text);
  const month = monthOf(m?.[1] ?? '');
  const clock = clockOf(m?.[3] ?? '');
  return m && month > 0 && clock !== undefined ? { clock, dated: `${m[4]}-${pad(month)}-${pad(Number(m[2]))}` } : {};
}

function syslogWhen(text: string, era: Era | undefined): When {
  const m = /^(\S{2,20}) +(\d{1,2})(?: (\d{4}))? ([\d:.]+)/.exec(text);
  const clock = clockOf(m?.[4] ?? '');
  if (!m || clock === undefined) return {};
  const month = monthOf(m[1] ?? '');
  if (month === 0) return { clock };
  const day = Number(m[2]);
  return m[3] === undefined ? yearless(month, day, clock, era) : { clock, dated: `${m[3]}-${pad(month)}-${pad(day)}` };
}

const DATE = /(\d{4})[-/](\d\d)[-/](\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d+))?(?: ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?/;

/** The date that a program wrote itself, near the front of its line: `time="2020-…Z"`, `2021/03/04 10:20:30`, `INFO: 2021/…`. */
export function ownWhen(text: string): When {
  const m = DATE.exec(text.slice(0, 80));
  if (!m) return {};
  return dated(
    `${m[1]}-${m[2]}-${m[3]}`,
    m[5] === undefined ? (m[4] ?? '') : `${m[4]}.${m[5].slice(0, 6)}`,
    m[6] ?? '',
  );
}

/** Seconds since the epoch of journald's microseconds. */
export const microseconds = (text: string): number | undefined =>
  /^\d{13,17}$/.test(text) ? Number(text) / 1e6 : undefined;

/** `Sun 2023-04-02 07:06:40 UTC`, as journalctl writes it in full. */
export function fullWhen(text: string): When {
  const m = /^(?:\S{1,20} )?(\d{4}-\d\d-\d\d) ([\d:.]+) (\S+)/.exec(text);
  return m ? dated(m[1] ?? '', m[2] ?? '', m[3] ?? '') : {};
}

/** When a line was written, as far as it says so itself or the log's header settles it; `text` begins with the stamp. */
export function whenOf(text: string, shape: Shape, era: Era | undefined): When {
  switch (shape) {
    case 'none':
    case 'json':
      return {};
    case 'syslog':
      return syslogWhen(text, era);
    case 'full':
      return fullWhen(text);
    case 'ctime':
      return ctimeWhen(text.slice(0, 24));
    case 'monotonic':
      return { uptime: Number(/[\d.]+/.exec(text)?.[0] ?? 0) };
    case 'unix':
      return { time: Number(/[\d.]+/.exec(text)?.[0] ?? 0) };
    case 'iso':
    case 'cri':
    case 'stamped':
    case 'klog':
    case 'rfc5424': {
      const m = /^(\d{4}-\d\d-\d\d)([T _])([\d:.]+)(\S*)/.exec(text);
      return m ? dated(m[1] ?? '', m[3] ?? '', m[2] === '_' ? 'UTC' : (m[4] ?? '')) : klogWhen(text);
    }
    case 'own':
    case 'weak':
      return ownWhen(text);
  }
}
