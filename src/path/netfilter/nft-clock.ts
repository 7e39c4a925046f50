import { type NftExpression, type NftStatement, nftNumber } from '../../kit/index.js';
import { atCapture, DAY, weekday } from './clock.js';
import { compare, type Span } from './nft-value.js';
import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

type MatchStatement = Extract<NftStatement, { kind: 'match' }>;

/** What the kernel compares: seconds of the day, the day of the week, seconds since 1970, all of Greenwich (nft_meta_get_eval_time). */
const KEYS: Readonly<Record<string, (time: number) => number>> = {
  'meta hour': (time) => time % DAY,
  'meta day': weekday,
  'meta time': (time) => time,
};

const nameOf = ({ left }: MatchStatement): string => (left.kind === 'key' ? left.name : '');

export const asksTime = (match: MatchStatement): boolean => Object.hasOwn(KEYS, nameOf(match));

/** `22:00`, `Saturday`, `2026-11-28 12:00:00`, as nft prints them in the zone of who asked it; undefined for what is none, or where the zone is not known. */
function numberOf(key: string, text: string, east: number | undefined): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (key === 'meta day') return nftNumber('day', text);
  if (east === undefined) return undefined;
  if (key === 'meta time') return Date.parse(`${text.replace(' ', 'T')}Z`) / 1000 - east * 60;
  const [, h, m, s] = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (h === undefined) return undefined;
  return (Number(h) * 3600 + Number(m) * 60 + Number(s ?? 0) - east * 60 + DAY) % DAY;
}

/** Two values with a `-` between them; dates have such of their own. */
const RANGE = { dates: /^(\d{4}-.*?)-(\d{4}-.*)$/, others: /^([^-]+)-([^-]+)$/ } as const;

function spanOf(key: string, text: string, east: number | undefined): Span | undefined {
  const [, first = text, last = first] = RANGE[key === 'meta time' ? 'dates' : 'others'].exec(text) ?? [];
  const [low, high] = [numberOf(key, first, east), numberOf(key, last, east)];
  if (low === undefined || high === undefined || Number.isNaN(low + high) || low > high) return undefined;
  return { kind: 'numbers', low: BigInt(low), high: BigInt(high) };
}

/** The texts that a value, or a set of values, stands for. */
function textsOf(e: NftExpression): readonly string[] | undefined {
  if (e.kind === 'value') return [e.text];
  if (e.kind !== 'set') return undefined;
  const texts = e.elements.map(({ key }) => (key.kind === 'value' ? key.text : undefined));
  return texts.every((t) => t !== undefined) ? texts : undefined;
}

/** `meta hour "08:00"-"17:00"`, `meta day { "Saturday", "Sunday" }`, `meta time < "2026-11-28 12:00:00"`. */
export function clockMatch(match: MatchStatement): (c: HookContext) => Answer {
  const key = nameOf(match);
  const value = KEYS[key];
  const texts = textsOf(match.right);
  if (!value || !texts) return () => unsupported(key);
  const isSet = match.right.kind === 'set';
  return (c) =>
    atCapture(c, key, (time, east) => {
      const now = BigInt(value(time));
      const spans = texts.map((text) => spanOf(key, text, east));
      if (!spans.every((s) => s !== undefined)) return undefined;
      const [only] = spans;
      if (isSet || !only) return spans.some((s) => compare('==', now, s)) !== (match.op === '!=');
      return compare(match.op, now, only);
    });
}
