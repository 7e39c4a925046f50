import type { IpsetFact } from '../../facts/index.js';
import { type Draft, familyOfSet, isSetType, type SetFlag } from '../../kit/index.js';
import { readDetails, readMember } from './element.js';

/** A set as far as it is read. */
export interface OpenSet {
  /** Index of the line that the fact stands for. */
  readonly line: number;
  readonly name: string;
  type: string | undefined;
  /** Is it a type whose elements can be read? */
  known: boolean;
  family: 4 | 6 | undefined;
  options: Readonly<Record<string, string>>;
  revision: number | undefined;
  references: number | undefined;
  memory: number | undefined;
  entries: number | undefined;
  /** Are the elements shown, be there some or none? */
  shown: boolean;
  readonly text: string[];
  readonly details: string[];
  /** Some element has details. */
  detailed: boolean;
  readonly flags: Record<number, readonly SetFlag[]>;
  readonly runs: { readonly member: number[]; readonly line: number[] };
  /** Line that would continue the last run. */
  nextLine: number;
  unread: number;
}

export const newSet = (line: number, name: string): OpenSet => ({
  line,
  name,
  type: undefined,
  known: false,
  family: undefined,
  options: {},
  revision: undefined,
  references: undefined,
  memory: undefined,
  entries: undefined,
  shown: false,
  text: [],
  details: [],
  detailed: false,
  flags: {},
  runs: { member: [], line: [] },
  nextLine: -1,
  unread: 0,
});

/** Options of a set that have no value (lib/args.c). */
const SWITCHES: ReadonlySet<string> = new Set(['counters', 'comment', 'skbinfo', 'forceadd']);

/** `family inet hashsize 1024 maxelem 65536 counters` → its options. */
export function readOptions(words: readonly string[]): Readonly<Record<string, string>> {
  const options: Record<string, string> = {};
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (SWITCHES.has(word) || i + 1 === words.length) options[word] = '';
    else options[word] = words[++i] ?? '';
  }
  return options;
}

/** `hash:ip,port`, `bitmap:port`, `list:set`. */
export const TYPE = /^(?:hash|bitmap|list):[a-z,]{1,40}$/;

export function setHeader(set: OpenSet, type: string | undefined, words: readonly string[]): void {
  const { family, ...options } = readOptions(words);
  set.type = type;
  set.known = type !== undefined && isSetType(type);
  set.family = familyOfSet(type, family);
  set.options = options;
}

/** Adds an element and what stands behind it; the reason where it can't be read. `line` counts from 1 in the file. */
export function addMember(set: OpenSet, line: number, printed: string, behind: string): string | undefined {
  set.shown = true;
  const member = readMember(set.type, set.known, set.family, printed);
  const details = 'gap' in member ? undefined : readDetails(behind);
  if ('gap' in member || !details) {
    set.unread++;
    return 'gap' in member ? member.gap : 'an option that elements do not have';
  }
  const i = set.text.push(member.text) - 1;
  if (details.flags.length > 0) set.flags[i] = details.flags;
  if (details.text !== '' && !set.detailed) {
    for (let k = 0; k < i; k++) set.details.push('');
    set.detailed = true;
  }
  if (set.detailed) set.details.push(details.text);
  if (line !== set.nextLine) {
    set.runs.member.push(i);
    set.runs.line.push(line);
  }
  set.nextLine = line + 1;
  return undefined;
}

/** How many elements the set has that are not in its columns; sets with timeouts count also what ran out already. */
export function missing(set: OpenSet): number {
  const { entries = 0, text, unread, options, shown } = set;
  return shown && !Object.hasOwn(options, 'timeout') ? Math.max(0, entries - text.length - unread) : 0;
}

export function setFact(set: OpenSet): Draft<IpsetFact> {
  const { name, type, family, options, revision, references, memory, entries, shown, detailed, flags, runs } = set;
  const unread = set.unread + missing(set);
  return {
    kind: 'ipset',
    name,
    ...(type !== undefined && { type }),
    ...(family !== undefined && { family }),
    ...(revision !== undefined && { revision }),
    options,
    ...(references !== undefined && { references }),
    ...(memory !== undefined && { memory }),
    ...(entries !== undefined && { entries }),
    ...(shown && {
      members: {
        // Copies have the length that they need.
        text: set.text.slice(),
        runs,
        ...(Object.keys(flags).length > 0 && { flags }),
        ...(detailed && { details: set.details.slice() }),
      },
    }),
    ...(unread > 0 && { unread }),
  };
}
