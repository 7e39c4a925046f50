import type { IptablesMatch, IptablesOption, IptablesSpec } from '../../facts/index.js';
import { formatPrefix, parseAddress, parsePrefix } from '../../kit/index.js';
import { maskLength } from '../text/mask.js';
import { type Words, wordsOf } from './words.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Options whose word is free text: it is printed without quotes when it holds letters, digits, `_` and `-` only. */
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
const LONG: Readonly<Record<string, string>> = {
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--protocol': '-p',
  '--proto': '-p',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--fragment': '-f',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
  '--ipv4': '-4',
  '--ipv6': '-6',
};
/** Cut or masked: such a rule is a gap, for half a rule says something else than the whole. */
const CUT = 'the rule is cut';
const MASKED = 'an address is no number: masked, or a name';

interface Draft {
  readonly spec: Writable<Omit<IptablesSpec, 'matches' | 'target'>>;
  readonly matches: (IptablesMatch & { readonly options: IptablesOption[] })[];
  target: { readonly kind: 'jump' | 'goto'; readonly name: string; readonly options: IptablesOption[] } | undefined;
  /** Where the next `--option` belongs. */
  current: 'match' | 'target' | 'comment' | undefined;
}

/** `10.1.0.0/255.255.0.0` as `10.1.0.0/16`; a mask with holes stays as it is printed. */
function prefixOf(text: string): string | undefined {
  const prefix = parsePrefix(text);
  if (prefix) return formatPrefix(prefix);
  const slash = text.indexOf('/');
  const mask = text.slice(slash + 1);
  if (slash < 0 || !parseAddress(text.slice(0, slash)) || !parseAddress(mask)) return undefined;
  const length = maskLength(mask);
  const whole = length === undefined ? undefined : parsePrefix(`${text.slice(0, slash)}/${length}`);
  return whole ? formatPrefix(whole) : text;
}

const isOption = ({ words, quoted }: Words, i: number): boolean => {
  const word = words[i];
  if (word === undefined || quoted[i] || word.charCodeAt(0) !== 45) return false;
  return word.charCodeAt(1) === 45 ? word.length > 2 : word.length === 2 && !/\d/.test(word);
};

/** Words of the option at `at`, and the index behind them. `! 80` in front of the value is the old place of the negation. */
function valuesOf(w: Words, at: number): { values: string[]; negated: boolean; next: number } {
  const values: string[] = [];
  let i = at + 1;
  const free = FREE_TEXT.has(w.words[at] ?? '');
  const negated = !free && w.words[i] === '!' && !w.quoted[i] && i + 1 < w.words.length && !isOption(w, i + 1);
  if (negated) i++;
  for (; i < w.words.length; i++) {
    if (free && values.length > 0) break;
    if (!free && (isOption(w, i) || (w.words[i] === '!' && !w.quoted[i]))) break;
    values.push(w.words[i] ?? '');
  }
  return { values, negated, next: i };
}

/** An option of a match or of the target; returns why it can't be taken. */
function takeExtension(draft: Draft, option: IptablesOption): string | undefined {
  if (ADDRESSES.has(option.name) && option.values.some((v) => /[xX*]/.test(v))) return MASKED;
  if (draft.current === 'comment' && option.name === '--comment') {
    const [text = ''] = option.values;
    draft.spec.comment = draft.spec.comment === undefined ? text : `${draft.spec.comment} ${text}`;
  } else if (draft.current === 'target') draft.target?.options.push(option);
  else {
    // `-p tcp --dport 53` as typed: the protocol's own match is understood.
    if (draft.current !== 'match') draft.matches.push({ name: draft.spec.protocol?.name ?? '', options: [] });
    draft.current = 'match';
    draft.matches.at(-1)?.options.push(option);
  }
  return undefined;
}

function takeCore(draft: Draft, name: string, negated: boolean, value: string): string | undefined {
  const { spec } = draft;
  switch (name) {
    case '-s':
    case '-d': {
      const prefix = prefixOf(value);
      if (prefix === undefined) return MASKED;
      spec[name === '-s' ? 'source' : 'destination'] = { negated, prefix };
      return undefined;
    }
    case '-p':
      spec.protocol = { negated, name: value };
      return undefined;
    case '-i':
      spec.inInterface = { negated, name: value };
      return undefined;
    case '-o':
      spec.outInterface = { negated, name: value };
      return undefined;
    case '-m':
      draft.current = value === 'comment' ? 'comment' : 'match';
      if (value !== 'comment') draft.matches.push({ name: value, options: [] });
      return undefined;
    default:
      draft.target = { kind: name === '-g' ? 'goto' : 'jump', name: value, options: [] };
      draft.current = 'target';
      return undefined;
  }
}

const CORE = 'sdpiomjg';

/** Reads a rule as `iptables-save` prints it behind `-A CHAIN `; a string says why it can't be read. */
export function parseRule(text: string): IptablesSpec | string {
  const w = wordsOf(text);
  if (!w) return CUT;
  const draft: Draft = { spec: { text }, matches: [], target: undefined, current: undefined };
  for (let i = 0; i < w.words.length; ) {
    const negatedBefore = w.words[i] === '!' && !w.quoted[i];
    if (negatedBefore) i++;
    if (!isOption(w, i)) return i < w.words.length ? `no option: ${(w.words[i] ?? '').slice(0, 40)}` : CUT;
    const word = w.words[i] ?? '';
    const name = LONG[word] ?? word;
    if (name === '-f') {
      draft.spec.fragment = { negated: negatedBefore };
      i++;
    } else if (name === '-4' || name === '-6') i++;
    else if (name.length === 2) {
      if (!CORE.includes(name.charAt(1))) return `unknown option ${name}`;
      const old = w.words[i + 1] === '!' && !w.quoted[i + 1];
      const at = i + (old ? 2 : 1);
      const value = w.words[at];
      if (value === undefined) return CUT;
      const trouble = takeCore(draft, name, negatedBefore || old, value);
      if (trouble) return trouble;
      i = at + 1;
    } else {
      const { values, negated, next } = valuesOf(w, i);
      const trouble = takeExtension(draft, { negated: negatedBefore || negated, name: word, values });
      if (trouble) return trouble;
      i = next;
    }
  }
  return { ...draft.spec, matches: draft.matches, ...(draft.target && { target: draft.target }) };
}
