import type { NftFact, NftHook, NftSetFact, NftTableFact } from '../../facts/index.js';
import {
  type Draft,
  namedNftElement,
  nftShape,
  printNftElement,
  printNftExpression,
  type Sink,
} from '../../kit/index.js';
import type { ObjectOut } from '../text/iproute2-json.js';
import { itemsAt, type Located, numberAt, textAt, textsAt, valueAt } from '../text/located.js';
import { addRule, type Chain, chainFact, keptOf, newChain } from './chain.js';
import { typeOf } from './head.js';
import { jsonElement, jsonExpression, onlyEntry } from './json-expression.js';
import { jsonRule } from './json-statement.js';
import { hidesAddress } from './masked.js';

/** A listing as far as it is read: rules stand behind all chains. */
export interface JsonListing {
  readonly firstLine: number;
  readonly shows: { readonly rules: boolean; readonly elements: boolean };
  readonly chains: Map<string, Chain>;
  readonly tables: { readonly line: number; readonly fact: Draft<NftTableFact> }[];
  /** Tables that a warning says are iptables': `ip nat`. */
  readonly managed: Set<string>;
}

export const newListing = (firstLine: number, shows: JsonListing['shows']): JsonListing => ({
  firstLine,
  shows,
  chains: new Map(),
  tables: [],
  managed: new Set(),
});

const OBJECTS: ReadonlySet<string> = new Set([
  ...['counter', 'quota', 'limit', 'secmark', 'synproxy', 'flowtable', 'tunnel'],
  ...['ct helper', 'ct timeout', 'ct expectation'],
]);

/** One entry of the list: `{"chain": {…}}`. */
export function readEntry(listing: JsonListing, object: Located, out: ObjectOut<NftFact>): void {
  const entry = onlyEntry(object);
  if (!entry) return;
  const { name, value } = entry;
  const family = textAt(value, 'family');
  const own = textAt(value, 'name');
  if (name === 'metainfo') return;
  if (name === 'rule') readRule(listing, value, object.line, out);
  else if (family === undefined || own === undefined) out.gap(object.line, 'an entry without family and name');
  else if (name === 'table') {
    // nft 1.0.6 prints the table's name where the flag's should stand (src/json.c, table_flags_json).
    const flags = wordsAt(value, 'flags').map((f) =>
      f === own && !/^(?:dormant|owner|persist)$/.test(f) ? 'unknown' : f,
    );
    const comment = textAt(value, 'comment');
    const said = { ...(flags.length > 0 && { flags }), ...(comment !== undefined && { comment }) };
    listing.tables.push({ line: object.line, fact: { kind: 'nft-table', family, table: own, ...said } });
  } else readInTable(listing, name, { family, table: textAt(value, 'table') ?? '', own }, object, out);
}

interface Place {
  readonly family: string;
  readonly table: string;
  readonly own: string;
}

const keyOf = (family: string, table: string, chain: string): string => `${family}\u0000${table}\u0000${chain}`;

function readInTable(
  listing: JsonListing,
  name: string,
  { family, table, own }: Place,
  object: Located,
  out: ObjectOut<NftFact>,
): void {
  const value = onlyEntry(object)?.value ?? object;
  if (name === 'chain') {
    const chain = newChain(object.line, family, table, own);
    const base = hookOf(value);
    const comment = textAt(value, 'comment');
    if (base) chain.base = base;
    if (comment !== undefined) chain.comment = comment;
    listing.chains.set(keyOf(family, table, own), chain);
  } else if (name === 'set' || name === 'map' || name === 'meter') {
    const fact = setOf(listing, { family, table, own }, value);
    if (typeof fact === 'string') out.gap(object.line, fact);
    else out.fact(object.line, fact);
  } else if (OBJECTS.has(name)) {
    const devices = wordsAt(value, 'dev');
    const [packets, bytes] = name === 'counter' ? [numberAt(value, 'packets'), numberAt(value, 'bytes')] : [];
    out.fact(object.line, {
      kind: 'nft-object',
      family,
      table,
      type: name,
      name: own,
      ...(devices.length > 0 && { devices }),
      ...(packets !== undefined && { packets }),
      ...(bytes !== undefined && { bytes }),
    });
  } else out.gap(object.line, `an entry that is not known: ${JSON.stringify(name.slice(0, 40))}`);
}

/** A word, or a list of them. */
function wordsAt(value: Located, key: string): string[] {
  const one = textAt(value, key);
  return (one === undefined ? textsAt(value, key) : [one]).sort();
}

function hookOf(value: Located): NftHook | undefined {
  const [type, hook, priority] = [textAt(value, 'type'), textAt(value, 'hook'), numberAt(value, 'prio')];
  if (type === undefined || hook === undefined || priority === undefined) return undefined;
  const devices = wordsAt(value, 'dev');
  return {
    type,
    hook,
    priority,
    policy: textAt(value, 'policy') ?? 'accept',
    ...(devices.length > 0 && { devices }),
  };
}

/** `"ipv4_addr"`, `["ipv4_addr", "inet_service"]`, and since 1.1 `{"typeof": …}`. */
function typeAt(value: Located, key: string): string | undefined {
  const node = valueAt(value, key);
  const typed = valueAt(node, 'typeof');
  if (typed) return typeOf(printNftExpression(jsonExpression(typed)));
  return node?.kind === 'list' ? textsAt(value, key).join(' . ') : textAt(value, key);
}

function setOf(listing: JsonListing, place: Place, value: Located): Draft<NftSetFact> | string {
  const data = typeAt(value, 'map');
  const [size, timeout, comment] = [numberAt(value, 'size'), numberAt(value, 'timeout'), textAt(value, 'comment')];
  const elements = itemsAt(value, 'elem');
  const [key, shape] = [nftShape(typeAt(value, 'type') ?? ''), data === undefined ? undefined : nftShape(data)];
  const text = elements.map((e) => printNftElement(namedNftElement(jsonElement(e), key, shape)));
  if (text.some(hidesAddress)) return 'an address that is masked';
  return {
    kind: 'nft-set',
    family: place.family,
    table: place.table,
    set: place.own,
    type: typeAt(value, 'type') ?? '',
    ...(data !== undefined && { data }),
    flags: wordsAt(value, 'flags'),
    ...(size !== undefined && { size }),
    ...(timeout !== undefined && { timeout }),
    ...(comment !== undefined && { comment }),
    ...(listing.shows.elements && {
      elements: { text, line: elements.map((e) => listing.firstLine + e.line) },
    }),
  };
}

function readRule(listing: JsonListing, value: Located, line: number, out: ObjectOut<NftFact>): void {
  const [family, table, name] = [textAt(value, 'family'), textAt(value, 'table'), textAt(value, 'chain')];
  if (family === undefined || table === undefined || name === undefined) {
    out.gap(line, 'a rule without its chain');
    return;
  }
  const rule = keptOf(jsonRule(itemsAt(value, 'expr'), textAt(value, 'comment')));
  if (hidesAddress(rule.text)) {
    out.gap(line, 'an address that is masked');
    return;
  }
  const key = keyOf(family, table, name);
  const chain = listing.chains.get(key) ?? newChain(line, family, table, name);
  listing.chains.set(key, chain);
  addRule(chain, listing.firstLine + line, rule);
}

export function closeListing(listing: JsonListing, out: Sink<NftFact>): void {
  for (const { line, fact } of listing.tables) {
    const managed = listing.managed.has(`${fact.family} ${fact.table}`);
    out.fact(line, { ...fact, ...(managed && { managed }) });
  }
  for (const chain of listing.chains.values()) out.fact(chain.line, chainFact(chain, listing.shows.rules));
}
