/**
 * dig of bind 9 and drill of ldns; several queries in one capture are several facts.
 *
 *     ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4623
 *     ;; SERVER: 10.96.0.10#53(10.96.0.10) (UDP)
 *     ;; communications error to 10.96.0.10#53: timed out
 *     ;; reply from unexpected source: 10.244.1.5#53, expected 10.96.0.10#53
 */
import type { DnsQueryFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { type DigCommand, digCommand } from './dns/command.js';
import { headerOf, type Message, readMessage } from './dns/message.js';
import { addAnswer, addMessage, factOf, newQuery, type Query } from './dns/query.js';
import { recordOf, serverOf } from './dns/record.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';
import { wordsOf } from './text/words.js';

const BANNER = /^; <<>> DiG \S+.*? <<>> ?(.*)$/;
const RECEIVED = /^;; Received \d+ bytes from (\S+?)(?:\(\S+\))? in (\d+) (ms|us)/;
const IDENTIFIED = /^(.*\S) from server (\S+) in (\d+) (ms|us)\.$/;
/** Nobody answered; 9.18 says why above its banner, older ones say all in this line. */
const UNANSWERED = /^;; (?:connection timed out; )?no servers could be reached/;
/** What a try of one server came to. */
const TRY =
  /^;; (?:communications error to|reply from unexpected source|Connection to|UDP setup with|Warning: ID mismatch|\?\?.*|Got SERVFAIL reply from|Question section mismatch)/;
const DRILL_FAILED = /^Error: error sending query: |^Error: (?:could not|error)/i;
const OWN_FAILURE = /^dig: |^Invalid option|^Usage: +dig|^drill: |^ +(?:\{global-d-opt\}|\[ host) |^Use "dig -h"/;

interface Reading {
  readonly text: Text;
  readonly out: Sink<DnsQueryFact>;
  /** `+multiline`: the record above goes on until its parenthesis closes. */
  unclosed?: boolean;
  command: DigCommand | undefined;
  /** Which question of the command line is next. */
  next: number;
  message: Message | undefined;
  /** Was the banner of the open query seen? */
  bannered: boolean;
  banner?: { readonly at: number; readonly words: string };
  some: boolean;
}

/** Takes the question, and the server, that the command line asked. */
function fill(r: Reading, query: Query): void {
  const asked = r.command?.asked[query.name === undefined ? r.next : -1];
  if (asked) {
    query.name = asked.name;
    query.type ??= asked.type;
  }
  const known = asked ?? r.command?.asked.find((a) => a.name === query.name) ?? r.command?.asked[0];
  const server = query.server === undefined ? serverOf(known?.server ?? '').address : undefined;
  if (server !== undefined) query.server = server;
  if (r.command?.tcp) query.transport ??= 'tcp';
  if (r.command?.port !== undefined) query.port ??= r.command.port;
}

function close(r: Reading): void {
  const query = r.message?.query;
  r.message = undefined;
  // `+qr` prints the question before the answer: a message without `qr` was sent.
  const sent = query?.status !== undefined && query.flags && !query.flags.includes('qr');
  if (!query || sent) return;
  if (query.status === undefined && !query.answered && query.answers.length === 0 && query.messages.length === 0)
    return;
  fill(r, query);
  r.next++;
  const fact = factOf(query);
  if (fact) {
    r.some = true;
    r.out.fact(query.line, fact);
  } else r.out.gap(query.line, 'an answer without its question');
}

function open(r: Reading, i: number): Message {
  r.message ??= { query: newQuery(i), section: undefined };
  return r.message;
}

/** Does a bare record go on with the open answer (`+noall +answer`): same owner, or what its alias points to? */
function continues(query: Query, name: string): boolean {
  if (query.type === 'AXFR' || query.answers.length === 0) return true;
  const lower = name.toLowerCase();
  return query.answers.some((a) => a.name.toLowerCase() === lower || a.data.toLowerCase() === lower);
}

const withoutRemark = (line: string): string => line.replace(/;.*$/, '');
const leavesOpen = (line: string): boolean => line.lastIndexOf('(') > line.lastIndexOf(')');

/** What a record outside of any message goes on with. */
function goesOn(r: Reading, line: string, i: number): boolean {
  if (!r.unclosed || !/^\s/.test(line)) return false;
  r.unclosed = !withoutRemark(line).includes(')');
  r.out.part(i);
  return true;
}

/** A record outside of any message. */
function bareRecord(r: Reading, line: string, i: number): boolean {
  const record = recordOf(line);
  if (!record) return false;
  r.unclosed = leavesOpen(withoutRemark(line));
  const transfer = r.command?.asked.some((a) => a.type === 'AXFR' || a.type.startsWith('IXFR'));
  const trace = r.command && r.bannered && r.message?.query.answers.length;
  if (r.message && !transfer && !trace && !continues(r.message.query, record.name)) close(r);
  const { query } = open(r, i);
  if (transfer) fill(r, query);
  else {
    query.name ??= record.name;
    if (query.type === undefined && record.type !== 'CNAME') query.type = record.type;
  }
  addAnswer(query, record);
  r.out.part(i);
  return true;
}

/** `+short`: data alone, and with `+identify` who gave it. */
function short(r: Reading, line: string, i: number): boolean {
  const identified = IDENTIFIED.exec(line);
  const data = identified?.[1] ?? line;
  if (!r.command?.short && !identified) return false;
  if (line.startsWith(';') || isMasked(data) || /^\S+: /.test(line)) return false;
  const { query } = open(r, i);
  fill(r, query);
  const address = canonicalAddress(data);
  const type = address?.includes(':') ? 'AAAA' : address !== undefined ? 'A' : (query.type ?? 'A');
  const named = type === 'A' || type === 'AAAA' ? address === undefined : false;
  addAnswer(query, {
    name: query.name ?? '',
    type: named ? 'CNAME' : type,
    data: (address ?? data.replace(/\.$/, '')).slice(0, 200),
  });
  if (identified) {
    const { address: server } = serverOf(identified[2] ?? '');
    if (server !== undefined) query.server = server;
    query.milliseconds = Number(identified[3]) / (identified[4] === 'us' ? 1000 : 1);
  }
  r.out.part(i);
  return true;
}

function begin(r: Reading, line: string, i: number): boolean {
  const banner = BANNER.exec(line);
  if (banner) {
    // 9.18 says what went wrong above the banner of the very query.
    const early = r.message && !r.bannered && r.message.query.status === undefined && !r.message.query.unanswered;
    if (!early) close(r);
    r.command = digCommand(wordsOf(banner[1] ?? ''));
    r.next = 0;
    r.bannered = true;
    r.banner = { at: i, words: banner[1] ?? '' };
    r.out.noise(i);
    return true;
  }
  // A long command line was wrapped.
  if (r.banner?.at === i - 1 && !line.startsWith(';')) {
    r.command = digCommand(wordsOf(`${r.banner.words} ${line}`));
    r.out.noise(i);
    return true;
  }
  const header = headerOf(line);
  if (!header) return false;
  const before = r.message?.query;
  if (before && (before.status !== undefined || before.unanswered)) close(r);
  const { query } = open(r, i);
  query.line = i;
  query.status = header.status;
  r.out.part(i);
  return true;
}

function endings(r: Reading, line: string, i: number): boolean {
  const at = r.text.firstLine + i;
  const received = RECEIVED.exec(line);
  if (received) {
    const { query } = open(r, i);
    const { address, port } = serverOf(received[1] ?? '');
    if (address !== undefined) query.server = address;
    if (port !== undefined) query.port = port;
    query.milliseconds = Number(received[2]) / (received[3] === 'us' ? 1000 : 1);
    query.answered = true;
    const next = r.command?.asked[0];
    if (next) [query.name, query.type] = [next.name, next.type];
    r.out.part(i);
    close(r);
    return true;
  }
  const unanswered = UNANSWERED.test(line) || DRILL_FAILED.test(line);
  if (!unanswered && !TRY.test(line)) return false;
  const done = r.message?.query;
  // Another try of a TCP query says the same again; anything else behind the end is the next query's.
  const again = done?.unanswered && line.startsWith(';; Connection to') && !r.bannered;
  if (done && ((done.unanswered && !unanswered && !again) || (done.status !== undefined && !TRY.test(line)))) {
    close(r);
    r.bannered = false;
  }
  const { query } = open(r, i);
  addMessage(query, line.replace(/^;; /, ''), at);
  if (unanswered) query.unanswered = true;
  r.out.part(i);
  return true;
}

function read(r: Reading, line: string, i: number): boolean {
  if (goesOn(r, line, i) || begin(r, line, i) || endings(r, line, i)) return true;
  r.unclosed = false;
  if (r.message?.section === undefined && (bareRecord(r, line, i) || short(r, line, i))) return true;
  const message = r.message ?? { query: newQuery(i), section: undefined };
  const found = line.startsWith(';') || r.message ? readMessage(message, line, r.text.firstLine + i) : undefined;
  if (found === undefined) return false;
  if (found === 'noise') r.out.noise(i);
  else {
    r.message = message;
    r.out.part(i);
  }
  if (found === 'end') close(r);
  return true;
}

function parse(text: Text, out: Sink<DnsQueryFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const r: Reading = {
    text,
    out,
    command: argv.length > 1 ? digCommand(argv.slice(1)) : undefined,
    next: 0,
    message: undefined,
    bannered: false,
    some: false,
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 8000).trimEnd();
    if (line === '') continue;
    if (read(r, line, i)) continue;
    if (OWN_FAILURE.test(line)) out.failed(i, 'command-failed', line.slice(0, 200));
    else if (!failures.take(i, line)) out.gap(i, isMasked(line) ? 'the address is masked' : 'not a line of dig');
  }
  close(r);
  failures.close(r.some);
}

export const dig = defineParser<DnsQueryFact>({
  command: 'dig',
  emits: ['dns-query'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      (argv[0] === 'dig' || argv[0] === 'drill' || argv[0] === 'delv' || argv[0] === 'kdig') &&
      !argv.some((w) => w === '+yaml' || w === '-h' || w === '-v')
        ? {}
        : undefined,
    file: /^(?:dig|drill)(?:-|$)/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 2000).trimEnd()).filter((l) => l !== '');
      // `host -v` prints the same messages between lines of its own.
      if (lines.some((l) => /^Trying "|^Using domain server:/.test(l))) return 0;
      if (lines.some((l) => BANNER.test(l))) return 3;
      if (lines.some((l) => headerOf(l) !== undefined)) return 3;
      const bare = lines.filter((l) => recordOf(l) !== undefined || RECEIVED.test(l)).length;
      // `+multiline` goes on below its record, indented.
      const below = lines.some((l) => /\($/.test(l)) ? lines.filter((l) => /^\s+\S/.test(l)).length : 0;
      if (bare > 0 && bare + below === lines.length) return 2;
      return lines.some(
        (l) => UNANSWERED.test(l) || /^;; communications error to|^;; reply from unexpected source/.test(l),
      ) && lines.every((l) => l.startsWith(';'))
        ? 2
        : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
