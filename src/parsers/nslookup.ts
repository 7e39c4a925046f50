/**
 * nslookup of bind 9, busybox (before and since 1.30) and Windows; one fact per server block.
 *
 *     Server:		10.96.0.10
 *     Address:	10.96.0.10#53
 *
 *     ** server can't find nosuch.cluster.local: NXDOMAIN
 */
import type { DnsQueryFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { reverseName } from './dns/command.js';
import { addAnswer, addMessage, factOf, newQuery, type Query, setServer } from './dns/query.js';
import { dataOf, nameOf, serverOf } from './dns/record.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';

/* bind's nslookup.c printsection and chase_cnames; busybox networking/nslookup.c and nslookup_lede.c. */
const SERVER = /^(?:Default )?Server:\s+(\S+)$/;
const ADDRESS = /^(?:Address(?:es)?(?: \d+)?):\s+(\S+)(?:\s+(\S+))?$/;
const NAME = /^Name:\s+(\S+)$/;
const RECORD =
  /^(\S+)\s+(canonical name|name|mail exchanger|service|text|nameserver|internet address|rdata_\d+|protocol|has AAAA address)\s+(?:= )?(.+)$/;
const TYPES: Readonly<Record<string, string>> = {
  'canonical name': 'CNAME',
  name: 'PTR',
  'mail exchanger': 'MX',
  service: 'SRV',
  text: 'TXT',
  nameserver: 'NS',
  'internet address': 'A',
  'has AAAA address': 'AAAA',
};
const CANT_FIND = /^\*\*\*? (?:server|\S+) can't find (\S+?): (.+)$/;
const NO_ANSWER = /^\*\*\* Can't find (\S+?): (.+)$/;
const CANT_RESOLVE = /^nslookup: can't resolve '([^']*)'(?:: (.*))?$/;
/** Answers whose server was not copied: names with a dot, each with an address below it. */
const PAIRED_NAME = /^Name:\s+\S+\.\S+$/;
const PAIRED_ADDRESS = /^Address(?:: +| \d+: )[\da-f.:]*[.:][\da-f.:]+(?: [\w.-]+)?$/i;
const RESOLVER = /^Address 1: [\da-f.:]+ [\w.-]+$/i;
const WINDOWS_STATUS: Readonly<Record<string, string>> = {
  'Non-existent domain': 'NXDOMAIN',
  'Server failed': 'SERVFAIL',
  'Query refused': 'REFUSED',
};
const MESSAGE =
  /^;; |^nslookup: (?:write to|read|send|connect)|^DNS request timed out|^\*\*\* (?:Request to|No response from|Error|\S+ can't)|^\*\* no /;
const REST =
  /^(?:Non-authoritative answer:|Authoritative answers can be found from:|-{6,}|\s*timeout (?:was|\()|>|Aliases?:|Parse error|Got answer:|HEADER:|;; (?:Got answer))|^\s+(?:QUESTIONS|ANSWERS|AUTHORITY RECORDS|ADDITIONAL RECORDS):|^\s+->|^\s+(?:origin|mail addr|serial|refresh|retry|expire|minimum|primary name server|responsible mail addr|default TTL|ttl|internet address|canonical name|name|nameserver|service|text|mail exchanger|has AAAA address|rdata_\d+|priority|weight|port|svr hostname|preference)\s*=?|^\s+\S+, type = |^exit$/;

interface Reading {
  readonly text: Text;
  readonly out: Sink<DnsQueryFact>;
  readonly asked: { name?: string; type?: string; server?: string };
  query: Query | undefined;
  /** Name that the next addresses are of; before any they are the server's. */
  name: string | undefined;
  some: boolean;
}

function asked(argv: readonly string[]): Reading['asked'] {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  const plain = words.slice(1).filter((w) => !w.startsWith('-') && !w.includes('$'));
  const type = words.map((w) => /^-(?:query|querytype|type|q|t)=(\S+)$/.exec(w)?.[1]?.toUpperCase()).find((t) => t);
  const [name, server] = plain;
  return {
    ...(name !== undefined && { name: reverseName(name) }),
    ...(type !== undefined ? { type } : name !== undefined && canonicalAddress(name) !== undefined && { type: 'PTR' }),
    ...(server !== undefined && { server }),
  };
}

function close(r: Reading): void {
  const { query } = r;
  r.query = undefined;
  r.name = undefined;
  if (!query || (query.status === undefined && query.answers.length === 0 && query.messages.length === 0)) return;
  if (r.asked.name !== undefined) query.name ??= r.asked.name;
  if (r.asked.type !== undefined) query.type ??= r.asked.type;
  const server = query.server === undefined ? serverOf(r.asked.server ?? '').address : undefined;
  if (server !== undefined) query.server = server;
  const fact = factOf(query);
  if (fact) {
    r.some = true;
    r.out.fact(query.line, fact);
  } else r.out.gap(query.line, 'an answer without its question');
}

function open(r: Reading, i: number): Query {
  r.query ??= newQuery(i);
  return r.query;
}

/** `Address: 10.96.0.1`, of Windows also further ones on lines of their own. */
function address(r: Reading, text: string, i: number): boolean {
  const query = open(r, i);
  if (r.name === undefined && query.answers.length === 0) {
    setServer(query, text);
    return query.server !== undefined;
  }
  const canonical = canonicalAddress(text);
  if (canonical === undefined) return false;
  const name = r.name ?? query.name ?? r.asked.name ?? '';
  addAnswer(query, { name, type: canonical.includes(':') ? 'AAAA' : 'A', data: canonical });
  return true;
}

/** What did not come. */
function failed(r: Reading, line: string, i: number): boolean {
  const at = r.text.firstLine + i;
  const cant = CANT_FIND.exec(line) ?? NO_ANSWER.exec(line);
  if (cant) {
    const query = open(r, i);
    query.name ??= nameOf(cant[1] ?? '');
    const said = cant[2] ?? '';
    const status = NO_ANSWER.test(line) && said === 'No answer' ? 'NOERROR' : (WINDOWS_STATUS[said] ?? said);
    if (/^[A-Z]+$/.test(status) && query.answers.length === 0) query.status = status;
    addMessage(query, line, at);
    return true;
  }
  const resolve = CANT_RESOLVE.exec(line);
  if (resolve) {
    // Old busybox on musl can't name the server itself: `can't resolve '(null)'`, and goes on.
    if (resolve[1] === '(null)') return true;
    const query = open(r, i);
    query.name ??= nameOf(resolve[1] ?? '');
    addMessage(query, line, at);
    return true;
  }
  if (!MESSAGE.test(line)) return false;
  const query = open(r, i);
  addMessage(query, line.replace(/^;; /, ''), at);
  if (/no servers could be reached|timed-out/.test(line)) {
    query.unanswered = true;
    close(r);
  }
  return true;
}

function read(r: Reading, line: string, i: number): boolean {
  const bare = line.trim();
  const server = SERVER.exec(bare);
  if (server) {
    // The messages of a try stand above the server that answered in the end.
    if (r.query && (r.query.status !== undefined || r.query.answers.length > 0 || r.query.server !== undefined))
      if (r.query.messages.length === 0 || r.query.answers.length > 0 || r.query.status !== undefined) close(r);
    const query = open(r, i);
    setServer(query, server[1] ?? '');
    r.name = undefined;
    return true;
  }
  const named = NAME.exec(bare);
  if (named) {
    r.name = nameOf(named[1] ?? '');
    open(r, i).name ??= r.name;
    return true;
  }
  const at = ADDRESS.exec(bare);
  if (at) return address(r, at[1] ?? '', i);
  if (failed(r, bare, i)) return true;
  const record = line.startsWith(' ') || line.startsWith('\t') ? null : RECORD.exec(line);
  const type = TYPES[record?.[2] ?? ''] ?? record?.[2]?.replace('rdata_', 'TYPE').toUpperCase();
  if (record && type !== undefined) {
    const query = open(r, i);
    const name = nameOf(record[1] ?? '');
    query.name ??= name;
    addAnswer(query, { name, type, data: dataOf(type, record[3] ?? '') });
    return true;
  }
  // Further addresses of Windows.
  return /^\s/.test(line) && r.name !== undefined && canonicalAddress(bare) !== undefined && address(r, bare, i);
}

export const nslookup = defineParser<DnsQueryFact>({
  command: 'nslookup',
  emits: ['dns-query'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'nslookup' || (argv[0] === 'busybox' && argv[1] === 'nslookup') ? {} : undefined),
    file: /^nslookup/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000).trim()).filter((l) => l !== '');
      const at = lines.findIndex((l) => SERVER.test(l));
      if (at >= 0 && lines.slice(at + 1, at + 4).some((l) => ADDRESS.test(l) || CANT_RESOLVE.test(l))) return 3;
      const answers = RESOLVER.test(lines[0] ?? '') ? lines.slice(1) : lines;
      if (answers.length > 1 && answers.every((l, i) => (i % 2 === 0 ? PAIRED_NAME : PAIRED_ADDRESS).test(l))) return 2;
      return lines.some((l) => /^\*\* server can't find /.test(l) || CANT_RESOLVE.test(l)) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const r: Reading = { text, out, asked: asked(context.argv), query: undefined, name: undefined, some: false };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (line.trim() === '') continue;
      if (read(r, line, i)) out.part(i);
      else if (REST.test(line) || REST.test(line.trimStart())) out.noise(i);
      // `-type=soa` prints its owner alone, and the fields below it.
      else if (/^\S+$/.test(line) && /^\s+origin = /.test(text.line(i + 1))) {
        open(r, i).name ??= nameOf(line);
        addAnswer(open(r, i), {
          name: nameOf(line),
          type: 'SOA',
          data: text
            .line(i + 1)
            .trim()
            .slice(9, 200),
        });
        out.part(i);
      } else if (!failures.take(i, line))
        out.gap(i, isMasked(line.replace(/^.*:\s+/, '')) ? 'the address is masked' : 'not a line of nslookup');
    }
    close(r);
    failures.close(r.some);
  },
});
