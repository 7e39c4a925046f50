import type { IptablesDumpFact, IptablesTableFact } from '../../../facts/index.js';
import { readSpec, type Sink } from '../../../kit/index.js';
import type { Failures } from '../../text/failure.js';
import { otherBackend, tableOf } from '../builtin.js';
import { shareRule } from '../shared.js';
import { addChain, addRule, chainIndex, newTable, type Table, tableFact } from '../table.js';
import { type Columns, columnsOf, countOf, readRow } from './row.js';

/** Where the reading of a listing stands. */
export interface Listing {
  readonly out: Sink<IptablesDumpFact | IptablesTableFact>;
  readonly failures: Failures;
  readonly firstLine: number;
  /** As the command or the file's name says; '' and undefined where the rows must tell. */
  table: string;
  family: 4 | 6 | undefined;
  readonly backend: 'nft' | 'legacy' | undefined;
  /** The table at hand; built-in chains tell where the next one starts. */
  current: Open | undefined;
  columns: Columns | undefined;
  some: boolean;
  homeless: boolean;
}

interface Open {
  readonly table: Table;
  readonly builtin: string[];
  lacks: boolean;
  chain: number;
  family: 4 | 6 | undefined;
}

const HEAD =
  /^\s*Chain (\S+) \((?:policy (\S+?)(?: (\S+) packets, (\S+) bytes)?|(-?\d+) references|ERROR obtaining refs)\)\s*$/;
const COUNT = /^(?:=+|Total Number of Rules: +\d+)\s*$/;
const TOOL =
  /^(?:ip6?tables(?:-\w+)?(?: v[\d.]+)?(?: \((?:nf_tables|legacy)\))?: |Another app is currently holding the xtables lock|Zeroing chain `)/;

/** Hands the table at hand out. Its chains tell which one it is, its addresses the family. */
export function closeListing(l: Listing): void {
  const open = l.current;
  l.current = undefined;
  if (!open) return;
  const name = l.table !== '' ? l.table : (tableOf(open.builtin) ?? '');
  if (name === '') l.homeless = true;
  const fact = tableFact(open.table, name, { form: 'listing', ...(open.lacks && { lacks: ['interfaces'] }) });
  l.out.fact(open.table.line, { ...fact, family: l.family ?? open.family ?? 4 });
}

/** Each table starts with PREROUTING or INPUT, and no built-in chain is twice in it. */
const startsTable = (builtin: readonly string[], name: string): boolean =>
  builtin.includes(name) ||
  (name === 'PREROUTING' && builtin.length > 0) ||
  (name === 'INPUT' && (builtin.includes('OUTPUT') || builtin.includes('POSTROUTING')));

function head(l: Listing, found: RegExpExecArray, i: number): void {
  const [, name = '', policy, packets] = found;
  if (policy !== undefined && l.current && startsTable(l.current.builtin, name)) closeListing(l);
  l.current ??= { table: newTable(i, 4, '', l.backend), builtin: [], lacks: true, chain: 0, family: undefined };
  const { table, builtin } = l.current;
  if (policy !== undefined) builtin.push(name);
  addChain(table, l.firstLine + i, name, policy, countOf(packets));
  l.current.chain = chainIndex(table, name);
  l.columns = undefined;
  l.some = true;
  l.out.part(i);
}

/** Rows whose chain somebody's grep took away. */
const EXCERPT: readonly Columns[] = [
  { indent: 0, numbered: false, counted: true, interfaces: true },
  { indent: 0, numbered: true, counted: true, interfaces: true },
  { indent: 0, numbered: true, counted: false, interfaces: false },
  { indent: 0, numbered: false, counted: false, interfaces: false },
];
const ADDRESS = / !?(?:anywhere|[\d.]+(?:\/\d+)?|[\da-f:]*:[\da-f:.]*(?:\/\d+)?) /;

const isRow = (line: string, columns: Columns): boolean => {
  const row = ADDRESS.test(`${line} `) && / (?:--|[!-]f) /.test(line) ? readRow(line, columns) : '';
  return typeof row !== 'string';
};

function row(l: Listing, line: string, i: number): boolean {
  const columns = l.columns ?? EXCERPT.find((c) => isRow(line, c));
  if (!columns) return false;
  const read = readRow(line, columns);
  if (typeof read === 'string') {
    if (l.failures.take(i, line)) return true;
    l.out.gap(i, read);
    return true;
  }
  const text = shareRule(read.text);
  const reading = readSpec(text);
  if (reading.kind === 'gap') {
    l.out.gap(i, reading.reason);
    return true;
  }
  if (!l.current || !l.columns) l.homeless = true;
  l.current ??= {
    table: newTable(i, 4, '', l.backend),
    builtin: [],
    lacks: !columns.interfaces,
    chain: 0,
    family: undefined,
  };
  const { table } = l.current;
  if (table.chains === 0) l.current.chain = chainIndex(table, '');
  if (read.unread.length > 0) table.unread[table.rules] = read.unread;
  const counted = read.packets === undefined ? undefined : { packets: read.packets };
  addRule(table, l.firstLine + i, l.current.chain, text, counted);
  const prefix = reading.spec.source?.prefix ?? reading.spec.destination?.prefix;
  if (prefix !== undefined) l.current.family ??= prefix.includes(':') ? 6 : 4;
  else if (/ ::\/0 /.test(line)) l.current.family ??= 6;
  else if (/ 0\.0\.0\.0\/0 /.test(line)) l.current.family ??= 4;
  l.some = true;
  l.out.part(i);
  return true;
}

/** Headings of `ufw show raw` and its like (ufw's backend_iptables.py get_running_raw); all but `raw` show chains of one table alone. */
const UFW = /^IPV([46])(?: \((raw|builtins|before|user|after|logging)\))?:$/;
/** `ufw show builtins` puts the table before each of its chains. */
const UFW_CHAIN = /^\((filter|nat|mangle|raw)\) (Chain .*)$/;

function ufwHeading(l: Listing, line: string, i: number): boolean {
  const [, family, shown] = UFW.exec(line) ?? [];
  if (family === undefined) return false;
  closeListing(l);
  l.family = family === '6' ? 6 : 4;
  if (shown !== undefined) l.table = shown === 'raw' || shown === 'builtins' ? '' : 'filter';
  if (shown !== undefined && shown !== 'raw') l.out.incomplete('filtered', `ufw's ${shown} chains alone`);
  l.out.noise(i);
  l.some = true;
  return true;
}

/** The line without the table that ufw puts before it. */
function ofTable(l: Listing, line: string): string {
  const [, table, rest] = UFW_CHAIN.exec(line) ?? [];
  if (table === undefined || rest === undefined) return line;
  if (table !== l.table) closeListing(l);
  l.table = table;
  // Below `IPV6:` too it asks iptables, and not ip6tables: the rows tell.
  l.family = undefined;
  return rest;
}

export function readListingLine(l: Listing, whole: string, i: number): void {
  if (whole.length < 100 && ufwHeading(l, whole.trim(), i)) return;
  const line = whole.startsWith('(') && whole.length < 1000 ? ofTable(l, whole) : whole;
  const found = line.length < 1000 ? HEAD.exec(line) : null;
  if (found) {
    head(l, found, i);
    return;
  }
  const columns = columnsOf(line);
  if (columns) {
    l.columns = columns;
    if (l.current) l.current.lacks = !columns.interfaces;
    l.out.noise(i);
    return;
  }
  const other = otherBackend(line);
  if (other) l.out.fact(i, other);
  else if (line.trim() === '' || COUNT.test(line)) l.out.noise(i);
  else if (line.trim() === '--') {
    l.out.noise(i);
    l.homeless = true;
  } else if (TOOL.test(line)) {
    if (line.startsWith('Zeroing') || line.startsWith('Another')) l.out.noise(i);
    else
      l.out.failed(
        i,
        /ermission denied|must be root/.test(line) ? 'permission-denied' : 'command-failed',
        line.slice(0, 200),
      );
  } else if (!row(l, line, i) && !l.failures.take(i, line)) l.out.gap(i, 'not a line of iptables -L');
}
