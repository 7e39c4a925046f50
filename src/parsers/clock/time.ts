import { writtenIn } from './languages.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MINUTE = 60;
/** Minutes east of Greenwich. Names that two countries use for different ones (CST, IST, BST) are not here. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540,
  KST: 540,
  EST: -300,
  EDT: -240,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

/** A moment as printed. */
export interface Moment {
  readonly text: string;
  /** Seconds since the epoch; absent where the zone is not known. */
  readonly time?: number;
  readonly zone?: string;
  /** Minutes that it is east of Greenwich. */
  readonly east?: number;
}

function offsetOf(zone: string): number | undefined {
  const m = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (m) return (m[1] === '-' ? -1 : 1) * (Number(m[2]) * MINUTE + Number(m[3] ?? 0));
  return Object.hasOwn(ZONES, zone) ? ZONES[zone] : undefined;
}

interface Parts {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly clock: string;
  readonly half?: string;
  readonly zone?: string;
}

function moment(text: string, { year, month, day, clock, half, zone }: Parts): Moment | undefined {
  const index = /^\d+$/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month);
  const [h = '', m = '', s = '0'] = clock.split(':');
  const hour = half === undefined ? Number(h) : (Number(h) % 12) + (half === 'PM' ? 12 : 0);
  if (index < 0 || index > 11 || hour > 23 || Number(m) > 59) return undefined;
  const local =
    Date.UTC(Number(year), index, Number(day), hour, Number(m), Math.floor(Number(s.replace(',', '.')))) / 1000;
  const offset = zone === undefined ? undefined : offsetOf(zone);
  return {
    text,
    ...(offset !== undefined && { time: local - offset * MINUTE, east: offset }),
    ...(zone !== undefined && { zone }),
  };
}

const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const MONTH = '([A-Z][a-z]{2})';
const CLOCK = '(\\d{1,2}:\\d{2}:\\d{2})';
const HALF = '(?: +(AM|PM))?';
/** Some locales leave room for a longer half of the day. */
const ZONE = '(?: +([A-Z]{1,5}|[+-]\\d{2}(?::?\\d{2})?))?';
/** `Thu Jan 23 17:26:05 UTC 2020`, with AM and PM in the locales of the USA */
const C = new RegExp(`^${DAY} ${MONTH} +(\\d{1,2}) ${CLOCK}${HALF}${ZONE} (\\d{4})$`);
/** `Thu 23 Jan 2020 05:26:05 PM UTC` */
const DAY_FIRST = new RegExp(`^${DAY},? +(\\d{1,2}) ${MONTH} (\\d{4}) ${CLOCK}${HALF}${ZONE}$`);
/** `Thu 2020-01-23 17:26:05 UTC` of systemd, `2020-01-23T17:26:05+00:00` */
const ISO = new RegExp(
  `^(?:${DAY} )?(\\d{4})-(\\d{2})-(\\d{2})[ T](\\d{2}:\\d{2}:\\d{2}(?:[.,]\\d{1,9})?)(?: ?([A-Z]{1,5}|[+-]\\d{2}(?::?\\d{2})?))?$`,
);

/** What `date` prints in any locale that is known, with `-R`, `-I` and `--rfc-3339`. */
export function momentOf(line: string): Moment | undefined {
  const text = line.trim();
  if (text.length > 60) return undefined;
  const c = C.exec(text);
  if (c) {
    const [, month = '', day = '', clock = '', half, zone, year = ''] = c;
    return moment(text, { year, month, day, clock, ...(half && { half }), ...(zone && { zone }) });
  }
  const d = DAY_FIRST.exec(text);
  if (d) {
    const [, day = '', month = '', year = '', clock = '', half, zone] = d;
    return moment(text, { year, month, day, clock, ...(half && { half }), ...(zone && { zone }) });
  }
  const i = ISO.exec(text);
  if (i) {
    const [, year = '', month = '', day = '', clock = '', zone] = i;
    return moment(text, { year, month, day, clock, ...(zone && { zone }) });
  }
  const other = writtenIn(text);
  return other && moment(text, other);
}
