import type { IptablesPart } from '../../../facts/index.js';
import { portOf } from '../../../kit/index.js';
import { icmpPhrases } from './icmp.js';
import { commonMatches } from './matches.js';
import { type Phrase, phrases } from './phrase.js';
import { portPhrases } from './ports.js';
import { rareMatches } from './rare-matches.js';
import { TARGETS } from './targets.js';

const MATCHES = phrases([...portPhrases, ...icmpPhrases, ...commonMatches, ...rareMatches]);
const PLAIN: ReadonlySet<string> = new Set(['ACCEPT', 'DROP', 'RETURN', 'QUEUE', 'TRACE', 'NOTRACK']);
const UNKNOWN_MATCH = /UNKNOWN match `([^' ]*)'/y;
const UNSUPPORTED = /([\w-]+) ?\[unsupported revision\]/y;
const BLANK = / */y;
const WORD = /\S+/y;

/** What the last column of a listing says, as options of iptables-save. */
export interface Details {
  /** Matches, comments among them, in their order. */
  readonly matches: readonly string[];
  /** `-j TARGET …` or `-g CHAIN`; '' for a rule without a target. */
  readonly target: string;
  /** What of it could not be told. */
  readonly unread: readonly IptablesPart[];
}

interface Cursor {
  readonly text: string;
  at: number;
}

function take(c: Cursor, pattern: RegExp): RegExpExecArray | undefined {
  pattern.lastIndex = c.at;
  const found = pattern.exec(c.text);
  if (!found) return undefined;
  c.at = pattern.lastIndex;
  return found;
}

/** The first of the phrases that stands here and can be written. */
function written(c: Cursor, candidates: readonly Phrase[]): string | undefined {
  const from = c.at;
  for (const { pattern, write } of candidates) {
    const found = take(c, pattern);
    const text = found && found[0] !== '' ? write(found) : undefined;
    if (text !== undefined) return text;
    c.at = from;
  }
  return undefined;
}

function wordAt(c: Cursor): string {
  WORD.lastIndex = c.at;
  const word = WORD.exec(c.text)?.[0] ?? '';
  if (word !== '!') return word;
  WORD.lastIndex = c.at + 1 + (/^ */.exec(c.text.slice(c.at + 1, c.at + 10))?.[0].length ?? 0);
  return WORD.exec(c.text)?.[0] ?? word;
}

/** Port names of /etc/services become numbers; one that is none of the known stays, and is not known. */
function numbered(match: string, unread: Set<IptablesPart>): string {
  if (!/ports? /.test(match)) return match;
  return match.replace(/(--(?:s|d)?ports?) (\S+)/g, (_, name: string, list: string) => {
    const ports = list.replace(/[^,:]+/g, (port) => {
      if (/^\d+$/.test(port)) return port;
      const number = portOf(port);
      if (number === undefined) unread.add('matches');
      return number === undefined ? port : String(number);
    });
    return `${name} ${ports}`;
  });
}

function matchAt(c: Cursor, unread: Set<IptablesPart>): string | undefined {
  const text = written(c, MATCHES.get(wordAt(c)) ?? []);
  if (text !== undefined) return text.startsWith('-m comment') ? text : numbered(text, unread);
  const unknown = take(c, UNKNOWN_MATCH) ?? take(c, UNSUPPORTED);
  if (!unknown) return undefined;
  unread.add('matches');
  return `-m ${unknown[1]}`;
}

/** Reads the text behind the addresses of a row whose target is `target` ('' for none). */
export function readDetails(text: string, target: string): Details {
  const c: Cursor = { text: text.trimEnd(), at: 0 };
  const matches: string[] = [];
  const unread = new Set<IptablesPart>();
  const phrasesOfTarget = TARGETS.get(target);
  let options: string | undefined;
  let goto = false;
  let name = target;
  for (take(c, BLANK); c.at < c.text.length; take(c, BLANK)) {
    if (c.text.startsWith('[goto]', c.at)) {
      goto = true;
      c.at += 6;
    } else if (target === 'CT' && c.text.startsWith('NOTRACK', c.at)) {
      name = 'NOTRACK';
      c.at += 7;
    } else {
      const match = matchAt(c, unread);
      if (match !== undefined) matches.push(match);
      else {
        options = phrasesOfTarget && written(c, phrasesOfTarget);
        if (options === undefined) break;
      }
    }
  }
  const rest = c.at < c.text.length;
  if (rest && (PLAIN.has(target) || target === '' || options !== undefined)) unread.add('matches');
  else if (rest) {
    // Words of a match that nothing here knows, or those of the target.
    unread.add('matches');
    unread.add('target');
  }
  const jump = target === '' ? '' : `${goto ? '-g' : '-j'} ${name}${options ?? ''}`;
  return { matches, target: jump, unread: [...unread] };
}
