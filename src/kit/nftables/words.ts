import { expression, type NftReader, skip, wordAt } from './expression.js';
import { print, word } from './print.js';
import type { NftToken } from './tokens.js';
import type { NftStatement } from './types.js';

/** Words as one text, blanks where nft puts them. */
export const textOf = (tokens: readonly NftToken[]): string => {
  let text = '';
  for (const t of tokens) {
    const one = t.quoted ? word(t.text) : t.text;
    text += text === '' || one === ',' || one === ')' || text.endsWith('(') ? one : ` ${one}`;
  }
  return text;
};

const other = (tokens: readonly NftToken[]): NftStatement => ({ kind: 'other', text: textOf(tokens) });

/** Statements that are kept as their words, with what belongs to them. */
export const WORDS: Readonly<Record<string, RegExp>> = {
  limit: /^(?:rate|over|until|burst|packets|[kmg]?bytes|\d+|\d*\/\w+|[kmg]?bytes\/\w+)$/,
  quota: /^(?:over|until|used|\d+|[kmg]?bytes)$/,
  flow: /^(?:add|offload|@.*)$/,
  dup: /^(?:to|device)$/,
  fwd: /^(?:ip|ip6|to|device)$/,
  synproxy: /^(?:mss|wscale|timestamp|sack-perm|\d+)$/,
  counter: /^name$/,
  secmark: /^set$/,
};

/** A limit without what is the default. */
export const nftLimit = (text: string): string => text.replace(/ burst (?:5 packets|0 bytes)$/, '');

/** A quota without what it counted. */
export const nftQuota = (text: string): string => text.replace(/ used \d+ [kmg]?bytes$/, '');

export function worded(r: NftReader, name: string): NftStatement {
  const from = r.at++;
  const belongs = WORDS[name];
  for (; r.at < r.tokens.length; r.at++) {
    const before = wordAt(r, -1);
    const named = before === 'to' || before === 'device' || before === 'name' || wordAt(r) === 'name';
    if (!named && !belongs?.test(wordAt(r))) break;
  }
  const text = textOf(r.tokens.slice(from, r.at));
  if (name === 'limit') return { kind: 'other', text: nftLimit(text) };
  if (name === 'quota') return { kind: 'other', text: nftQuota(text) };
  return { kind: 'other', text: text.replace(/^flow offload/, 'flow add') };
}

/** `queue flags bypass to 0-3`; before 1.0 `queue num 0-3 bypass`. */
export function queue(r: NftReader): NftStatement {
  r.at++;
  const flags: string[] = [];
  let number = '';
  for (; r.at < r.tokens.length; r.at++) {
    const name = wordAt(r);
    if (name === 'bypass' || name === 'fanout') flags.push(name);
    else if (name === 'to' || name === 'num') {
      r.at++;
      number = ` to ${print(expression(r, true), false)}`;
      r.at--;
    } else if (name !== 'flags' && name !== ',') break;
  }
  return { kind: 'other', text: ['queue', ...flags].join(' ') + number };
}

/** `ct count over 20`, `ct helper set "ftp"`. */
export function tracking(r: NftReader): NftStatement | undefined {
  const from = r.at;
  if (wordAt(r, 1) === 'count') {
    r.at += 2;
    skip(r, 'over');
    r.at++;
  } else if (wordAt(r, 2) === 'set') r.at += 4;
  else return undefined;
  return other(r.tokens.slice(from, r.at));
}

const UNITS: Readonly<Record<string, number>> = { d: 86400, h: 3600, m: 60, s: 1, ms: 0.001 };

/** `1d2h3m` in seconds. */
export function seconds(text: string): number {
  let sum = 0;
  for (const [, count, unit] of text.slice(0, 40).matchAll(/(\d{1,10})(d|h|ms|m|s)/g))
    sum += Number(count) * (UNITS[unit ?? ''] ?? 0);
  return sum;
}
