import { expression, type NftReader, need, Strange, setExpression, skip, verdict, wordAt } from './expression.js';
import { isBits } from './keys.js';
import { type NftToken, nftTokens } from './tokens.js';
import type { NftExpression, NftRule, NftStatement } from './types.js';

/** A rule's text read, or why it can't be. */
export type NftReading =
  | { readonly kind: 'rule'; readonly rule: NftRule }
  | { readonly kind: 'gap'; readonly reason: string };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The rule of one line, of any version of nft. What is not known becomes a statement `other` that holds its words. */
export function readNft(line: string): NftReading {
  const tokens = nftTokens(line);
  if (!tokens) return { kind: 'gap', reason: 'a quote that never closes' };
  const end = tokens.findIndex((t, i) => isSign(t, '#') && isSign(tokens[i + 1], 'handle'));
  const r: NftReader = { tokens: end === -1 ? tokens : tokens.slice(0, end), at: 0, depth: 0 };
  if (!balanced(r.tokens)) return { kind: 'gap', reason: 'brackets that do not match' };
  const statements: NftStatement[] = [];
  const rule: Mutable<NftRule> = { statements };
  while (r.at < r.tokens.length) {
    const from = r.at;
    try {
      if (aside(r, rule)) continue;
      statements.push(statement(r));
    } catch (error) {
      if (!(error instanceof Strange)) throw error;
      r.at = from;
      r.depth = 0;
      statements.push(strange(r));
    }
  }
  return { kind: 'rule', rule };
}

const isSign = (token: NftToken | undefined, text: string): boolean => token?.text === text && !token.quoted;

function balanced(tokens: readonly NftToken[]): boolean {
  let depth = 0;
  for (const t of tokens) {
    if (isSign(t, '{') || isSign(t, '(')) depth++;
    else if ((isSign(t, '}') || isSign(t, ')')) && --depth < 0) return false;
  }
  return depth === 0;
}

/** Counters without a name, the time of the last packet, and comments match every packet. */
function aside(r: NftReader, rule: Mutable<NftRule>): boolean {
  const word = wordAt(r);
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
function strange(r: NftReader): NftStatement {
  const from = r.at++;
  for (let depth = 0; r.at < r.tokens.length; r.at++) {
    const word = wordAt(r);
    if (word === '{' || word === '(') depth++;
    else if (word === '}' || word === ')') depth--;
    else if (depth === 0 && /^(?:counter|accept|drop|return|continue|jump|goto|comment)$/.test(word)) break;
  }
  return other(r.tokens.slice(from, r.at));
}

/** Words as one text, blanks where nft puts them. */
export function other(tokens: readonly NftToken[]): NftStatement {
  let text = '';
  for (const t of tokens) {
    const word = t.quoted ? `"${t.text}"` : t.text;
    text += text === '' || word === ',' || word === ')' || text.endsWith('(') ? word : ` ${word}`;
  }
  return { kind: 'other', text };
}

/** Statements that are kept as their words, with what ends them. */
const WORDS: Readonly<Record<string, RegExp>> = {
  limit: /^(?:rate|over|name|\d+|burst|packets|k?bytes|mbytes|\d*\/\w+|until)$/,
  quota: /^(?:over|until|name|\d+|bytes|kbytes|mbytes|used)$/,
  flow: /^(?:add|offload|@.*)$/,
  queue: /^(?:num|to|flags|bypass|fanout|\d[\d-]*|,)$/,
  dup: /^(?:to|device)$/,
  fwd: /^(?:ip|ip6|to|device)$/,
  synproxy: /^(?:mss|wscale|timestamp|sack-perm|name|\d+)$/,
  counter: /^name$/,
  secmark: /^(?:name|set)$/,
};

function statement(r: NftReader): NftStatement {
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
      r.at += 2;
      return { kind: 'xt', name: need(r).text };
    case 'add':
    case 'update':
    case 'delete':
      return dynamic(r);
    default:
  }
  // `# xt_comment` (nft without libxtables, before 1.0.6).
  if (word === '#' && /^xt_\w+$/.test(wordAt(r, 1))) {
    r.at += 2;
    return { kind: 'xt', name: wordAt(r, -1).slice(3) };
  }
  if (word.startsWith('#')) throw new Strange();
  if (word === 'ct' && /^(?:count|helper|timeout|expectation)$/.test(wordAt(r, 1))) {
    const object = tracking(r);
    if (object) return object;
  }
  return Object.hasOwn(WORDS, word) ? worded(r, word) : match(r);
}

function worded(r: NftReader, word: string): NftStatement {
  const from = r.at++;
  const belongs = WORDS[word];
  while (r.at < r.tokens.length && (r.tokens[r.at]?.quoted || belongs?.test(wordAt(r)) || r.tokens[r.at - 1]?.text === 'to' || r.tokens[r.at - 1]?.text === 'name'))
    r.at++;
  return { kind: 'other', text: plain(other(r.tokens.slice(from, r.at))) };
}

/** What is the default, and what counts, is left out. */
const plain = (s: NftStatement): string =>
  s.kind === 'other'
    ? s.text
        .replace(/ burst 5 packets$/, '')
        .replace(/ burst 0 bytes$/, '')
        .replace(/ used \d+ [km]?bytes$/, '')
        .replace(/^flow offload/, 'flow add')
    : '';

/** `ct count over 20`, `ct helper set "ftp"`. */
function tracking(r: NftReader): NftStatement | undefined {
  const from = r.at;
  if (wordAt(r, 1) === 'count') {
    r.at += 2;
    skip(r, 'over');
    r.at++;
  } else if (wordAt(r, 2) === 'set') r.at += 4;
  else return undefined;
  return other(r.tokens.slice(from, r.at));
}

/** `add @seen { ip saddr timeout 1m limit rate 10/second }` */
function dynamic(r: NftReader): NftStatement {
  const from = r.at;
  r.at += 2;
  if (wordAt(r) !== '{') throw new Strange();
  let depth = 0;
  do {
    if (wordAt(r) === '{') depth++;
    if (wordAt(r) === '}') depth--;
    r.at++;
  } while (depth > 0 && r.at < r.tokens.length);
  return other(r.tokens.slice(from, r.at));
}

function match(r: NftReader): NftStatement {
  const left = expression(r, true);
  if (skip(r, 'vmap')) return { kind: 'vmap', key: left, map: setExpression(r) };
  if (left.kind === 'value' || left.kind === 'list') throw new Strange();
  if (skip(r, 'set')) return { kind: 'set-key', key: left, value: expression(r, true) };
  const word = wordAt(r);
  if (word === '==' || word === '!=' || word === '<' || word === '>' || word === '<=' || word === '>=') {
    r.at++;
    return { kind: 'match', left, op: word, right: expression(r, false) };
  }
  const right = expression(r, false);
  const bits = left.kind === 'key' && isBits(left.name) && (right.kind === 'value' || right.kind === 'list');
  // `tcp flags syn / fin,syn,rst,ack`
  if (bits && skip(r, '/')) {
    const mask: NftExpression = { kind: 'binary', op: '&', left, right: expression(r, false) };
    return { kind: 'match', left: mask, op: '==', right };
  }
  return { kind: 'match', left, op: bits ? 'in' : '==', right };
}

const FLAG = /^(?:random|fully-random|persistent|prefix|interval)$/;

/** `dnat to 10.0.0.1:80`, `dnat ip to ip daddr . tcp dport map @m`, `masquerade to :1024-65535 fully-random`, `redirect to :8080`. */
function nat(r: NftReader, action: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'tproxy'): NftStatement {
  r.at++;
  const flags: string[] = [];
  const family = /^ip6?$/.test(wordAt(r)) ? need(r).text : undefined;
  const takeFlags = (): void => {
    while (FLAG.test(wordAt(r)) || wordAt(r) === ',') {
      const word = need(r).text;
      if (word !== ',') flags.push(word);
    }
  };
  takeFlags();
  // In old versions `addr . port to` said that a map holds both.
  if (wordAt(r) === 'addr') r.at += 3;
  const target = skip(r, 'to') ? targetOf(r) : {};
  takeFlags();
  return { kind: 'nat', action, ...(family !== undefined && { family }), ...target, flags };
}

function targetOf(r: NftReader): { address?: NftExpression; port?: NftExpression } {
  const word = wordAt(r);
  const value = (text: string): NftExpression => ({ kind: 'value', text });
  const only = /^:(\d[\d-]*)$/.exec(word);
  const both = /^\[?([^[\]]+?)\]?:(\d+(?:-\d+)?)$/.exec(word);
  const isBoth = both !== null && (word.startsWith('[') || !(both[1] ?? '').includes(':'));
  if (only) {
    r.at++;
    return { port: value(only[1] ?? '') };
  }
  if (isBoth) {
    r.at++;
    return { address: value(both[1] ?? ''), port: value(both[2] ?? '') };
  }
  if (word.startsWith('[') && word.endsWith(']')) {
    r.at++;
    return { address: value(word.slice(1, -1)) };
  }
  if (skip(r, ':')) return { port: expression(r, true) };
  const address = expression(r, true);
  return skip(r, ':') ? { address, port: expression(r, true) } : { address };
}

/** `reject`, `reject with icmp type port-unreachable`, `reject with tcp reset`. */
function reject(r: NftReader): NftStatement {
  r.at++;
  if (!skip(r, 'with')) return { kind: 'reject' };
  const protocol = need(r).text;
  skip(r, 'type');
  const code = need(r).text;
  return rejectWith(protocol, code);
}

export const rejectWith = (protocol: string, code: string): NftStatement =>
  code === 'port-unreachable' ? { kind: 'reject' } : { kind: 'reject', with: `${protocol} ${code}` };

function log(r: NftReader): NftStatement {
  r.at++;
  let prefix: string | undefined;
  const options: string[] = [];
  for (;;) {
    const word = wordAt(r);
    if (word === 'prefix') {
      r.at++;
      prefix = need(r).text;
    } else if (/^(?:level|group|snaplen|queue-threshold)$/.test(word)) {
      r.at++;
      const value = need(r).text;
      if (word !== 'level' || value !== 'warn') options.push(word, value);
    } else if (word === 'flags') {
      r.at++;
      options.push('flags', need(r).text);
      if (/^(?:tcp|ip)$/.test(options.at(-1) ?? '')) options.push(need(r).text);
      while (skip(r, ',')) options.push(need(r).text);
    } else break;
  }
  return { kind: 'log', ...(prefix !== undefined && { prefix }), options: options.join(' ') };
}
