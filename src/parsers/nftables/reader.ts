import type { NftFact, NftTableFact } from '../../facts/index.js';
import type { Draft, Sink } from '../../kit/index.js';
import type { Failures } from '../text/failure.js';
import { type Block, commentOf, elementsOf, newBlock, objectLine, setLine } from './block.js';
import { addRule, type Chain, chainFact, keptRule, newChain } from './chain.js';
import { hookOf } from './head.js';
import { hidesAddress } from './masked.js';
import { managedTable } from './remark.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where the reading stands. */
export interface Reader {
  readonly out: Sink<NftFact>;
  readonly failures: Failures;
  /** Number of the first line (see Text). */
  readonly firstLine: number;
  /** Does the command print rules, and elements? */
  readonly shows: { readonly rules: boolean; readonly elements: boolean };
  table: { readonly line: number; readonly fact: Mutable<Draft<NftTableFact>> } | undefined;
  chain: Chain | undefined;
  /** Rules that stand outside of any table. */
  stray: Chain | undefined;
  block: Block | undefined;
  /** Inside of `elements = { … }`. */
  inElements: boolean;
  /** `# Warning: table ip nat is managed by iptables-nft, do not touch!` */
  readonly managed: Set<string>;
  /** Handed out at the end, for the warnings may stand there. */
  readonly tables: { readonly line: number; readonly fact: Draft<NftTableFact> }[];
  some: boolean;
  /** Something stood outside of any table. */
  homeless: boolean;
  /** Blanks end lines that nft ends with none: a terminal's, which say nothing. */
  readonly padded: boolean;
}

const STRANGE = 'not a line of nft';
const MASKED = 'an address that is masked';

/** Reads one line whose outer blanks are gone. False when nothing knows it. */
export function readLine(r: Reader, line: string, i: number): void {
  const managed = line.startsWith('# W') ? managedTable(line) : undefined;
  if (managed !== undefined) r.managed.add(managed);
  const taken = managed !== undefined || taker(r)(r, line, i);
  if (taken === true) {
    r.out.part(i);
    r.some = true;
  } else if (!r.failures.take(i, line)) r.out.gap(i, taken === false ? STRANGE : taken);
}

type Take = (r: Reader, line: string, i: number) => boolean | string;

function taker(r: Reader): Take {
  if (r.inElements) return elements;
  if (r.block) return inBlock;
  if (r.chain) return inChain;
  return r.table ? inTable : outside;
}

const TABLE = /^table (?:(ip|ip6|inet|arp|bridge|netdev) )?(\S+)(?: (\{))?(?: ?#.*)?$/;

function outside(r: Reader, line: string, i: number): boolean | string {
  const m = TABLE.exec(line);
  if (m) {
    const family = m[1] ?? 'ip';
    const table = unquoted(m[2] ?? '');
    r.table = { line: i, fact: { kind: 'nft-table', family, table } };
    if (m[3] === undefined) closeTable(r);
    return true;
  }
  if (line.startsWith('#')) return true;
  // What grep, or whoever showed only that, left of a listing.
  if (opens(r, line, i, '', '')) {
    r.homeless = true;
    return true;
  }
  if (line === '}' || STRAY.test(line)) return strayRule(r, line, i);
  return false;
}

const STRAY =
  /(?:^|\s)(?:accept|drop|return|masquerade|(?:jump|goto|dnat to|snat to|vmap) \S+|counter packets \d+ bytes \d+)\b/;

/** A rule outside of any table: the chain is not known. */
function strayRule(r: Reader, line: string, i: number): boolean | string {
  r.homeless = true;
  if (line === '}') return true;
  const stray = r.stray ?? newChain(i, '', '', '');
  const taken = rule(r, stray, line, i);
  if (taken === true) r.stray = stray;
  return taken;
}

const CHAIN = /^chain (\S+) \{(?: ?#.*)?$/;
const BLOCK =
  /^((?:ct (?:helper|timeout|expectation))|set|map|meter|flowtable|counter|quota|limit|secmark|synproxy|tunnel) (\S+) \{(?: ?#.*)?$/;

/** Does a chain, a set or another object of that table begin? */
function opens(r: Reader, line: string, i: number, family: string, table: string): boolean {
  const chain = CHAIN.exec(line)?.[1];
  const [, word, block] = BLOCK.exec(line) ?? [];
  if (chain !== undefined) r.chain = newChain(i, family, table, unquoted(chain));
  else if (word !== undefined && block !== undefined) r.block = newBlock(i, word, unquoted(block), family, table);
  return chain !== undefined || word !== undefined;
}

/** A chain, set or map without the table around it, by its first two lines. */
export const isPartOfTable = (first: string, second: string): boolean =>
  CHAIN.test(first)
    ? /^(?:type \w+ hook |comment "|\}$)/.test(second) || STRAY.test(second)
    : /^(?:set|map) /.test(first) && BLOCK.test(first) && /^(?:type|typeof) [\w. ]+(?: : [\w. ]+)?$/.test(second);

function inTable(r: Reader, line: string, i: number): boolean {
  const table = r.table;
  if (!table) return false;
  if (line === '}') {
    closeTable(r);
    return true;
  }
  const { family, table: name } = table.fact;
  if (!opens(r, line, i, family, name)) {
    const flags = /^flags ([a-z, ]+?);?(?: #.*)?$/.exec(line)?.[1];
    const comment = commentOf(line);
    if (flags !== undefined) table.fact.flags = flags.split(/[, ]+/).sort();
    else if (comment !== undefined) table.fact.comment = comment;
    // `# progname nft` of a table that a program owns.
    else return line.startsWith('#');
  }
  return true;
}

const unquoted = (name: string): string => name.replaceAll('"', '');

function inChain(r: Reader, line: string, i: number): boolean | string {
  const chain = r.chain;
  if (!chain) return false;
  if (line === '}') {
    closeChain(r);
    return true;
  }
  const hook = line.startsWith('type ') ? hookOf(line, chain.family) : undefined;
  const comment = chain.text.length === 0 ? commentOf(line) : undefined;
  if (hook) chain.base = hook;
  else if (comment !== undefined) chain.comment = comment;
  else if (!/^(?:flags offload|policy \w+|devices? .*);?$/.test(line)) return rule(r, chain, line, i);
  return true;
}

function rule(r: Reader, chain: Chain, line: string, i: number): boolean | string {
  // What closes a cut chain, or begins the next.
  if (/^(?:table|chain) \S+.*\{$/.test(line)) return false;
  if (hidesAddress(line)) return MASKED;
  const kept = keptRule(line);
  if ('kind' in kept) return kept.reason;
  if (kept.text === '' && kept.packets === undefined && !line.startsWith('counter')) return false;
  addRule(chain, r.firstLine + i, kept);
  return true;
}

function inBlock(r: Reader, line: string, i: number): boolean | string {
  const block = r.block;
  if (!block) return false;
  if (line === '}') {
    closeBlock(r);
    return true;
  }
  if (block.kind === 'object') return objectLine(block.fact, line);
  const start = /^elements = \{ ?/.exec(line);
  if (!start) return setLine(block.fact, line);
  r.inElements = true;
  const rest = line.slice(start[0].length);
  return rest === '' || elements(r, rest, i);
}

function elements(r: Reader, line: string, i: number): boolean | string {
  const ends = line.endsWith('}');
  if (ends) r.inElements = false;
  const text = (ends ? line.slice(0, -1) : line).trim().replace(/,$/, '');
  if (text === '') return true;
  if (hidesAddress(text)) return MASKED;
  const read = elementsOf(text, r.block?.kind === 'set' ? r.block.fact : { type: '' });
  if (!read) return 'elements that can not be read';
  if (r.block?.kind === 'set')
    for (const element of read) {
      r.block.elements.text.push(element);
      r.block.elements.line.push(r.firstLine + i);
    }
  return true;
}

function closeChain(r: Reader): void {
  if (r.chain) r.out.fact(r.chain.line, chainFact(r.chain, r.shows.rules));
  r.chain = undefined;
}

function closeBlock(r: Reader): void {
  const { block } = r;
  if (block?.kind === 'object') r.out.fact(block.line, block.fact);
  else if (block) r.out.fact(block.line, { ...block.fact, ...(r.shows.elements && { elements: block.elements }) });
  r.block = undefined;
  r.inElements = false;
}

function closeTable(r: Reader): void {
  if (r.table) r.tables.push(r.table);
  r.table = undefined;
}

/** Hands out what the last lines left open: the capture was cut. */
export function closeAll(r: Reader): void {
  const open = r.table !== undefined;
  closeChain(r);
  closeBlock(r);
  closeTable(r);
  if (r.stray) r.out.fact(r.stray.line, chainFact(r.stray, true));
  for (const { line, fact } of r.tables) {
    const managed = r.managed.has(`${fact.family} ${fact.table}`);
    r.out.fact(line, { ...fact, ...(managed && { managed }) });
  }
  if (open) r.out.incomplete('truncated', 'the table does not end');
  if (r.homeless) r.out.incomplete('filtered', 'the rules stand outside of a table, as grep leaves them');
  r.failures.close(r.some);
}
