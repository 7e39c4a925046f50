/**
 * host of bind 9: one fact per name asked for, or per message with `-v` and `-a`.
 *
 *     kubernetes.default.svc.cluster.local has address 10.96.0.1
 *     Host nosuch.cluster.local not found: 3(NXDOMAIN)
 *     ;; connection timed out; no servers could be reached
 */
import type { DnsAnswer, DnsQueryFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { reverseName } from './dns/command.js';
import { headerOf, type Message, readMessage } from './dns/message.js';
import { addAnswer, addMessage, factOf, newQuery, type Query, setServer } from './dns/query.js';
import { dataOf, nameOf } from './dns/record.js';
import { collectFailures } from './text/failure.js';

/* host.c say_message and its rtypetext[]; other types print `has TYPE record`. */
const SAYINGS: readonly (readonly [RegExp, string])[] = [
  [/^(\S+) has address (\S+)$/, 'A'],
  [/^(\S+) has IPv6 address (\S+)$/, 'AAAA'],
  [/^(\S+) is an alias for (\S+)$/, 'CNAME'],
  [/^(\S+) mail is handled by (.+)$/, 'MX'],
  [/^(\S+) name server (\S+)$/, 'NS'],
  [/^(\S+) domain name pointer (\S+)$/, 'PTR'],
  [/^(\S+) descriptive text (.+)$/, 'TXT'],
  [/^(\S+) host information (.+)$/, 'HINFO'],
];
const SAYING = /^(\S+) has ([A-Z][A-Z0-9]*) record (.+)$/;
const NOT_FOUND = /^Host (\S+) not found: \d+\((\w+)\)$/;
const NO_RECORD = /^(\S+) has no (\S+) record$/;
const NAMESERVER = /^Nameserver (\S+):$/;
const TRYING = /^Trying "([^"]+)"/;
const RECEIVED = /^Received \d+ bytes from (\S+?)(?:\(\S+\))? in (\d+) (ms|us)$/;
const SERVER_HEAD = /^(?:Using domain server:|Name: \S*|Aliases: ?.*|Query about .*)$/;
const UNANSWERED = /no servers could be reached/;
const TAKES_VALUE = /^-[a-zA-Z46]*[ctNRWmpk]$/;

interface Asked {
  readonly name?: string;
  readonly type?: string;
  readonly server?: string;
  readonly tcp: boolean;
}

function asked(argv: readonly string[]): Asked {
  const words: string[] = [];
  let type: string | undefined;
  let tcp = false;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (TAKES_VALUE.test(word)) {
      const value = argv[++i];
      if (word.endsWith('t')) type = value?.toUpperCase();
    } else if (word.startsWith('-')) tcp ||= word === '-T';
    else if (!word.includes('$')) words.push(word);
  }
  const [name, server] = words;
  return {
    ...(name !== undefined && { name: reverseName(name) }),
    ...(type !== undefined ? { type } : name !== undefined && canonicalAddress(name) !== undefined && { type: 'PTR' }),
    ...(server !== undefined && { server }),
    tcp,
  };
}

function sayingOf(line: string): DnsAnswer | undefined {
  if (line.length > 4000) return undefined;
  for (const [re, type] of SAYINGS) {
    const m = re.exec(line);
    if (!m) continue;
    const data = m[2] ?? '';
    if ((type === 'A' || type === 'AAAA') && canonicalAddress(data) === undefined) return undefined;
    return { name: nameOf(m[1] ?? ''), type, data: dataOf(type, data) };
  }
  const m = SAYING.exec(line);
  return m ? { name: nameOf(m[1] ?? ''), type: m[2] ?? '', data: dataOf(m[2] ?? '', m[3] ?? '') } : undefined;
}

interface Reading {
  readonly text: Text;
  readonly out: Sink<DnsQueryFact>;
  readonly asked: Asked;
  message: Message | undefined;
  /** Of the head `Using domain server:`, and of `Nameserver X:`. */
  server: string | undefined;
  /** Does the capture show whole messages? Then each is a query of its own. */
  verbose: boolean;
  some: boolean;
}

function close(r: Reading): void {
  const query = r.message?.query;
  r.message = undefined;
  if (!query || (query.status === undefined && query.answers.length === 0 && query.messages.length === 0)) return;
  if (r.asked.name !== undefined) query.name ??= r.asked.name;
  if (r.asked.type !== undefined) query.type ??= r.asked.type;
  const server = query.server ?? r.server ?? canonicalAddress(r.asked.server ?? '');
  if (query.server === undefined && server !== undefined) setServer(query, server);
  if (r.asked.tcp) query.transport ??= 'tcp';
  const fact = factOf(query);
  if (fact) {
    r.some = true;
    r.out.fact(query.line, fact);
  } else r.out.gap(query.line, 'an answer without its question');
}

function open(r: Reading, i: number): Query {
  r.message ??= { query: newQuery(i), section: undefined };
  return r.message.query;
}

const sameName = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

/** Is this about what was asked, or what that is an alias for? */
const isAbout = (query: Query, name: string): boolean =>
  query.name === undefined ||
  sameName(query.name, name) ||
  query.answers.some((a) => sameName(a.name, name) || sameName(a.data, name));

/** The query that a line about `name` belongs to. */
function about(r: Reading, name: string, i: number): Query {
  if (r.message && (r.message.query.unanswered || !isAbout(r.message.query, name))) close(r);
  const query = open(r, i);
  query.name ??= name;
  return query;
}

function result(r: Reading, line: string, i: number): boolean {
  const answer = sayingOf(line);
  if (answer) {
    addAnswer(about(r, answer.name, i), answer);
    return true;
  }
  const missing = NOT_FOUND.exec(line) ?? NO_RECORD.exec(line);
  if (!missing) return false;
  const query = about(r, nameOf(missing[1] ?? ''), i);
  // host asks for A, AAAA and MX in turn: a later refusal does not undo the addresses.
  if (query.answers.length === 0) query.status = NO_RECORD.test(line) ? 'NOERROR' : (missing[2] ?? '');
  addMessage(query, line, r.text.firstLine + i);
  return true;
}

function head(r: Reading, line: string, i: number): boolean {
  const nameserver = NAMESERVER.exec(line)?.[1];
  const trying = TRYING.exec(line)?.[1];
  if (nameserver !== undefined) {
    close(r);
    r.server = nameserver;
  } else if (trying !== undefined) {
    close(r);
    r.verbose = true;
    open(r, i).name = nameOf(trying);
  } else if (/^Address: \S+#\d+$/.test(line)) r.server = line.slice(9);
  else if (/^Using domain server:$/.test(line) && !r.verbose) close(r);
  else if (!SERVER_HEAD.test(line)) return false;
  r.out.noise(i);
  return true;
}

function read(r: Reading, line: string, i: number): boolean {
  if (head(r, line, i)) return true;
  if (result(r, line, i)) {
    r.out.part(i);
    return true;
  }
  const received = RECEIVED.exec(line);
  if (received) {
    const query = open(r, i);
    setServer(query, received[1] ?? '');
    query.milliseconds = Number(received[2]) / (received[3] === 'us' ? 1000 : 1);
    r.out.part(i);
    close(r);
    return true;
  }
  const header = headerOf(line);
  if (header) {
    const query = open(r, i);
    query.line = i;
    query.status = header.status;
    r.out.part(i);
    return true;
  }
  if (!line.startsWith(';') && r.message?.section === undefined) return false;
  if (r.message?.query.unanswered) close(r);
  const query = open(r, i);
  const message = r.message ?? { query, section: undefined };
  const found = readMessage(message, line, r.text.firstLine + i);
  if (UNANSWERED.test(line)) query.unanswered = true;
  if (found === 'noise') r.out.noise(i);
  else if (found !== undefined) r.out.part(i);
  return found !== undefined;
}

export const host = defineParser<DnsQueryFact>({
  command: 'host',
  emits: ['dns-query'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'host' && argv.length > 1 ? {} : undefined),
    // `host NAME` as collectors name it; not hostname, nor listings of a host's system (host-system-status).
    file: /^host-(?!name|system|info|collectors|services?|status|logs?)/,
    sniff(headLines) {
      const lines = headLines.map((l) => l.slice(0, 1000).trim()).filter((l) => l !== '');
      const telling = lines.filter(
        (l) => sayingOf(l) || NOT_FOUND.test(l) || NO_RECORD.test(l) || TRYING.test(l),
      ).length;
      if (telling === 0) return 0;
      if (lines.some((l) => l === 'Using domain server:' || TRYING.test(l) || NOT_FOUND.test(l))) return 3;
      return telling === lines.filter((l) => !NAMESERVER.test(l) && !l.startsWith(';;')).length ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const r: Reading = {
      text,
      out,
      asked: asked(context.argv),
      message: undefined,
      server: undefined,
      verbose: false,
      some: false,
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 8000).trimEnd();
      const bare = r.message?.section === undefined ? line.trimStart() : line;
      if (bare === '') continue;
      if (!read(r, bare, i) && !failures.take(i, line)) out.gap(i, 'not a line of host');
    }
    close(r);
    failures.close(r.some);
  },
});
