import { expression, type NftReader, need, Strange, setExpression, skip, verdict, wordAt } from './expression.js';
import { isBits } from './keys.js';
import { namedFor, namedLeft } from './names.js';
import { log, nat, reject } from './nat.js';
import { print, printStatement, word } from './print.js';
import { seconds } from './time.js';
import type { NftExpression, NftStatement } from './types.js';
import { queue, reset, textOf, tracking, transmit, WORDS, worded, wordedAs } from './words.js';

/** Counters without a name, the time of the last packet, and comments match every packet. */
export function aside(r: NftReader, rule: { comment?: string; packets?: number }): boolean {
  const word = wordAt(r);
  // The match of iptables that only holds a comment.
  if (
    (word === 'xt' && wordAt(r, 1) === 'match' && r.tokens[r.at + 2]?.text === 'comment') ||
    (word === '#' && wordAt(r, 1) === 'xt_comment')
  ) {
    r.at += word === 'xt' ? 3 : 2;
    return true;
  }
  if (word === 'comment') {
    r.at++;
    rule.comment = need(r).text;
    return true;
  }
  if (word === 'last') {
    r.at++;
    if (skip(r, 'used')) r.at++;
    return true;
  }
  if (word !== 'counter' || wordAt(r, 1) === 'name' || r.tokens[r.at + 1]?.quoted) return false;
  r.at++;
  if (!skip(r, 'packets')) return true;
  const packets = Number(need(r).text);
  if (Number.isSafeInteger(packets)) rule.packets ??= packets;
  if (skip(r, 'bytes')) r.at++;
  return true;
}

/** Words up to the next that certainly begins a statement of its own. */
export function strange(r: NftReader): NftStatement {
  const from = r.at++;
  for (let depth = 0; r.at < r.tokens.length; r.at++) {
    const word = wordAt(r);
    if (word === '{' || word === '(') depth++;
    else if (word === '}' || word === ')') depth--;
    else if (depth === 0 && /^(?:counter|accept|drop|return|continue|jump|goto|comment)$/.test(word)) break;
  }
  return { kind: 'unknown', text: textOf(r.tokens.slice(from, r.at)) };
}

export function statement(r: NftReader): NftStatement {
  const decided = verdict(r);
  if (decided) return decided;
  const word = wordAt(r);
  switch (word) {
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
    case 'tproxy':
      return nat(r, word);
    case 'reject':
      return reject(r);
    case 'log':
      return log(r);
    case 'notrack':
      r.at++;
      return { kind: 'notrack' };
    case 'xt':
      r.at++;
      return { kind: 'xt', target: need(r).text === 'target', name: need(r).text };
    case 'XT':
      return missing(r);
    case 'queue':
      return queue(r);
    case 'dup':
    case 'fwd':
      return transmit(r, word);
    case 'reset':
      return reset(r);
    case 'add':
    case 'update':
    case 'delete':
      return dynamic(r, need(r).text);
    case 'set':
      return dynamicOnce(r);
    case 'meter':
      return meter(r);
    default:
  }
  // `# xt_comment` (nft without libxtables, before 1.0.6). Targets have names in capitals.
  if (word === '#' && /^xt_\w+$/.test(wordAt(r, 1))) {
    const name = wordAt(r, 1).slice(3);
    r.at += 2;
    return { kind: 'xt', target: /^[A-Z]/.test(name), name };
  }
  if (word.startsWith('#')) throw new Strange();
  if (word === 'ct' && /^(?:count|helper|timeout|expectation)$/.test(wordAt(r, 1))) {
    const object = tracking(r);
    if (object) return object;
  }
  return Object.hasOwn(WORDS, word) ? worded(r, word) : match(r);
}

/** `XT target MASQUERADE not found` is what libxtables says where it lacks the module (nftables src/xt.c); it names what nft would have printed. */
function missing(r: NftReader): NftStatement {
  const [, type, name, not, found] = [0, 1, 2, 3, 4].map((i) => r.tokens[r.at + i]?.text);
  if (name === undefined || not !== 'not' || found !== 'found') throw new Strange();
  r.at += 5;
  return { kind: 'xt', target: type === 'target', name };
}

/** `add @seen { ip saddr timeout 1m limit rate 10/second }` */
function dynamic(r: NftReader, op: string): NftStatement {
  const set = need(r).text;
  if (!set.startsWith('@')) throw new Strange();
  return wordedAs(`${op} ${set} { ${inBraces(r)} }`);
}

/** `set add ip saddr timeout 1m @seen`, as nft before 0.9 prints it. */
function dynamicOnce(r: NftReader): NftStatement {
  r.at++;
  const op = need(r).text;
  if (op !== 'add' && op !== 'update') throw new Strange();
  const key = print(expression(r, true));
  const timeout = skip(r, 'timeout') ? ` timeout ${seconds(need(r).text)}s` : '';
  return wordedAs(`${op} ${need(r).text} { ${key}${timeout} }`);
}

/** `meter flood size 65535 { ip saddr limit rate 10/second }` */
function meter(r: NftReader): NftStatement {
  r.at++;
  const name = need(r).text;
  if (skip(r, 'size')) r.at++;
  return wordedAs(`meter ${word(name)} { ${inBraces(r)} }`);
}

/** Key, timer, data and what is done for each element. */
function inBraces(r: NftReader): string {
  if (!skip(r, '{')) throw new Strange();
  r.depth++;
  const words = [print(expression(r, true))];
  while (!skip(r, '}')) {
    if (skip(r, 'timeout')) words.push(`timeout ${seconds(need(r).text)}s`);
    else if (skip(r, 'expires')) r.at++;
    else if (skip(r, ':')) words.push(`: ${dataOf(r)}`);
    else if (!aside(r, {})) {
      const inner = statement(r);
      if (inner.kind !== 'gate' && inner.kind !== 'effect') throw new Strange();
      words.push(inner.text);
    }
    if (r.at >= r.tokens.length) throw new Strange();
  }
  r.depth--;
  return words.join(' ');
}

const dataOf = (r: NftReader): string => {
  const decided = verdict(r);
  return decided ? printStatement(decided) : print(expression(r, true));
};

type Relation = Extract<NftStatement, { kind: 'match' }>['op'];

const RELATIONS: Readonly<Record<string, Relation>> = {
  ...{ '==': '==', '!=': '!=', '!': '!', '<': '<', '>': '>', '<=': '<=', '>=': '>=' },
  // Words that translations of iptables' matches use (`ip ttl lt 5`).
  ...{ eq: '==', ne: '!=', lt: '<', gt: '>', le: '<=', ge: '>=' },
};

function match(r: NftReader): NftStatement {
  const left = expression(r, true);
  if (skip(r, 'vmap')) return vmapOf(left, setExpression(r));
  if (left.kind === 'value' || left.kind === 'list') throw new Strange();
  if (skip(r, 'set')) return setKeyOf(left, expression(r, true));
  const relation = Object.hasOwn(RELATIONS, wordAt(r)) ? RELATIONS[wordAt(r)] : undefined;
  if (relation) {
    r.at++;
    const right = expression(r, false);
    return skip(r, '/') ? masked(r, left, relation, right) : matchOf(left, relation, right);
  }
  const right = expression(r, false);
  const bits = left.kind === 'key' && isBits(left.name) && right.kind !== 'set' && right.kind !== 'named-set';
  if (bits && skip(r, '/')) return masked(r, left, '==', right);
  return matchOf(left, bits ? 'in' : '==', right);
}

/** `tcp flags syn / fin,syn,rst,ack`: of the flags behind the stroke those before it are set. */
const masked = (r: NftReader, left: NftExpression, op: Relation, right: NftExpression): NftStatement =>
  matchOf({ kind: 'binary', op: '&', left, right: expression(r, false) }, op, right);

/** A match under the names that nft prints unasked. */
export const matchOf = (left: NftExpression, op: Relation, right: NftExpression): NftStatement => ({
  kind: 'match',
  left: namedLeft(left),
  op,
  right: namedFor(left, right),
});

export const vmapOf = (key: NftExpression, map: NftExpression): NftStatement => ({
  kind: 'vmap',
  key,
  map: namedFor(key, map),
});

export const setKeyOf = (key: NftExpression, value: NftExpression): NftStatement => ({
  kind: 'set-key',
  key,
  value: namedFor(key, value),
});
