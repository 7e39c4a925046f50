import { expression, type NftReader, need, Strange, skip, wordAt } from './expression.js';
import { print, word } from './print.js';
import type { NftToken } from './tokens.js';
import type { NftStatement } from './types.js';

/** Words as one text, blanks where nft puts them. */
export const textOf = (tokens: readonly NftToken[]): string => {
  const words: string[] = [];
  let open = true;
  for (const t of tokens) {
    const one = t.quoted ? word(t.text) : t.text;
    if (!open && one !== ',' && one !== ')') words.push(' ');
    words.push(one);
    open = one === '(';
  }
  return words.join('');
};

/**
 * Statement that is kept as its words, in the normal form. What is done for an element of a set can hold a gate: then all of it is one
 * (nft_dynset_eval of the kernel breaks the rule off where an inner expression does).
 */
export function wordedAs(text: string): NftStatement {
  const first = /^ct count|^[a-z]+/.exec(text)?.[0] ?? '';
  switch (first) {
    case 'limit':
    case 'quota':
    case 'ct count':
      return { kind: 'gate', text };
    case 'add':
    case 'update':
    case 'delete':
    case 'meter':
      return { kind: / (?:limit|quota|ct count) /.test(text) ? 'gate' : 'effect', text };
    case 'queue':
    case 'fwd':
    case 'synproxy':
      return { kind: 'taken', text };
    case 'dup':
      return { kind: 'copy', text };
    case 'counter':
    case 'flow':
    case 'ct':
    case 'secmark':
    case 'reset':
      return { kind: 'effect', text };
    default:
      return { kind: 'unknown', text };
  }
}

/** Statements that are kept as their words, with what belongs to them. */
export const WORDS: Readonly<Record<string, RegExp>> = {
  limit: /^(?:rate|over|until|burst|packets|[kmg]?bytes|\d+|\d*\/\w+|[kmg]?bytes\/\w+)$/,
  quota: /^(?:over|until|used|\d+|[kmg]?bytes)$/,
  flow: /^(?:add|offload|@.*)$/,
  synproxy: /^(?:mss|wscale|timestamp|sack-perm|\d+)$/,
  counter: /^$/,
  secmark: /^$/,
};

/** A limit without what is the default. */
export const nftLimit = (text: string): string => text.replace(/ burst (?:5 packets|0 bytes)$/, '');

/** A quota without what it counted. */
export const nftQuota = (text: string): string => text.replace(/ used \d+ [kmg]?bytes$/, '');

/** A window scale that is not told is 0 in the text and none in JSON. */
export const nftSynproxy = (text: string): string => text.replace(' wscale 0', '');

/** `limit rate 10/second`, `counter name "http"`, `quota name tcp dport map { 80 : "few" }`: objects have a name, or one that a map holds. */
export function worded(r: NftReader, name: string): NftStatement {
  const from = r.at++;
  if (skip(r, 'name')) return wordedAs(`${name} name ${print(expression(r, true))}`);
  while (r.at < r.tokens.length && WORDS[name]?.test(wordAt(r))) r.at++;
  const text = textOf(r.tokens.slice(from, r.at));
  if (name === 'limit') return wordedAs(nftLimit(text));
  if (name === 'quota') return wordedAs(nftQuota(text));
  if (name === 'synproxy') return wordedAs(nftSynproxy(text));
  return wordedAs(text.replace(/^flow offload/, 'flow add'));
}

/** `dup to 10.0.0.9 device "eth1"`, `fwd ip to 10.0.0.1 device "eth0"`. */
export function transmit(r: NftReader, name: 'dup' | 'fwd'): NftStatement {
  r.at++;
  const family = /^ip6?$/.test(wordAt(r)) ? ` ${need(r).text}` : '';
  if (!skip(r, 'to')) throw new Strange();
  const to = print(expression(r, true));
  const device = skip(r, 'device') ? ` device ${print(expression(r, true))}` : '';
  return wordedAs(`${name}${family} to ${to}${device}`);
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
  return wordedAs(['queue', ...flags].join(' ') + number);
}

/** `ct count over 20`, `ct helper set "ftp"`. */
export function tracking(r: NftReader): NftStatement | undefined {
  const what = wordAt(r, 1);
  if (what === 'count') {
    r.at += 2;
    const over = skip(r, 'over') ? 'over ' : '';
    return wordedAs(`ct count ${over}${need(r).text}`);
  }
  if (wordAt(r, 2) !== 'set') return undefined;
  r.at += 3;
  return wordedAs(`ct ${what} set ${print(expression(r, true))}`);
}

/** `reset tcp option sack-perm` */
export function reset(r: NftReader): NftStatement {
  const words = [need(r), need(r), need(r), need(r)];
  return wordedAs(textOf(words));
}
