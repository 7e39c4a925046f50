import { addAnswer, addMessage, type Query, setServer } from './query.js';
import { questionOf, recordOf } from './record.js';

/*
 * A DNS message as dig, `host -v` (bind's dighost.c) and drill (ldns' host2str.c) print it.
 *
 *     ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 47977
 *     ;; flags: qr aa rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1
 *     ;; QUESTION SECTION:
 *     ;kubernetes.default.svc.cluster.local. IN A
 */
const HEADER = /^;; ->>HEADER<<- opcode: (\w+), (?:status|rcode): (\w+), id: (\d+)/;
const FLAGS = /^;; flags: ?([\w ]*?) ?; ?(?:(?:MBZ: \S+; )?(?:QUERY|ZONE): \d+)?/;
const SECTION =
  /^;; (QUESTION|ANSWER|AUTHORITY|ADDITIONAL|ZONE|PREREQUISITE|UPDATE|PRE-REQUISITE) (?:SECTION|RECORDS)?:?/;
const PSEUDO = /^;; (?:OPT|TSIG|SIG0?) PSEUDOSECTION:/;
const TIME = /^;; Query time: (\d+) (msec|usec)/;
const SERVER = /^;; SERVER: (.+)$/;
const END = /^;; (?:MSG SIZE|XFR size|Received \d+ bytes from|RCVD)/;
const REST =
  /^;; (?:WHEN: |global options|Got answer|Sending|QUERY SIZE|WARNING: \.local is reserved|You are currently testing|EDNS: |Padding|Server: |COOKIE|TSIG |Query id|BADCOOKIE|BADVERS|Chase|.*PSEUDOSECTION)|^;;$|^; (?:\(\d+ servers? found\)|EDNS: |COOKIE: |NSID: |CLIENT-SUBNET: |PAD|EXPIRE: |OPT=|KEEPALIVE|TCP.KEEPALIVE|KEY.TAG|CHAIN|Report-Channel)|^\d+ bytes$|^(?:[\da-f]{2} ){8,}/i;

export type Section = 'question' | 'answer' | 'other' | undefined;

/** What a line of a message was. */
export type MessageLine = 'header' | 'part' | 'noise' | 'end' | undefined;

export interface Message {
  query: Query;
  section: Section;
  /** Line of the last record whose data may be long enough to be wrapped, or of what it goes on with. */
  long?: number;
}

/** Types whose data terminals and editors wrap. */
const LONG = /^(?:SOA|RRSIG|DNSKEY|CDNSKEY|DS|NSEC3?|TXT|TLSA|KEY|SIG)$/;

export function headerOf(line: string): { status: string } | undefined {
  const m = HEADER.exec(line);
  return m ? { status: m[2] ?? '' } : undefined;
}

/** A line of the inside of a message into its query. */
export function readMessage(m: Message, line: string, at: number): MessageLine {
  const { query } = m;
  const flags = FLAGS.exec(line);
  if (flags) {
    query.flags = (flags[1] ?? '').split(' ').filter((f) => f !== '');
    return 'part';
  }
  const section = SECTION.exec(line)?.[1];
  if (section !== undefined) {
    m.section = section === 'QUESTION' || section === 'ZONE' ? 'question' : section === 'ANSWER' ? 'answer' : 'other';
    return 'noise';
  }
  if (PSEUDO.test(line)) {
    m.section = 'other';
    return 'noise';
  }
  const time = TIME.exec(line);
  if (time) {
    query.milliseconds = Number(time[1]) / (time[2] === 'usec' ? 1000 : 1);
    return 'part';
  }
  const server = SERVER.exec(line)?.[1];
  if (server !== undefined) {
    setServer(query, server);
    return 'part';
  }
  if (END.test(line)) return 'end';
  const question = m.section === 'question' && line.startsWith(';') ? questionOf(line) : undefined;
  if (question) {
    query.name ??= question.name;
    query.type ??= question.type;
    return 'part';
  }
  return readRest(m, line, at);
}

function readRest(m: Message, line: string, at: number): MessageLine {
  if (REST.test(line)) return 'noise';
  if (line.startsWith(';')) {
    // `; EDE: 14 (Not Ready)`, warnings, and whatever a later version has to say.
    if (!/^;{1,2} ?\S/.test(line)) return undefined;
    addMessage(m.query, line.replace(/^;+ ?/, ''), at);
    return 'part';
  }
  const record = recordOf(line);
  if (record) {
    if (m.section === 'answer' || m.section === undefined) addAnswer(m.query, record);
    if (LONG.test(record.type)) m.long = at;
    return 'part';
  }
  if (m.section !== undefined && m.long === at - 1) {
    m.long = at;
    return 'part';
  }
  // `+multiline`: a record goes on until its parenthesis closes.
  return m.section !== undefined && /^\s+\S/.test(line) ? 'part' : undefined;
}
