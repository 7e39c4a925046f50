import {
  type NftExpression,
  type NftRule,
  type NftStatement,
  nftLimit,
  nftMatch,
  nftQuota,
  nftSetKey,
  nftSynproxy,
  nftVmap,
  nftWorded,
  printNftExpression,
  printNftWord,
  rejectWith,
} from '../../kit/index.js';
import { type Located, numberAt, textAt, valueAt } from '../text/located.js';
import { jsonExpression, jsonVerdict, onlyEntry } from './json-expression.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The statements of a rule (`expr`), in the form in which `readNft` has them of the text. */
export function jsonRule(expr: readonly Located[], comment: string | undefined): NftRule {
  const statements: NftStatement[] = [];
  const rule: Mutable<NftRule> = { statements, ...(comment !== undefined && { comment }) };
  for (const node of expr) {
    const entry = onlyEntry(node);
    if (!entry) continue;
    const { name, value } = entry;
    // A comment of iptables matches everything.
    if (name === 'last' || (name === 'xt' && textAt(value, 'name') === 'comment')) continue;
    if (name === 'counter' && value.kind === 'map' && !valueAt(value, 'map')) {
      const packets = numberAt(value, 'packets');
      if (packets !== undefined) rule.packets ??= packets;
    } else if (name !== 'counter' || nameOf(value) !== undefined) statements.push(statement(name, value, node));
  }
  return rule;
}

const OPERATORS = ['==', '!=', '<', '>', '<=', '>=', 'in', '!'] as const;
const at = (value: Located, key: string): NftExpression => jsonExpression(valueAt(value, key));

function statement(name: string, value: Located, node: Located): NftStatement {
  const decided = jsonVerdict(node);
  if (decided) return decided;
  switch (name) {
    case 'match': {
      const op = OPERATORS.find((o) => o === textAt(value, 'op')) ?? '==';
      return nftMatch(at(value, 'left'), op, at(value, 'right'));
    }
    case 'vmap':
      return nftVmap(at(value, 'key'), at(value, 'data'));
    case 'mangle':
      return nftSetKey(at(value, 'key'), at(value, 'value'));
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
    case 'tproxy':
      return nat(name, value);
    case 'reject':
      return rejectOf(value);
    case 'log':
      return log(value);
    case 'notrack':
      return { kind: 'notrack' };
    case 'xt':
      return { kind: 'xt', target: textAt(value, 'type') === 'target', name: textAt(value, 'name') ?? '' };
    default:
      return nftWorded(words(name, value));
  }
}

/** A word, or several. */
const flagsAt = (value: Located, key: string): string[] => {
  const flags = valueAt(value, key);
  if (flags?.kind === 'list') return flags.items.flatMap((f) => (f.kind === 'text' ? f.text : []));
  return flags?.kind === 'text' ? [flags.text] : [];
};

function nat(action: 'dnat' | 'snat' | 'masquerade' | 'redirect' | 'tproxy', value: Located): NftStatement {
  const family = textAt(value, 'family');
  const address = valueAt(value, 'addr');
  const port = valueAt(value, 'port');
  return {
    kind: 'nat',
    action,
    ...(family !== undefined && { family }),
    ...(address && { address: jsonExpression(address) }),
    ...(port && { port: jsonExpression(port) }),
    flags: [...flagsAt(value, 'type_flags'), ...flagsAt(value, 'flags')].filter((f) =>
      /^(?:prefix|random|fully-random|persistent)$/.test(f),
    ),
  };
}

function rejectOf(value: Located): NftStatement {
  const type = textAt(value, 'type');
  if (type === undefined) return { kind: 'reject' };
  return type === 'tcp reset' ? rejectWith('tcp', 'reset') : rejectWith(type, textAt(value, 'expr') ?? '');
}

function log(value: Located): NftStatement {
  const prefix = textAt(value, 'prefix');
  const options: string[] = [];
  for (const name of ['level', 'group', 'snaplen', 'queue-threshold']) {
    const word = textAt(value, name);
    if (word !== undefined && word !== 'warn') options.push(name, word);
  }
  const flags = flagsAt(value, 'flags');
  // `["tcp sequence", "tcp options"]` is `tcp sequence,options` in the text.
  if (flags.length > 0)
    options.push(`flags ${flags.map((f, i) => (i > 0 ? f.replace(/^(?:tcp|ip) /, '') : f)).join(',')}`);
  return { kind: 'log', ...(prefix !== undefined && { prefix }), options: options.join(' ') };
}

/** Name of an object, or the map that holds it: `counter name tcp dport map { 80 : "http" }`. */
function nameOf(value: Located): string | undefined {
  if (value.kind === 'text') return value.plain ? undefined : printNftWord(value.text);
  return valueAt(value, 'map') && printNftExpression(jsonExpression(value));
}

/** The other statements as words, as nft prints them. */
function words(name: string, value: Located): string {
  const own = nameOf(value);
  const word = (key: string): string => textAt(value, key) ?? '';
  const over = textAt(value, 'inv') === 'true' ? 'over ' : '';
  const expressionOf = (node: Located): string => printNftExpression(jsonExpression(node));
  const expression = (key: string): string => printNftExpression(at(value, key));
  switch (name) {
    case 'counter':
      return `counter name ${own ?? ''}`;
    case 'limit': {
      if (own !== undefined) return `limit name ${own}`;
      const unit = word('rate_unit');
      const burst = word('burst') === '' ? '' : ` burst ${word('burst')} ${word('burst_unit') || 'packets'}`;
      return nftLimit(
        `limit rate ${over}${word('rate')}${unit === '' || unit === 'packets' ? '' : ` ${unit}`}/${word('per')}${burst}`,
      );
    }
    case 'quota':
      return own !== undefined ? `quota name ${own}` : nftQuota(`quota ${over}${word('val')} ${word('val_unit')}`);
    case 'flow':
      return `flow ${word('op')} @${word('flowtable').replace(/^@/, '')}`;
    case 'ct count':
      return `ct count ${over}${word('val')}`;
    case 'ct helper':
    case 'ct timeout':
    case 'ct expectation':
      return `${name} set ${own ?? ''}`;
    case 'queue': {
      const number = valueAt(value, 'num') ? ` to ${expression('num')}` : '';
      return ['queue', ...flagsAt(value, 'flags')].join(' ') + number;
    }
    case 'dup':
    case 'fwd':
      return transmit(name, value);
    case 'set':
    case 'map':
      return dynamic(value);
    case 'meter':
      return `meter ${printNftWord(word('name'))} { ${[...keyOf(value, 'key'), ...innerOf(valueAt(value, 'stmt'))].join(' ')} }`;
    case 'synproxy':
      return own !== undefined ? `synproxy name ${own}` : nftSynproxy(synproxy(value));
    case 'secmark':
      return `secmark name ${own ?? ''}`;
    case 'reset':
      return `reset ${expressionOf(value)}`;
    default:
      return name;
  }
}

function transmit(name: string, value: Located): string {
  const text = (key: string): string | undefined => valueAt(value, key) && printNftExpression(at(value, key));
  const [addr, dev, family] = [text('addr'), text('dev'), textAt(value, 'family')];
  const to = addr ?? dev ?? '';
  return `${name}${family === undefined ? '' : ` ${family}`} to ${to}${addr !== undefined && dev !== undefined ? ` device ${dev}` : ''}`;
}

function synproxy(value: Located): string {
  const mss = textAt(value, 'mss');
  const wscale = textAt(value, 'wscale');
  return [
    'synproxy',
    ...(mss === undefined ? [] : ['mss', mss]),
    ...(wscale === undefined ? [] : ['wscale', wscale]),
    ...flagsAt(value, 'flags'),
  ].join(' ');
}

/** What a set is asked for, and how long an element lives. */
function keyOf(value: Located, name: string): string[] {
  const elem = valueAt(value, name, 'elem');
  const timeout = elem && textAt(elem, 'timeout');
  const key = printNftExpression(elem ? at(elem, 'val') : at(value, name));
  return timeout === undefined ? [key] : [key, `timeout ${timeout}s`];
}

/** `add @seen { ip saddr timeout 60s limit rate 10/second }` */
function dynamic(value: Located): string {
  const data = valueAt(value, 'data');
  const set = (textAt(value, 'set') ?? textAt(value, 'map') ?? '').replace(/^@/, '');
  return [
    `${textAt(value, 'op') ?? ''} @${set} {`,
    ...keyOf(value, 'elem'),
    ...innerOf(valueAt(value, 'stmt')),
    ...(data ? [`: ${printNftExpression(at(value, 'data'))}`] : []),
    '}',
  ].join(' ');
}

/** The statements that are done for each element, one or a list. */
function innerOf(node: Located | undefined): string[] {
  if (node === undefined) return [];
  const { statements } = jsonRule(node.kind === 'list' ? node.items : [node], undefined);
  return statements.flatMap((s) => (s.kind === 'gate' || s.kind === 'effect' ? s.text : []));
}
