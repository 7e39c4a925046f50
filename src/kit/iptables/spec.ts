import { addressOf } from './address.js';
import type { IptablesOption, IptablesSpec } from './types.js';
import { type Words, wordsOf } from './words.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A rule's text read, or why it can't be. `counters` stands in the text of `iptables -S -v`: `-c 12 720`. */
export type SpecReading =
  | { readonly kind: 'spec'; readonly spec: IptablesSpec; readonly counters?: string }
  | { readonly kind: 'gap'; readonly reason: string };

/** Options that iptables itself knows; all others belong to the match or target before them. */
const SHORT: Readonly<Record<string, string>> = {
  '-s': 'source',
  '--source': 'source',
  '--src': 'source',
  '-d': 'destination',
  '--destination': 'destination',
  '--dst': 'destination',
  '-p': 'protocol',
  '--protocol': 'protocol',
  '--proto': 'protocol',
  '-i': 'inInterface',
  '--in-interface': 'inInterface',
  '-o': 'outInterface',
  '--out-interface': 'outInterface',
  '-f': 'fragment',
  '--fragment': 'fragment',
  '-m': 'match',
  '--match': 'match',
  '-j': 'jump',
  '--jump': 'jump',
  '-g': 'goto',
  '--goto': 'goto',
  '-c': 'counters',
  '--set-counters': 'counters',
  '-4': 'family',
  '-6': 'family',
};

/** Options whose word is free text: libxtables prints it without quotes when it holds letters, digits, `_` and `-` only. */
const FREE_TEXT: ReadonlySet<string> = new Set([
  '--comment',
  '--log-prefix',
  '--nflog-prefix',
  '--ulog-prefix',
  '--string',
  '--name',
  '--hashlimit-name',
  '--helper',
]);

/** Options that hold addresses; a masked one makes the rule a gap, for half a rule says something else than the whole. */
const ADDRESSES: ReadonlySet<string> = new Set([
  '--to-destination',
  '--to-source',
  '--to',
  '--src-range',
  '--dst-range',
  '--on-ip',
  '--gateway',
  '--ctorigdst',
  '--ctorigsrc',
]);
/** `10.xx.x6.112`, `10.0.*.7`. */
const MASKED = /[xX*]/;

interface Reading {
  readonly spec: Mutable<IptablesSpec>;
  readonly matches: { name: string; options: IptablesOption[] }[];
  /** Where options go that iptables itself does not know. */
  options: IptablesOption[] | undefined;
  /** Name of the match that takes them; '' behind a target. */
  owner: string;
  counters: string | undefined;
}

/** An option starts with a dash and is no number: `--to-tos -1` has a value. */
function isOption(words: Words, i: number): boolean {
  const word = words.text[i];
  if (word === undefined || words.quoted?.has(i) || word.charCodeAt(0) !== 45 || word.length < 2) return false;
  const second = word.charCodeAt(1);
  return second === 45 ? word.length > 2 : second > 57 || word.length === 2;
}

const isBang = (words: Words, i: number): boolean => words.text[i] === '!' && !words.quoted?.has(i);

/** The rule of one `-A CHAIN …` line behind the chain's name. */
export function readSpec(text: string): SpecReading {
  const words = wordsOf(text);
  if (!words) return { kind: 'gap', reason: 'a quote that never closes' };
  const matches: { name: string; options: IptablesOption[] }[] = [];
  const r: Reading = { spec: { text, matches }, matches, options: undefined, owner: '', counters: undefined };
  for (let i = 0; i < words.text.length; ) {
    const negated = isBang(words, i);
    if (negated) i++;
    const name = words.text[i] ?? '';
    if (!isOption(words, i)) {
      const note = bareWords(r, words, i);
      if (note === undefined) return { kind: 'gap', reason: `a word that belongs to no option: ${clip(name)}` };
      i = note;
      continue;
    }
    const { from, next } = valuesAt(words, i);
    const problem = take(r, name, negated || from > i + 1, words.text.slice(from, next));
    if (problem !== undefined) return { kind: 'gap', reason: problem };
    i = next;
  }
  return { kind: 'spec', spec: r.spec, ...(r.counters !== undefined && { counters: r.counters }) };
}

/** Where the values of the option at `at` start and end; they start behind the `!` that iptables before 1.4.3 put there. */
function valuesAt(words: Words, at: number): { from: number; next: number } {
  if (FREE_TEXT.has(words.text[at] ?? '')) return { from: at + 1, next: Math.min(at + 2, words.text.length) };
  const old = isBang(words, at + 1) && at + 2 < words.text.length && !isOption(words, at + 2);
  const from = old ? at + 2 : at + 1;
  let next = from;
  while (next < words.text.length && !isOption(words, next) && !isBang(words, next)) next++;
  return { from, next };
}

const clip = (text: string): string => JSON.stringify(text.slice(0, 40));

/** `-j DNAT [unsupported revision]`: words of a target without an option. Index behind them, or undefined when nothing takes them. */
function bareWords(r: Reading, words: Words, i: number): number | undefined {
  if (r.owner !== '' || !r.options || words.text[i]?.charCodeAt(0) !== 91) return undefined;
  const from = i;
  while (i < words.text.length && !isOption(words, i)) i++;
  r.options.push({ negated: false, name: '', values: [words.text.slice(from, i).join(' ')] });
  return i;
}

function take(r: Reading, option: string, negated: boolean, values: readonly string[]): string | undefined {
  const own = SHORT[option];
  if (own === undefined) return extension(r, option, negated, values);
  if (own === 'fragment') {
    r.spec.fragment = { negated };
    return values.length === 0 ? undefined : `${option} takes no value`;
  }
  if (own === 'family') return undefined;
  const value = values[0];
  if (value === undefined) return `${option} without its value`;
  if (own === 'counters') {
    r.counters = value;
    return undefined;
  }
  if (values.length > 1 && own !== 'jump' && own !== 'goto')
    return `a word that belongs to no option: ${clip(values[1] ?? '')}`;
  switch (own) {
    case 'source':
    case 'destination': {
      const prefix = addressOf(value);
      if (prefix === undefined) return `not an address: ${clip(value)}`;
      r.spec[own] = { negated, prefix };
      return undefined;
    }
    case 'protocol':
    case 'inInterface':
    case 'outInterface':
      r.spec[own] = { negated, name: value };
      return undefined;
    case 'match':
      openMatch(r, value);
      return undefined;
    default: {
      const options: IptablesOption[] = [];
      r.spec.target = { kind: own === 'goto' ? 'goto' : 'jump', name: value, options };
      r.options = options;
      r.owner = '';
      if (values.length > 1) options.push({ negated: false, name: '', values: [values.slice(1).join(' ')] });
      return undefined;
    }
  }
}

/** A comment matches everything, so it is kept beside the matches and not among them. */
function openMatch(r: Reading, name: string): void {
  r.owner = name;
  if (name === 'comment') {
    r.options = undefined;
    return;
  }
  const match: { name: string; options: IptablesOption[] } = { name, options: [] };
  r.matches.push(match);
  r.options = match.options;
}

function extension(r: Reading, name: string, negated: boolean, values: readonly string[]): string | undefined {
  if (name === '--comment' && (r.owner === 'comment' || !r.options)) {
    // Several in one rule (Calico's hash and its explanation).
    const text = values.join(' ');
    r.spec.comment = r.spec.comment === undefined ? text : `${r.spec.comment}; ${text}`;
    return undefined;
  }
  if (ADDRESSES.has(name) && values.some((v) => MASKED.test(v))) return `not an address: ${clip(values[0] ?? '')}`;
  if (!r.options) {
    // `-p tcp --dport 80` as people type it: the protocol is a match of its own.
    const protocol = r.spec.protocol?.name;
    if (protocol === undefined) return `an option without its match: ${clip(name)}`;
    openMatch(r, protocol);
  }
  r.options?.push({ negated, name, values });
  return undefined;
}
