import { expression, type NftReader, need, Strange, setExpression, skip, verdict, wordAt } from './expression.js';
import { isBits } from './keys.js';
import { namedFor, namedLeft } from './names.js';
import { log, nat, reject } from './nat.js';
import { print } from './print.js';
import type { NftExpression, NftStatement } from './types.js';
import { queue, seconds, textOf, tracking, WORDS, worded } from './words.js';

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
  return { kind: 'other', text: textOf(r.tokens.slice(from, r.at)) };
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
    case 'queue':
      return queue(r);
    case 'add':
    case 'update':
    case 'delete':
      return dynamic(r);
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

/** `add @seen { ip saddr timeout 1m limit rate 10/second }`; before 0.9 `set add ip saddr timeout 1m @seen`. */
function dynamic(r: NftReader): NftStatement {
  const op = need(r).text;
  const set = need(r).text;
  if (!set.startsWith('@') || !skip(r, '{')) throw new Strange();
  r.depth++;
  const words = [print(expression(r, true), false)];
  while (!skip(r, '}')) {
    if (skip(r, 'timeout')) words.push(`timeout ${seconds(need(r).text)}s`);
    else if (skip(r, 'expires')) r.at++;
    else if (skip(r, ':')) words.push(`: ${print(expression(r, true), false)}`);
    else if (!aside(r, {})) {
      const inner = statement(r);
      if (inner.kind === 'other') words.push(inner.text);
    }
    if (r.at >= r.tokens.length) throw new Strange();
  }
  r.depth--;
  return { kind: 'other', text: `${op} ${set} { ${words.join(' ')} }` };
}

function match(r: NftReader): NftStatement {
  const left = expression(r, true);
  if (skip(r, 'vmap')) return vmapOf(left, setExpression(r));
  if (left.kind === 'value' || left.kind === 'list') throw new Strange();
  if (skip(r, 'set')) return setKeyOf(left, expression(r, true));
  const word = wordAt(r);
  if (word === '==' || word === '!=' || word === '<' || word === '>' || word === '<=' || word === '>=') {
    r.at++;
    return matchOf(left, word, expression(r, false));
  }
  const right = expression(r, false);
  const bits = left.kind === 'key' && isBits(left.name) && right.kind !== 'set' && right.kind !== 'named-set';
  // `tcp flags syn / fin,syn,rst,ack`
  if (bits && skip(r, '/')) return matchOf({ kind: 'binary', op: '&', left, right: expression(r, false) }, '==', right);
  return matchOf(left, bits ? 'in' : '==', right);
}

/** A match under the names that nft prints unasked. */
export const matchOf = (
  left: NftExpression,
  op: Extract<NftStatement, { kind: 'match' }>['op'],
  right: NftExpression,
): NftStatement => ({ kind: 'match', left: namedLeft(left), op, right: namedFor(left, right) });

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
