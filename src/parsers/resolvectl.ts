/**
 * resolvectl of systemd-resolved (`systemd-resolve` before 239): status, and answers to queries.
 *
 *     Link 2 (eth0)
 *       Current DNS Server: 10.0.0.2
 *              DNS Servers: 10.0.0.2
 *                           10.0.0.3
 *
 *     kubernetes.io: 147.75.40.148                   -- link: eth0
 */
import type { DnsQueryFact, ResolvedFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { addAnswer, addMessage, factOf, newQuery, type Query } from './dns/query.js';
import { nameOf, recordOf } from './dns/record.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';
import { wordsOf } from './text/words.js';

/* systemd's resolvectl.c print_link_info, print_global_info, resolve_host; a key is padded to the left, further values have none. */
const LINK = /^Link \d+ \((\S+)\)(?:: ?(.*))?$/;
const GLOBAL = /^Global(?:: ?(.*))?$/;
const FIELD = /^\s*([A-Z][A-Za-z.+ ]*[A-Za-z]|resolv\.conf mode): ?(.*)$/;
const KEYS: ReadonlySet<string> = new Set([
  'Current Scopes',
  'Protocols',
  'Current DNS Server',
  'DNS Servers',
  'Fallback DNS Servers',
  'DNS Domain',
  'DNS Domains',
  'Default Route',
  'DefaultRoute setting',
  'LLMNR setting',
  'MulticastDNS setting',
  'DNSOverTLS setting',
  'DNSSEC setting',
  'DNSSEC supported',
  'DNSSEC NTA',
  'resolv.conf mode',
]);
const ANSWER = /^(\S+): (\S+)(?:%\S+)?(?:\s+-- link: (\S+))?\s*$/;
const FAILED =
  /^(\S+): (resolve call failed: .*|.* not found|No appropriate name servers.*|All attempts to contact.*|Lookup failed.*|Query timed out.*|DNSSEC validation failed.*|.*timed out.*)$/;
const ACQUIRED = /^-- Information acquired via protocol (\S+) in ([\d.]+)(us|ms|s)/;

type Out = Sink<DnsQueryFact | ResolvedFact>;

interface Section {
  readonly line: number;
  readonly dev: string | undefined;
  readonly nameservers: string[];
  readonly domains: string[];
  readonly lines: number[];
  current: string | undefined;
  mode: string | undefined;
  key: string;
}

interface Reading {
  readonly text: Text;
  readonly out: Out;
  section: Section | undefined;
  query: Query | undefined;
  some: boolean;
}

function closeSection(r: Reading): void {
  const s = r.section;
  r.section = undefined;
  if (!s) return;
  const { dev, nameservers, current, domains, mode, lines } = s;
  r.out.fact(s.line, {
    kind: 'resolved',
    ...(dev !== undefined && { dev }),
    nameservers,
    ...(current !== undefined && { current }),
    domains,
    ...(mode !== undefined && { mode }),
    lines,
  });
}

function closeQuery(r: Reading): void {
  const { query } = r;
  r.query = undefined;
  const fact = query && factOf(query);
  if (query && fact) r.out.fact(query.line, fact);
}

/** `10.0.0.2`, `10.0.0.2:5353#name`, `fe80::1%eth0`. */
function serverIn(word: string): string | undefined {
  const bare = word.replace(/#\S*$/, '');
  const zone = bare.indexOf('%');
  const address = canonicalAddress(zone === -1 ? bare : bare.slice(0, zone));
  if (address !== undefined) return zone === -1 ? address : address + bare.slice(zone);
  return canonicalAddress(bare.replace(/^\[?(.*?)\]?:\d+$/, '$1'));
}

/** Values of a key, one or more in a line; a reason when one can't be read. */
function take(s: Section, values: string, at: number): string | undefined {
  const words = wordsOf(values.slice(0, 4000));
  if (s.key === 'Current DNS Server' || s.key === 'DNS Servers') {
    for (const word of words) {
      const server = serverIn(word);
      if (server === undefined) return isMasked(word) ? 'the address is masked' : 'not an address of a name server';
      if (s.key === 'Current DNS Server') s.current = server;
      else {
        s.nameservers.push(server);
        s.lines.push(at);
      }
    }
  } else if (s.key === 'DNS Domain' || s.key === 'DNS Domains') s.domains.push(...words.filter((w) => w !== 'none'));
  else if (s.key === 'resolv.conf mode') s.mode = words[0];
  return undefined;
}

function readStatus(r: Reading, line: string, i: number): boolean {
  const link = LINK.exec(line);
  const global = link ? null : GLOBAL.exec(line);
  if (link || global) {
    closeSection(r);
    r.some = true;
    const none = { nameservers: [], domains: [], lines: [], current: undefined, mode: undefined };
    r.section = { line: i, dev: link?.[1], ...none, key: '' };
    // `resolvectl dns` and `resolvectl domain` print one line per link.
    const short = wordsOf(link?.[2] ?? global?.[1] ?? '');
    for (const word of short) {
      const server = serverIn(word);
      if (server === undefined) r.section.domains.push(word);
      else {
        r.section.nameservers.push(server);
        r.section.lines.push(r.text.firstLine + i);
      }
    }
    return true;
  }
  if (!r.section) return false;
  const field = FIELD.exec(line);
  const known = field && KEYS.has(field[1] ?? '');
  if (!known && !/^\s{6,}\S/.test(line)) return false;
  if (known) r.section.key = field[1] ?? '';
  const reason = take(r.section, known ? (field[2] ?? '') : line, r.text.firstLine + i);
  if (reason === undefined) r.out.part(i);
  else r.out.gap(i, reason);
  return true;
}

function begin(r: Reading, name: string, i: number): Query {
  closeQuery(r);
  r.some = true;
  r.query = newQuery(i);
  r.query.name = nameOf(name);
  return r.query;
}

function readAnswer(r: Reading, line: string, i: number): boolean {
  const failed = FAILED.exec(line);
  if (failed) {
    const query = begin(r, failed[1] ?? '', i);
    addMessage(query, failed[2] ?? '', r.text.firstLine + i);
    if (/not found$/.test(line) && !/appropriate/.test(line)) query.status = 'NXDOMAIN';
    return true;
  }
  const acquired = ACQUIRED.exec(line);
  if (acquired && r.query) {
    const scale = acquired[3] === 'us' ? 0.001 : acquired[3] === 's' ? 1000 : 1;
    r.query.milliseconds = Math.round(Number(acquired[2]) * scale * 1000) / 1000;
    r.out.part(i);
    return true;
  }
  if (/^-- /.test(line)) {
    r.out.noise(i);
    return true;
  }
  const answer = ANSWER.exec(line);
  const further = /^\s+(\S+?)(?:%\S+)?(?:\s+-- link: \S+)?\s*$/.exec(line);
  const address = canonicalAddress(answer?.[2] ?? further?.[1] ?? '');
  if (address !== undefined && (answer || r.query)) {
    const query = answer ? begin(r, answer[1] ?? '', i) : r.query;
    const type = address.includes(':') ? 'AAAA' : 'A';
    if (query) addAnswer(query, { name: query.name ?? '', type, data: address });
    r.out.part(i);
    return true;
  }
  // `-t SRV` prints records as dig does; a host's canonical name stands in parentheses.
  const record = recordOf(line.replace(/\s+-- link: \S+\s*$/, ''));
  if (record) {
    const query = r.query?.name === record.name ? r.query : begin(r, record.name, i);
    query.type = record.type;
    addAnswer(query, record);
    r.out.part(i);
    return true;
  }
  if (r.query && /^\s+\(\S+\)$/.test(line)) {
    r.out.part(i);
    return true;
  }
  return false;
}

export const resolvectl = defineParser<DnsQueryFact | ResolvedFact>({
  command: 'resolvectl',
  emits: ['dns-query', 'resolved'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'resolvectl' && argv[0] !== 'systemd-resolve') return undefined;
      const verb = argv.slice(1).find((w) => !w.startsWith('-'));
      if (argv.includes('--statistics') || verb === 'statistics') return undefined;
      if (argv[0] === 'systemd-resolve') return { kinds: argv.includes('--status') ? ['resolved'] : ['dns-query'] };
      if (verb === undefined || verb === 'status' || verb === 'dns' || verb === 'domain')
        return { kinds: ['resolved'] };
      return verb === 'query' ? { kinds: ['dns-query'] } : undefined;
    },
    file: /^(?:resolvectl|systemd-resolve)/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 300));
      const fields = lines.filter((l) => KEYS.has(FIELD.exec(l)?.[1] ?? '')).length;
      if (fields > 2 && lines.some((l) => GLOBAL.test(l) || LINK.test(l))) return 3;
      return lines.some((l) => ACQUIRED.test(l)) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const r: Reading = { text, out, section: undefined, query: undefined, some: false };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (line.trim() === '') continue;
      if (!readStatus(r, line, i) && !readAnswer(r, line, i) && !failures.take(i, line))
        out.gap(i, 'not a line of resolvectl');
    }
    closeSection(r);
    closeQuery(r);
    failures.close(r.some);
  },
});
