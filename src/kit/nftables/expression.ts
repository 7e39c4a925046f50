import { canonicalAddress, canonicalPrefix } from '../ip.js';
import { keyAt } from './keys.js';
import { namedFor } from './names.js';
import type { NftToken } from './tokens.js';
import type { NftElement, NftExpression, NftVerdict } from './types.js';

/** Where the reading of a rule stands. */
export interface NftReader {
  readonly tokens: readonly NftToken[];
  at: number;
  /** Of brackets; keeps the recursion off the end of the stack. */
  depth: number;
}

/** What can't be read: the rule is kept as text from there. */
export class Strange extends Error {}

const DEEP = 30;

export const wordAt = (r: NftReader, ahead = 0): string => {
  const token = r.tokens[r.at + ahead];
  return token === undefined || token.quoted ? '' : token.text;
};

/** Takes the word if it is that one. */
export function skip(r: NftReader, word: string): boolean {
  if (wordAt(r) !== word) return false;
  r.at++;
  return true;
}

export function need(r: NftReader): NftToken {
  const token = r.tokens[r.at++];
  if (!token) throw new Strange();
  return token;
}

/** Numbers become decimal and addresses canonical, since each version prints them in its own way. */
export function valueFrom(text: string): NftExpression {
  return { kind: 'value', text: canonicalValue(text) };
}

export function canonicalValue(text: string): string {
  if (/^0x[0-9a-f]{1,16}$/i.test(text)) return BigInt(text).toString();
  if (text.includes(':') || text.includes('.')) {
    // An address alone has no length here, unlike in iptables.
    const address = canonicalAddress(text) ?? (text.includes('/') ? canonicalPrefix(text) : undefined);
    if (address !== undefined) return address;
  }
  const range = /^(0x[0-9a-f]+)-(0x[0-9a-f]+)$/i.exec(text);
  return range ? `${BigInt(range[1] ?? 0)}-${BigInt(range[2] ?? 0)}` : text;
}

const OPERATORS: Readonly<Record<string, { readonly op: '&' | '|' | '^' | '<<' | '>>'; readonly tight: number }>> = {
  '<<': { op: '<<', tight: 4 },
  '>>': { op: '>>', tight: 4 },
  '&': { op: '&', tight: 3 },
  and: { op: '&', tight: 3 },
  '^': { op: '^', tight: 2 },
  xor: { op: '^', tight: 2 },
  '|': { op: '|', tight: 1 },
  or: { op: '|', tight: 1 },
};

const isOperator = (word: string): boolean => Object.hasOwn(OPERATORS, word);

/** Bits in brackets are a list: `(fin | syn)`, `fin,syn` and `(fin|syn)` are one. */
const bitsOf = (e: NftExpression): readonly NftExpression[] | undefined =>
  e.kind === 'list' ? e.values : e.kind === 'value' && /^[a-z]/.test(e.text) ? [e] : undefined;

export function binary(op: '&' | '|' | '^' | '<<' | '>>', left: NftExpression, right: NftExpression): NftExpression {
  const [a, b] = [bitsOf(left), bitsOf(right)];
  return op === '|' && a && b ? { kind: 'list', values: [...a, ...b] } : { kind: 'binary', op, left, right };
}

/** An expression; `keys`: may it start with a selector? What stands right of a match is values alone. */
export function expression(r: NftReader, keys: boolean, tight = 0): NftExpression {
  let left = concatenation(r, keys);
  for (;;) {
    const operator = isOperator(wordAt(r)) ? OPERATORS[wordAt(r)] : undefined;
    if (!operator || operator.tight <= tight) break;
    r.at++;
    left = binary(operator.op, left, expression(r, keys, operator.tight));
  }
  if (tight > 0 || wordAt(r) !== 'map') return left;
  r.at++;
  return mapOf(left, setExpression(r));
}

export const mapOf = (key: NftExpression, map: NftExpression): NftExpression => ({
  kind: 'map',
  key,
  map: namedFor(key, map),
});

function concatenation(r: NftReader, keys: boolean): NftExpression {
  const first = list(r, keys);
  if (wordAt(r) !== '.') return first;
  const parts = [first];
  while (skip(r, '.')) parts.push(list(r, keys));
  return { kind: 'concat', parts };
}

function list(r: NftReader, keys: boolean): NftExpression {
  const first = primary(r, keys);
  // Behind the comma of a set's element stands the next element, which setExpression reads.
  if (r.depth > 0 || wordAt(r) !== ',') return first;
  const values = [first];
  while (skip(r, ',')) values.push(primary(r, false));
  return { kind: 'list', values };
}

function primary(r: NftReader, keys: boolean): NftExpression {
  const word = wordAt(r);
  if (word === '{') return setExpression(r);
  if (word === '(') {
    if (++r.depth > DEEP) throw new Strange();
    r.at++;
    const inner = expression(r, keys);
    if (!skip(r, ')')) throw new Strange();
    r.depth--;
    return inner;
  }
  if (word.startsWith('@') && !word.includes(',')) {
    r.at++;
    return { kind: 'named-set', name: word.slice(1) };
  }
  const key = keys ? keyAt(r.tokens, r.at) : undefined;
  if (key) {
    r.at = key.next;
    return { kind: 'key', name: key.name };
  }
  const token = need(r);
  if (!token.quoted && /^[{}(),|&;!=<>#]/.test(token.text)) throw new Strange();
  return token.quoted ? { kind: 'value', text: token.text } : valueFrom(token.text);
}

/** `@name` or `{ … }`. */
export function setExpression(r: NftReader): NftExpression {
  const word = wordAt(r);
  if (word.startsWith('@')) {
    r.at++;
    return { kind: 'named-set', name: word.slice(1) };
  }
  if (word !== '{' || ++r.depth > DEEP) throw new Strange();
  r.at++;
  const elements: NftElement[] = [];
  while (!skip(r, '}')) {
    elements.push(element(r));
    if (!skip(r, ',') && wordAt(r) !== '}') throw new Strange();
  }
  r.depth--;
  return { kind: 'set', elements };
}

/** One element; its timers, counters and comment are no part of it. */
export function element(r: NftReader): NftElement {
  const depth = r.depth++;
  const key = expression(r, false);
  extras(r);
  const data = skip(r, ':') ? (verdict(r) ?? expression(r, false)) : undefined;
  extras(r);
  r.depth = depth;
  return data ? { key, data } : { key };
}

/** `timeout 1h expires 59m20s counter packets 0 bytes 0 comment "x"`, and statements of a set that are done for each element. */
function extras(r: NftReader): void {
  while (/^(?:timeout|expires|counter|packets|bytes|comment|limit|quota|last|ct|tunnel)$/.test(wordAt(r)))
    while (r.at < r.tokens.length && !/^[,:}]$/.test(wordAt(r))) r.at++;
}

/** `accept`, `jump chain`; undefined when none stands there. */
export function verdict(r: NftReader): NftVerdict | undefined {
  const word = wordAt(r);
  switch (word) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      r.at++;
      return { kind: 'verdict', verdict: word };
    case 'jump':
    case 'goto':
      r.at++;
      return { kind: 'jump', chain: need(r).text, goto: word === 'goto' };
    default:
      return undefined;
  }
}
