/*
 * table ip nat { # handle 3
 * 	chain postrouting {
 * 		type nat hook postrouting priority srcnat; policy accept;
 * 		ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 counter packets 4 bytes 240 masquerade fully-random
 * 	}
 * }
 */
import type { NftFact } from '../facts/index.js';
import { type CaptureContext, defineParser, type Sink, type Text } from '../kit/index.js';
import { type NftCommand, nftCommand } from './nftables/command.js';
import { closeAll, isPartOfTable, type Reader, readLine } from './nftables/reader.js';
import { isEcho } from './nftables/remark.js';
import { collectFailures } from './text/failure.js';

/** What a command line, or the name of a file, says of the listing. */
const commandOf = ({ argv, fileName }: CaptureContext): NftCommand | undefined =>
  nftCommand(argv) ?? (/ruleset/i.test(fileName) ? nftCommand(['nft', 'list', 'ruleset']) : undefined);

const FILE = /\.nft$|(?:^|\/)nftables\.conf$/;

/** A configuration has the same form, and says nothing of what the kernel holds. */
const isConfiguration = ({ argv, fileName, path }: CaptureContext, head: readonly string[]): boolean =>
  argv[0] !== 'nft' &&
  (FILE.test(fileName) ||
    argv.slice(1).some((word) => FILE.test(word)) ||
    /(?:^|\/)etc\/(?:nftables|sysconfig)/.test(path ?? '') ||
    isScript(head));

/** Braces that the line opens and does not close, those in quotes aside. */
function openBraces(line: string): number {
  let open = 0;
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line.charCodeAt(i);
    if (c === 34) quoted = !quoted;
    else if (!quoted && c === 123) open++;
    else if (!quoted && c === 125) open--;
  }
  return open;
}

const MOST_LINES = 200;

/** A rule or list of devices whose set goes on in the next lines: all of them as one, and how many there are. */
function wholeRule(
  text: Text,
  i: number,
  line: string,
  openAt: OpenAt,
): { readonly line: string; readonly lines: number } {
  let open = openAt(i, line);
  if (open <= 0) return { line, lines: 1 };
  let lines = 1;
  while (open > 0 && lines < MOST_LINES && i + lines < text.count) open += openAt(i + lines++);
  if (open !== 0) return { line, lines: 1 };
  const others = Array.from({ length: lines - 1 }, (_, k) => text.line(i + 1 + k).trim());
  return { line: [line, ...others].join(' '), lines };
}

type OpenAt = (i: number, line?: string) => number;

/** Braces of each line, counted once: in a broken text many rules seem to go on. */
function openCounts(text: Text): OpenAt {
  const known = new Map<number, number>();
  return (i, line = text.line(i)) => {
    const open = known.get(i) ?? openBraces(line);
    known.set(i, open);
    return open;
  };
}

/** A blank behind the counters, where nft prints a target of xtables that it has no words for: nothing (ip6's DNAT and MASQUERADE in 1.0.6). */
const UNSAID = /(?:^|[ \t])counter packets \d+ bytes \d+ $/;

/** A line of the listing without what is around it; a target that is not said stands there as one of which nothing is known. */
function withTarget({ chain, padded }: Reader, raw: string): string {
  const line = raw.trim();
  return chain && !padded && chain.family !== 'inet' && UNSAID.test(raw) ? `${line} xt target ?` : line;
}

function parseListing(text: Text, out: Sink<NftFact>, context: CaptureContext): void {
  const command = commandOf(context);
  const r: Reader = {
    out,
    failures: collectFailures(out),
    firstLine: text.firstLine,
    shows: { rules: command?.rules ?? true, elements: command?.elements ?? true },
    table: undefined,
    chain: undefined,
    stray: undefined,
    block: undefined,
    inElements: false,
    managed: new Set(),
    tables: [],
    some: false,
    homeless: false,
    padded: text.count > 0 && /[ \t]$/.test(text.line(0)),
  };
  const openAt = openCounts(text);
  for (let i = 0; i < text.count; ) {
    const line = withTarget(r, text.line(i));
    const isRule = r.chain !== undefined || r.block?.kind === 'object';
    const whole = isRule ? wholeRule(text, i, line, openAt) : { line, lines: 1 };
    if (line === '') out.noise(i);
    // The place that an error of the command line points to.
    else if (!r.table && isEcho(line)) out.noise(i);
    else {
      readLine(r, whole.line, i);
      for (let k = 1; k < whole.lines; k++) out.part(i + k);
    }
    i += whole.lines;
  }
  closeAll(r);
  if (!command && r.tables.length === 1)
    out.incomplete('filtered', 'one table, and nothing says whether the command listed others');
}

const HEAD = /^table (?:ip|ip6|inet|arp|bridge|netdev) \S+(?: \{)?(?: ?#.*)?$/;
const INNER =
  /^(?:\}|(?:chain|set|map|meter|flowtable|counter|quota|limit|secmark|synproxy|ct (?:helper|timeout|expectation)) \S+ \{(?: ?#.*)?|comment ".*"|flags [a-z, ]+;?|table .*)$/;
const CONFIGURATION = /^(?:#!|flush |define |include |(?:add|delete|destroy|create|insert) )/;

const LONGEST_HEAD = 200;
const trimmed = (lines: readonly string[]): readonly string[] =>
  lines.map((l) => l.slice(0, 500).trim()).filter((l) => l !== '');

/** What `nft -f` was fed: commands and definitions stand before its tables. */
function isScript(head: readonly string[]): boolean {
  const table = head.findIndex((l) => HEAD.test(l) && l.includes('{'));
  return table > 0 && INNER.test(head[table + 1] ?? '') && head.slice(0, table).some((l) => CONFIGURATION.test(l));
}

/** `nft list …` as text, of all versions and options. */
export const nftList = defineParser<NftFact>({
  command: 'nft-list',
  emits: ['nft-table', 'nft-chain', 'nft-set', 'nft-object'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = nftCommand(argv);
      return command && !command.json ? command.claim : undefined;
    },
    file: /(?:^|-)nft(?:ables)?-(?:a-|s-|n-|nn-|an-|t-)*(?:list-)?(?:ruleset|rules|tables?)(?:$|-)|^nft(?:ables)?$/,
    sniff(head) {
      const lines = trimmed(head);
      if (isScript(lines)) return 3;
      if (lines.some((l) => CONFIGURATION.test(l))) return 0;
      const told = lines.filter((l) => !l.startsWith('#'));
      const [first = '', second = ''] = told;
      if (!HEAD.test(first)) return isPartOfTable(first, second) ? 2 : 0;
      if (!first.includes('{')) return told.every((l) => HEAD.test(l)) ? 3 : 0;
      return INNER.test(second) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const head = Array.from({ length: Math.min(text.count, LONGEST_HEAD) }, (_, i) => text.line(i));
    if (!isConfiguration(context, trimmed(head))) return parseListing(text, out, context);
    for (let i = 0; i < text.count; i++) out.noise(i);
    out.only([]);
  },
});
