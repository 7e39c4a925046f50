import type { DnsAnswer, DnsOutcome, DnsQueryFact } from '../../facts/index.js';
import { canonicalAddress, type Draft } from '../../kit/index.js';
import { serverOf } from './record.js';

const MOST_ANSWERS = 32;
const MOST_MESSAGES = 32;
const MOST_OF_MESSAGE = 200;

/** One query while its lines are read. */
export interface Query {
  line: number;
  name?: string;
  type?: string;
  server?: string;
  port?: number;
  transport?: NonNullable<DnsQueryFact['transport']>;
  status?: string;
  flags?: readonly string[];
  readonly answers: DnsAnswer[];
  answerCount: number;
  milliseconds?: number;
  unexpected?: { from: string; expected: string; fromPort?: number; line: number };
  readonly messages: { what: string; line: number }[];
  failure?: DnsOutcome;
  /** An answer came, though its status is not printed. */
  answered: boolean;
  /** Nobody answered: said in the end. */
  unanswered: boolean;
}

export const newQuery = (line: number): Query => ({
  line,
  answers: [],
  answerCount: 0,
  messages: [],
  answered: false,
  unanswered: false,
});

export function addAnswer(query: Query, answer: DnsAnswer): void {
  query.answerCount++;
  if (query.answers.length < MOST_ANSWERS) query.answers.push(answer);
}

export function setServer(query: Query, text: string): void {
  const { address, port, transport } = serverOf(text);
  if (address !== undefined) query.server = address;
  if (port !== undefined) query.port = port;
  if (transport !== undefined) query.transport = transport;
}

/** Which failure a message tells of. The later counts: the last server that was tried. */
const FAILURES: readonly (readonly [RegExp, DnsOutcome])[] = [
  [/connection refused/i, 'connection-refused'],
  [/timed out|no response from server|no servers could be reached/i, 'timeout'],
  [/(?:network|host) (?:is )?unreachable|no route to host|address not available|cannot assign/i, 'unreachable'],
  [
    /end of file|connection reset|network error|bad packet|transfer failed|operation not permitted|permission denied/i,
    'failed',
  ],
];

const UNEXPECTED = /reply from unexpected source: ([\da-fA-F.:%]+)#(\d+), expected ([\da-fA-F.:%]+)#(\d+)/;
const ABOUT_SERVER =
  /(?:communications error to|Connection to|UDP setup with|no response from|write to|reply from) '?([\da-fA-F.:%]+(?:#\d+)?)/;

/** A message of dig, host or nslookup about the query; `at` is the line's number in the file. */
export function addMessage(query: Query, what: string, at: number): void {
  const text = what.slice(0, 500);
  const unexpected = UNEXPECTED.exec(text);
  const from = canonicalAddress(unexpected?.[1] ?? '');
  const expected = canonicalAddress(unexpected?.[3] ?? '');
  if (from !== undefined && expected !== undefined) {
    const fromPort = unexpected?.[2] === unexpected?.[4] ? undefined : Number(unexpected?.[2]);
    query.unexpected ??= { from, expected, ...(fromPort !== undefined && { fromPort }), line: at };
    query.server ??= expected;
  } else {
    const failure = FAILURES.find(([re]) => re.test(text))?.[1];
    // `no servers could be reached` sums up what was said before it.
    if (failure && !(query.failure && /no servers could be reached/.test(text))) query.failure = failure;
    const about = ABOUT_SERVER.exec(text)?.[1];
    if (about !== undefined) setServer(query, about);
  }
  if (query.messages.length < MOST_MESSAGES) query.messages.push({ what: text.slice(0, MOST_OF_MESSAGE), line: at });
}

function outcomeOf(query: Query): DnsOutcome {
  if (query.status !== undefined || query.answered || (query.answers.length > 0 && !query.unanswered))
    return 'answered';
  if (query.unexpected) return 'unexpected-source';
  return query.failure ?? (query.unanswered ? 'timeout' : 'failed');
}

/** The fact of a query; undefined when nothing tells what was asked. */
export function factOf(query: Query): Draft<DnsQueryFact> | undefined {
  const { name, type, server, port, transport, status, flags, milliseconds, unexpected } = query;
  if (name === undefined) return undefined;
  return {
    kind: 'dns-query',
    name,
    ...(type !== undefined && { type }),
    ...(server !== undefined && { server }),
    ...(port !== undefined && { port }),
    ...(transport !== undefined && { transport }),
    outcome: outcomeOf(query),
    ...(status !== undefined && { status }),
    ...(flags && { flags }),
    answers: query.answers,
    ...(query.answerCount > query.answers.length && { answerCount: query.answerCount }),
    ...(milliseconds !== undefined && { milliseconds }),
    ...(unexpected && { unexpectedSource: unexpected }),
    messages: query.messages,
  };
}
