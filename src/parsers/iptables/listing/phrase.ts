/** Groups of a match; those that took no part are undefined. */
export type Groups = readonly (string | undefined)[];

/** Words of one match or target in `iptables -L`, and the options of iptables-save that say the same. */
export interface Phrase {
  readonly pattern: RegExp;
  /** Undefined when the words can't be said in options. */
  write(groups: Groups): string | undefined;
}

/** `pattern` is that of a regular expression in which each blank stands for one or more, and ` ?` for any number. */
export const phrase = (pattern: string, write: Phrase['write']): Phrase => ({
  pattern: new RegExp(`${pattern.replace(/ (\??)/g, (_, optional) => (optional ? ' *' : ' +'))}(?= |$)`, 'y'),
  write,
});

/** The phrases that may start with a word. */
export type Phrases = ReadonlyMap<string, readonly Phrase[]>;

export function phrases(entries: readonly (readonly [first: string, phrase: Phrase])[]): Phrases {
  const map = new Map<string, Phrase[]>();
  for (const [first, p] of entries) map.set(first, [...(map.get(first) ?? []), p]);
  return map;
}

/** ` ! --name value`; nothing without a value. */
export const option = (name: string, value: string | undefined, negated: string | undefined = ''): string =>
  value === undefined ? '' : `${negated ? ' !' : ''} --${name}${value === '' ? '' : ` ${value}`}`;

/** ` --name` when the word that says so is there. */
export const flag = (name: string, word: string | undefined): string => (word === undefined ? '' : ` --${name}`);

/** As xtables_save_string (libxtables/xtables.c) prints free text. */
export const quoted = (text: string): string => (/^[\w-]+$/.test(text) ? text : `"${text.replace(/["'\\]/g, '\\$&')}"`);

/** `words` read as a sequence of `pattern`, which is global; each written by itself. */
export function eachOf(words: string | undefined, pattern: RegExp, write: (groups: Groups) => string): string {
  let out = '';
  for (const groups of (words ?? '').matchAll(pattern)) out += write(groups);
  return out;
}
