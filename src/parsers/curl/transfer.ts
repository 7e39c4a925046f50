import type { TcpAttemptFact } from '../../facts/index.js';
import { canonicalAddress, type Sink } from '../../kit/index.js';
import { type Attempt, attemptFact, newAttempt, outcomeOf, setTarget } from '../tcp/attempt.js';

/*
 * What `curl -v` says of its connections (lib/connect.c, lib/cf-socket.c, lib/url.c), from 7.19 to 8.x:
 *
 *     *   Trying 10.71.2.2:9001...
 *     * connect to 10.71.2.2 port 9001 from 10.71.1.2 port 40000 failed: No route to host
 *     * Connected to svc.example (10.71.2.2) port 8080 (#0)
 *     * Established connection to svc.example (10.71.2.2 port 8080) from 10.71.1.2 port 40000
 */
const ABOUT = /^About to connect\(\) to (\S+) port (\d+)/;
const TRYING = /^ *Trying (\[[\da-fA-F:.%]+\]|[\da-fA-F:.]+?)(?::(\d{1,5}))?\.\.\.(?: (.+))?$/;
const CONNECTED = /^Connected to (\S+) \(([\da-fA-F:.%]+)\) port (\d+)/;
const ESTABLISHED = /^Established connection to (\S+) \(([\da-fA-F:.%]+) port (\d+)\)(?: from (\S+) port (\d+))?/;
const CONNECT_FAILED = /^connect to (\S+) port (\d+)(?: from (\S+) port (\d+))? failed: (.+)$/;
const IMMEDIATE = /^Immediate connect fail for (\S+): (.+)$/;
const FAILED =
  /^Failed to connect to (\S+) port (\d+)(?: after (\d+) ms)?:? ?(.*)$|^Failed connect to (\S+?):(\d+); (.+)$/;
const UNRESOLVED = /^Could(?: not|n't) resolve host(?:name)?:? '?([^';\s]+)/;
const LOCAL = /^Local port: (\d+)$/;
const BROKEN =
  /^(?:Recv failure|Send failure|Empty reply from server|Operation timed out after|Connection timed out after|SSL connection timeout|OpenSSL SSL_connect|SSL certificate problem|SSL:|NSS error|gnutls_handshake|error:|OpenSSL\/\S+: error|schannel:|TLS connect error|Connection reset by peer|Connection was reset|Connection refused|No route to host|Network is unreachable|Connection timed out|couldn't connect to host|Failed to connect|Resolving timed out after|ipv[46] connect timeout|Could not connect)/i;
const DONE = /^(?:Closing connection|Connection #\d+ to host \S+ left intact|shutting down connection)/;

/** One transfer: all addresses that were tried for it. */
export interface Transfer {
  attempts: Attempt[];
  /** Of `About to connect()`, for the addresses that follow. */
  host: string | undefined;
  port: number | undefined;
  done: boolean;
}

export const newTransfer = (): Transfer => ({ attempts: [], host: undefined, port: undefined, done: false });

/** Emits what is known, and begins anew. */
export function closeTransfer(t: Transfer, out: Sink<TcpAttemptFact>): boolean {
  let some = false;
  for (const attempt of t.attempts) {
    const fact = attemptFact(attempt);
    if (fact) {
      out.fact(attempt.line, fact);
      some = true;
    } else out.gap(attempt.line, 'an attempt without its target or its end');
  }
  Object.assign(t, newTransfer());
  return some;
}

const lastOf = (t: Transfer): Attempt | undefined => t.attempts.at(-1);

function attemptAt(t: Transfer, address: string | undefined, i: number): Attempt {
  const known = t.attempts.find((a) => a.address !== undefined && a.address === address && a.outcome === undefined);
  if (known) return known;
  const attempt = newAttempt(i);
  t.attempts.push(attempt);
  return attempt;
}

function ended(attempt: Attempt, what: string, i: number): void {
  attempt.outcome = outcomeOf(what);
  attempt.what = what;
  attempt.line = i;
  const after = /after (\d+) (?:ms|milliseconds)/.exec(what)?.[1];
  if (after !== undefined) attempt.milliseconds = Number(after);
}

function connected(t: Transfer, m: RegExpExecArray, i: number): void {
  const address = canonicalAddress(m[2] ?? '');
  const attempt = attemptAt(t, address, i);
  // `--connect-to` leaves the host's name out: `Connected to (nil) (10.71.2.2)`.
  if (m[1] !== '(nil)') attempt.target = canonicalAddress(m[1] ?? '') ?? m[1] ?? '';
  setTarget(attempt, m[2] ?? '', m[3]);
  attempt.outcome = 'connected';
  attempt.line = i;
  const local = canonicalAddress(m[4] ?? '');
  if (local !== undefined) attempt.localAddress = local;
  if (m[5] !== undefined) attempt.localPort = Number(m[5]);
}

/** The name belongs to all addresses of the transfer; the message to those that have none of their own. */
function failedAll(t: Transfer, host: string, port: string, what: string, i: number): void {
  if (t.attempts.length === 0) t.attempts.push(newAttempt(i));
  for (const attempt of t.attempts) {
    if (canonicalAddress(host) === undefined) attempt.target = host;
    if (attempt.address === undefined) setTarget(attempt, host, port);
    attempt.port ??= Number(port);
    attempt.target ??= host;
    if (attempt.outcome === undefined || attempt.outcome === 'failed') ended(attempt, what, i);
  }
}

/** A message behind `* ` or `curl: (N) `; false when it says nothing of a connection. */
export function readMessage(
  t: Transfer,
  message: string,
  i: number,
  fallback?: { host: string; port?: number },
): boolean {
  const trying = TRYING.exec(message);
  if (trying) {
    const attempt = newAttempt(i);
    if (t.host !== undefined) attempt.target = t.host;
    setTarget(attempt, trying[1] ?? '', trying[2] ?? t.port);
    // 7.19 ends the line itself: `Trying 10.0.0.1... connected`.
    if (trying[3] !== undefined) {
      if (trying[3] === 'connected') attempt.outcome = 'connected';
      else ended(attempt, trying[3], i);
    }
    t.attempts.push(attempt);
    return true;
  }
  const about = ABOUT.exec(message);
  if (about) {
    [t.host, t.port] = [about[1], Number(about[2])];
    return true;
  }
  const up = CONNECTED.exec(message) ?? ESTABLISHED.exec(message);
  if (up) {
    connected(t, up, i);
    return true;
  }
  return readFailure(t, message, i, fallback);
}

function readFailure(
  t: Transfer,
  message: string,
  i: number,
  fallback: { host: string; port?: number } | undefined,
): boolean {
  const one = CONNECT_FAILED.exec(message);
  const immediate = IMMEDIATE.exec(message);
  if (one || immediate) {
    const host = one?.[1] ?? immediate?.[1] ?? '';
    const attempt = attemptAt(t, canonicalAddress(host), i);
    setTarget(attempt, host, one?.[2]);
    const local = canonicalAddress(one?.[3] ?? '');
    if (local !== undefined) attempt.localAddress = local;
    if (one?.[4] !== undefined && one[4] !== '0') attempt.localPort = Number(one[4]);
    ended(attempt, one?.[5] ?? immediate?.[2] ?? '', i);
    return true;
  }
  const failed = FAILED.exec(message);
  if (failed) {
    failedAll(t, failed[1] ?? failed[5] ?? '', failed[2] ?? failed[6] ?? '', message, i);
    return true;
  }
  const unresolved = UNRESOLVED.exec(message);
  const local = LOCAL.exec(message);
  if (unresolved || (BROKEN.test(message) && t.attempts.length === 0 && fallback)) {
    const attempt = newAttempt(i);
    setTarget(attempt, unresolved?.[1] ?? fallback?.host ?? '', fallback?.port);
    ended(attempt, message, i);
    if (t.attempts.length === 0) t.attempts.push(attempt);
    return true;
  }
  const last = lastOf(t);
  if (local && last) last.localPort = Number(local[1]);
  else if (BROKEN.test(message) && last) {
    // A connection that stood and then broke is more than one that never was.
    const outcome = outcomeOf(message);
    if (last.outcome === undefined) ended(last, message, i);
    else if (last.outcome === 'connected') {
      last.outcome = outcome === 'timeout' ? 'stalled' : outcome;
      last.what = message;
    }
  } else if (DONE.test(message)) t.done = true;
  else return false;
  return true;
}
