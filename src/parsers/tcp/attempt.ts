import type { TcpAttemptFact, TcpOutcome } from '../../facts/index.js';
import { canonicalAddress, type Draft } from '../../kit/index.js';

/** One attempt while its lines are read. */
export interface Attempt {
  line: number;
  target?: string;
  address?: string;
  port?: number;
  protocol: 'tcp' | 'udp';
  outcome?: TcpOutcome;
  localAddress?: string;
  localPort?: number;
  milliseconds?: number;
  httpStatus?: number;
  transfer?: { bitsPerSecond: number; retransmits?: number };
  what?: string;
}

export const newAttempt = (line: number): Attempt => ({ line, protocol: 'tcp' });

/* strerror of glibc and musl, and the tools' own words; EACCES of connect() is a `prohibit` route, EPERM the own firewall. */
const OUTCOMES: readonly (readonly [RegExp, TcpOutcome])[] = [
  [
    /could(?: not|n't) resolve|unable to resolve|resolv|unknown host|name or service not known|name resolution|bad address|lookup fail|host lookup|nodename nor servname|getaddrinfo|not known|no address associated/i,
    'dns-failed',
  ],
  [/refused/i, 'refused'],
  [/reset by peer|empty reply|broken pipe|closed unexpectedly|unexpected eof|connection closed/i, 'reset'],
  [/with \d+ (?:out of -?\d+ )?bytes received|read error \(connection timed out\)/i, 'stalled'],
  [/timed? ?-?out|timeout/i, 'timeout'],
  [/no route|unreachable|host is down|cannot assign requested address|address not available/i, 'no-route'],
  [/operation not permitted|permission denied/i, 'blocked'],
  [/ssl|tls|certificate|handshake|wrong version number/i, 'tls-failed'],
];

/** What a message of a tool says of the attempt. */
export const outcomeOf = (message: string): TcpOutcome =>
  OUTCOMES.find(([re]) => re.test(message.slice(0, 400)))?.[1] ?? 'failed';

export function setTarget(attempt: Attempt, host: string, port?: string | number): void {
  const bare = host.replace(/^\[|\]$/g, '');
  const address = canonicalAddress(bare);
  attempt.target ??= address ?? bare;
  if (address !== undefined) attempt.address ??= address;
  const number = Number(port ?? Number.NaN);
  if (Number.isInteger(number) && number >= 0 && number < 65_536) attempt.port ??= number;
}

const SCHEMES: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ftp: 21,
  telnet: 23,
  ldap: 389,
  ws: 80,
  wss: 443,
};

/** Host and port of a URL, or of `host:port/path` as curl takes it too. */
export function urlTarget(url: string): { host: string; port?: number } | undefined {
  const m =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:[^/@\s]*@)?(\[[\da-fA-F:.%]+\]|[\w.-]+)(?::(\d{1,5}))?(?:[/?#]\S*)?$/i.exec(url);
  if (!m) return undefined;
  const port = m[3] === undefined ? SCHEMES[(m[1] ?? 'http').toLowerCase()] : Number(m[3]);
  return { host: m[2] ?? '', ...(port !== undefined && { port }) };
}

/** The fact of an attempt; undefined when it is not told whom it went to or how it ended. */
export function attemptFact(attempt: Attempt): Draft<TcpAttemptFact> | undefined {
  const { line: _, target, outcome, what, transfer, ...rest } = attempt;
  if (target === undefined || outcome === undefined) return undefined;
  return {
    kind: 'tcp-attempt',
    target,
    ...rest,
    outcome,
    ...(transfer && { transfer }),
    ...(what !== undefined && { what: what.slice(0, 200) }),
  };
}
