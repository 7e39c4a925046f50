import type { IptablesMatch } from '../../kit/index.js';
import type { Machine } from '../machine.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/*
 * Rules that ask for the time are asked at the moment of the capture, and answer only where they would have said the same for a while before and after
 * it.
 */

export const DAY = 86_400;

/** Moments, in seconds since the epoch, for all of which an answer must hold. */
interface Moments {
  readonly all: readonly number[];
  readonly says: string;
  /** Minutes east of Greenwich of the zone in which the node prints times; undefined: not known. */
  readonly east: number | undefined;
}

/** From so many seconds before to as many after, one each `step`. */
const around = (time: number, seconds: number, step: number): readonly number[] =>
  Array.from({ length: (2 * seconds) / step + 1 }, (_, i) => time - seconds + i * step);

const held = new WeakMap<Machine, Moments | null>();

function momentsOf(machine: Machine): Moments | undefined {
  const known = held.get(machine);
  const moments = known === undefined ? readMoments(machine) : (known ?? undefined);
  held.set(machine, moments ?? null);
  return moments;
}

/** By the node's clock; else by when its rules were listed, in whatever zone: a day more or less. */
function readMoments(machine: Machine): Moments | undefined {
  const clock = machine.facts('clock').find((c) => c.time !== undefined);
  if (clock?.time !== undefined)
    return { all: around(clock.time, 900, 60), says: clock.text ?? `${clock.time}`, east: clock.east };
  const generated = machine.facts('iptables-dump').find((d) => d.generated !== undefined)?.generated;
  const time = generated === undefined ? Number.NaN : Date.parse(`${generated} UTC`) / 1000;
  if (generated === undefined || Number.isNaN(time)) return undefined;
  return { all: around(time, DAY, 600), says: generated, east: undefined };
}

/**
 * What a question about the time answers: `holds` gets seconds since the epoch, and the minutes that the node's zone is east of Greenwich; undefined: it
 * can't tell.
 */
export function atCapture(
  c: HookContext,
  what: string,
  holds: (time: number, east: number | undefined) => boolean | undefined,
): Answer {
  const moments = momentsOf(c.machine);
  const [first, ...rest] = moments?.all ?? [];
  if (!moments || first === undefined) return unsupported(what);
  const answer = holds(first, moments.east);
  if (answer === undefined || rest.some((time) => holds(time, moments.east) !== answer)) return unsupported(what);
  c.walk.assumptions.add(`it is the time of the capture on ${c.machine.node}: ${moments.says}`);
  return answer;
}

const secondsOf = (text: string): number => {
  const [h = 0, m = 0, s = 0] = text.split(':').map(Number);
  return h * 3600 + m * 60 + s;
};

/** Seconds since 1970 of `2038-01-19T03:14:07`, which is the time of Greenwich. */
const dateOf = (text: string | undefined): number | undefined => {
  const time = text === undefined ? Number.NaN : Date.parse(`${text}${/T/.test(text) ? 'Z' : ''}`) / 1000;
  return Number.isNaN(time) ? undefined : time;
};

const WEEK = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** 1970 began with a Thursday. */
export const weekday = (time: number): number => (Math.floor(time / DAY) + 4) % 7;

/** Do days of the week or of the month, as the option lists them, have it? */
function isOnDay(match: IptablesMatch, name: string, day: string): boolean {
  const option = match.options.find((o) => o.name === name);
  const days = option?.values.flatMap((v) => v.split(',')) ?? [];
  return option === undefined || days.includes(day) !== option.negated;
}

/**
 * `--datestart`, `--timestart 08:00 --timestop 17:00`, `--weekdays Mon,Tue` (xt_time.c time_mt): by the time of Greenwich, but for `--kerneltz`, which
 * is by a zone that no dump tells.
 */
export function timeMatch(match: IptablesMatch): (c: HookContext) => Answer {
  const value = (name: string): string | undefined => match.options.find((o) => o.name === name)?.values[0];
  const has = (name: string): boolean => match.options.some((o) => o.name === name);
  const [from, to] = [dateOf(value('--datestart')), dateOf(value('--datestop'))];
  const [start, stop] = [secondsOf(value('--timestart') ?? '00:00'), secondsOf(value('--timestop') ?? '23:59:59')];
  const isAnyHour = start === 0 && stop >= DAY - 60;
  const isAlways = isAnyHour && !has('--weekdays') && !has('--monthdays');
  const holds = (time: number): boolean | undefined => {
    if ((from !== undefined && time < from) || (to !== undefined && time > to)) return false;
    if (isAlways) return true;
    if (has('--kerneltz')) return undefined;
    const hour = time % DAY;
    const isWithin = start < stop ? hour >= start && hour <= stop : hour >= start || hour <= stop;
    if (!isAnyHour && !isWithin) return false;
    // What began yesterday counts as yesterday's.
    const day = start >= stop && has('--contiguous') && hour <= stop ? time - DAY : time;
    const date = new Date(day * 1000).getUTCDate();
    return isOnDay(match, '--weekdays', WEEK[weekday(day)] ?? '') && isOnDay(match, '--monthdays', `${date}`);
  };
  return (c) => (isAlways && from === undefined && to === undefined ? true : atCapture(c, '-m time', holds));
}
