import {
  metaKey,
  type NftElement,
  type NftExpression,
  type NftVerdict,
  nftBinary,
  nftMap,
  nftValue,
  printNftExpression,
} from '../../kit/index.js';
import { type Located, textAt } from '../text/located.js';

/* libnftables-json(5): an expression is a word, a list, or an object whose only key says what it is. */

const NOTHING: NftExpression = { kind: 'value', text: '' };

/** The key of an object that has one, and what stands behind it. */
export function onlyEntry(node: Located): { readonly name: string; readonly value: Located } | undefined {
  if (node.kind !== 'map') return undefined;
  for (const [name, { value }] of node.entries) return { name, value };
  return undefined;
}

export function jsonExpression(node: Located | undefined): NftExpression {
  if (node === undefined) return NOTHING;
  if (node.kind === 'list') return { kind: 'list', values: node.items.map(jsonExpression) };
  if (node.kind === 'text') return scalar(node.text, node.plain);
  const entry = onlyEntry(node);
  return entry ? object(entry.name, entry.value, node) : NOTHING;
}

function scalar(text: string, plain: boolean): NftExpression {
  if (plain && (text === 'true' || text === 'false'))
    return { kind: 'value', text: text === 'true' ? 'exists' : 'missing' };
  return text.startsWith('@') ? { kind: 'named-set', name: text.slice(1) } : nftValue(text);
}

function object(name: string, value: Located, node: Located): NftExpression {
  switch (name) {
    case 'concat':
      return { kind: 'concat', parts: items(value).map(jsonExpression) };
    case 'set':
      return { kind: 'set', elements: items(value).map(jsonElement) };
    case 'map':
      return nftMap(jsonExpression(at(value, 'key')), jsonExpression(at(value, 'data')));
    case 'prefix':
      return nftValue(`${textAt(value, 'addr') ?? ''}/${textAt(value, 'len') ?? ''}`);
    case 'range':
      return nftValue(items(value).map(wordOf).join('-'));
    case 'elem':
      return jsonExpression(at(value, 'val'));
    case '&':
    case '|':
    case '^':
    case '<<':
    case '>>':
      return items(value)
        .map(jsonExpression)
        .reduce((left, right) => nftBinary(name, left, right));
    default:
      return { kind: 'key', name: keyOf(name, value) ?? wordOf(node) };
  }
}

const items = (node: Located): readonly Located[] => (node.kind === 'list' ? node.items : []);
const at = (node: Located, key: string): Located | undefined =>
  node.kind === 'map' ? node.entries.get(key)?.value : undefined;

function wordOf(node: Located): string {
  if (node.kind === 'text') return node.text;
  const entry = onlyEntry(node);
  return entry ? entry.name : '';
}

/** A selector as nft prints it. */
function keyOf(name: string, value: Located): string | undefined {
  const word = (key: string): string => textAt(value, key) ?? '';
  switch (name) {
    case 'meta':
      return metaKey(value.kind === 'text' ? value.text : word('key'));
    case 'payload':
      return payload(value);
    case 'ct':
      return ['ct', word('dir'), word('family'), word('key')].filter((w) => w !== '').join(' ');
    case 'fib': {
      const flags = at(value, 'flags');
      const words = flags?.kind === 'list' ? flags.items.map(wordOf) : [word('flags')];
      return `fib ${words.join(' . ')} ${word('result') === 'check' ? 'oif' : word('result')}`;
    }
    case 'numgen':
      return withOffset(`numgen ${word('mode')} mod ${word('mod')}`, word('offset'));
    case 'jhash': {
      const seed = word('seed') === '' || word('seed') === '0' ? '' : ` seed ${word('seed')}`;
      return withOffset(
        `jhash ${printNftExpression(jsonExpression(at(value, 'expr')))} mod ${word('mod')}${seed}`,
        word('offset'),
      );
    }
    case 'symhash':
      return withOffset(`symhash mod ${word('mod')}`, word('offset'));
    case 'rt':
      return ['rt', word('family'), word('key')].filter((w) => w !== '').join(' ');
    case 'socket':
      return `socket ${word('key')}${word('level') === '' ? '' : ` level ${word('level')}`}`;
    case 'osf':
      return `osf ${word('ttl') === '' ? '' : `ttl ${word('ttl')} `}${word('key')}`;
    case 'exthdr':
      return word('field') === '' ? `exthdr ${word('name')}` : `${word('name')} ${word('field')}`;
    case 'tcp option':
    case 'ip option':
    case 'sctp chunk':
    case 'dccp option':
      return [name, word('name') || word('type') || rawOption(value), word('field')].filter((w) => w !== '').join(' ');
    case 'ipsec':
      return [
        'ipsec',
        word('dir'),
        Number(word('spnum')) > 0 ? `spnum ${word('spnum')}` : '',
        word('family'),
        word('key'),
      ]
        .filter((w) => w !== '')
        .join(' ');
    case 'tunnel':
      return `tunnel ${word('key')}`;
    default:
      return undefined;
  }
}

const withOffset = (text: string, offset: string): string =>
  offset === '' || offset === '0' ? text : `${text} offset ${offset}`;

function payload(value: Located): string {
  const word = (key: string): string => textAt(value, key) ?? '';
  if (word('base') !== '') return `@${word('base')},${word('offset')},${word('len')}`;
  return [word('tunnel'), word('protocol'), word('field')].filter((w) => w !== '').join(' ');
}

/** An option by its number: `tcp option 254 exists`, `tcp option @254,16,8 5`. */
function rawOption(value: Located): string {
  const [base, offset, length] = ['base', 'offset', 'len'].map((key) => textAt(value, key) ?? '');
  return offset === '0' && length === '8' ? `${base}` : `@${base},${offset},${length}`;
}

/** `[key, data]` of maps, else the key; each may stand in `elem` with its timers. */
export function jsonElement(node: Located): NftElement {
  const pair = node.kind === 'list' && node.items.length === 2 ? node.items : undefined;
  const [first, second] = pair ?? [];
  if (!first || !second) return { key: jsonExpression(node) };
  return { key: jsonExpression(first), data: jsonVerdict(second) ?? jsonExpression(second) };
}

/** `{"accept": null}`, `{"jump": {"target": "x"}}` */
export function jsonVerdict(node: Located): NftVerdict | undefined {
  const entry = onlyEntry(node);
  switch (entry?.name) {
    case 'accept':
    case 'drop':
    case 'return':
    case 'continue':
      return { kind: 'verdict', verdict: entry.name };
    case 'jump':
    case 'goto':
      return { kind: 'jump', chain: textAt(entry.value, 'target') ?? '', goto: entry.name === 'goto' };
    default:
      return undefined;
  }
}
