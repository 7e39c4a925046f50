/**
 * curl: what it says of its connections with -v, the head of -I, the line of -w, and the error that it ends with.
 *
 *     *   Trying 10.71.2.2:9001...
 *     * connect to 10.71.2.2 port 9001 failed: No route to host
 *     curl: (7) Failed to connect to 10.71.2.2 port 9001 after 0 ms: Couldn't connect to server
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { type CurlCommand, curlCommand, linesOfFormat } from './curl/command.js';
import { closeTransfer, newTransfer, readMessage, type Transfer } from './curl/transfer.js';
import { type Attempt, newAttempt, outcomeOf, setTarget } from './tcp/attempt.js';
import { failureIn } from './text/failure.js';

/** Progress meter, with `* …` of -v behind it on the same line. */
const METER =
  /^\s*(?:% Total\s|Dload\s+Upload|(?:[\d.]+[kMG]?\s+){3,}[\d.kMG\s]*(?:[-\d]+:[-\d]+:[-\d]+\s+){0,3}[\d.kMG-]*)/;
const VERBOSE = /^\* (.*)$/;
const TRAFFIC = /^(?:[<>] ?|[{}] \[|=> |<= )/;
const STATUS = /^(?:< )?HTTP\/[\d.]+ (\d{3})\b/;
const ERROR = /^curl: \((\d+)\) (.*)$/;
const TIMED = /^\s*(time_\w+|http_code|remote_ip|local_ip|remote_port|local_port)\s*:\s*(\S+)$/;
/** Prose below an error of certificates. */
const ADVICE =
  /^(?:More details here: |curl failed to verify|establish a secure connection|how to fix it, please|curl performs SSL certificate|bundle" of Certificate|If this HTTPS server|the bundle, the certificate|problem with the certificate|not match the domain|If you'd like to turn off)/;
const SHELL =
  /^(?:-?(?:ba|da|z|k)?sh|bash|\/bin\/\w+): |command not found|^OCI runtime|^Error from server|^error: |executable file not found|^curl: (?!\(\d)|^Unable to connect/;

interface Reading {
  readonly text: Text;
  readonly out: Sink<TcpAttemptFact>;
  readonly command: CurlCommand;
  readonly formats: ReturnType<typeof linesOfFormat>;
  readonly transfer: Transfer;
  /** Which URL of the command line the next transfer is of. */
  next: number;
  some: boolean;
}

function close(r: Reading): void {
  if (r.transfer.attempts.length > 0) r.next++;
  if (closeTransfer(r.transfer, r.out)) r.some = true;
}

const urlOf = (r: Reading): CurlCommand['targets'][number] | undefined =>
  r.command.targets[Math.min(r.next, r.command.targets.length - 1)];

/** A line of -v, or of the error at the end. */
function readVerbose(r: Reading, line: string, i: number): boolean {
  const error = ERROR.exec(line);
  const message = error?.[2] ?? VERBOSE.exec(line)?.[1];
  if (message === undefined) return false;
  const begins = /^ *Trying |^About to connect/.test(message);
  if (begins && r.transfer.done) close(r);
  const t = r.transfer;
  if (error) {
    const last = t.attempts.at(-1);
    // (22) is what -f makes of a status, (52) an empty reply, (56) a broken connection.
    if (last && error[1] === '22') last.httpStatus = Number(/error: (\d{3})/.exec(message)?.[1] ?? 0);
    else if (error[1] === '22') silent(r, i, Number(/error: (\d{3})/.exec(message)?.[1] ?? 0));
    else if (!readMessage(t, message, i, urlOf(r))) unknownError(r, message, i);
    t.done = true;
    r.out.part(i);
    return true;
  }
  if (readMessage(t, message, i, urlOf(r))) r.out.part(i);
  else r.out.noise(i);
  return true;
}

/** An error of a code that names no peer: the command line does. */
function unknownError(r: Reading, message: string, i: number): void {
  const last = r.transfer.attempts.at(-1);
  const url = urlOf(r);
  if (last) {
    last.outcome ??= outcomeOf(message);
    last.what ??= message;
  } else if (url) {
    const attempt = newAttempt(i);
    setTarget(attempt, url.host, url.port);
    attempt.outcome = outcomeOf(message);
    attempt.what = message;
    r.transfer.attempts.push(attempt);
  }
}

/** Something came over a connection of which nothing is said. */
function silent(r: Reading, i: number, status?: number): void {
  const last = r.transfer.attempts.at(-1);
  if (last) {
    if (status !== undefined) last.httpStatus = status;
    return;
  }
  const url = urlOf(r);
  if (!url) return;
  const attempt = newAttempt(i);
  setTarget(attempt, url.host, url.port);
  attempt.outcome = 'connected';
  if (status !== undefined) attempt.httpStatus = status;
  r.transfer.attempts.push(attempt);
}

function setVariable(attempt: Attempt, name: string, value: string): void {
  const number = Number(value);
  const address = canonicalAddress(value);
  if (name === 'http_code' || name === 'response_code') {
    // 000: no answer of the server, whatever the reason was.
    if (number > 0) {
      attempt.httpStatus = number;
      attempt.outcome ??= 'connected';
    } else attempt.outcome ??= 'failed';
  } else if (name === 'remote_ip' && address !== undefined) attempt.address = address;
  else if (name === 'local_ip' && address !== undefined) attempt.localAddress = address;
  else if (name === 'remote_port' && number > 0) attempt.port = number;
  else if (name === 'local_port' && number > 0) attempt.localPort = number;
  else if (name === 'time_connect' && number > 0) attempt.milliseconds = Math.round(number * 1e6) / 1000;
}

/** The line that `-w` asked for. */
function readFormat(r: Reading, line: string, i: number): boolean {
  const timed = TIMED.exec(line);
  const found = r.formats.map(({ re, names }) => ({ m: re.exec(line), names })).find(({ m }) => m !== null);
  const pairs: (readonly [string, string])[] = timed ? [[timed[1] ?? '', timed[2] ?? '']] : [];
  for (const [k, name] of (found?.names ?? []).entries()) pairs.push([name, found?.m?.[k + 1] ?? '']);
  if (pairs.length === 0) return false;
  const url = urlOf(r);
  const attempt = r.transfer.attempts.at(-1) ?? newAttempt(i);
  if (url) setTarget(attempt, url.host, url.port);
  for (const [name, value] of pairs) setVariable(attempt, name, value);
  if (attempt.target === undefined && attempt.address !== undefined) attempt.target = attempt.address;
  if (!r.transfer.attempts.includes(attempt) && attempt.target !== undefined) r.transfer.attempts.push(attempt);
  r.out.part(i);
  return true;
}

function read(r: Reading, raw: string, i: number): void {
  const { out } = r;
  const glued = raw.indexOf('* ');
  const metered = METER.test(raw);
  const line = metered && glued > 0 ? raw.slice(glued) : raw;
  if (readVerbose(r, line, i)) return;
  const status = STATUS.exec(line)?.[1];
  if (status !== undefined) {
    silent(r, i, Number(status));
    out.part(i);
  } else if (TRAFFIC.test(line) || (metered && glued <= 0) || ADVICE.test(line)) out.noise(i);
  else if (readFormat(r, line, i)) return;
  else if (!r.some && r.transfer.attempts.length === 0 && (SHELL.test(line) || failureIn(line) === 'permission-denied'))
    out.failed(i, failureIn(line) ?? 'command-failed', line.slice(0, 200));
  else {
    // What the server sent.
    if (!r.command.saved) silent(r, i);
    if (r.transfer.attempts.length > 0 || r.some || /^command terminated with exit code/.test(line)) out.noise(i);
    else out.gap(i, 'an answer, and no word of whom it is from');
  }
}

export const curl = defineParser<TcpAttemptFact>({
  command: 'curl',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'curl' && argv.length > 1 && !argv.some((w) => /^(?:-V|--version|-h|--help|--manual)$/.test(w))
        ? {}
        : undefined,
    file: /^curl/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000));
      // The meter is curl's own, and names nobody.
      const meter = lines.some((l) => /^\s*% Total\s+% Received\s+% Xferd/.test(l)) ? 1 : 0;
      // What it sends begins so; a mail that quotes it has that before every line.
      if (lines.every((l) => l === '' || l.startsWith('>'))) return 0;
      if (
        lines.some((l) =>
          /(?:^|\d)\* (?: +Trying [\da-fA-F:.[]+\S*\.\.\.|Connected to \S+ \([\da-fA-F:.]+\) port \d+|About to connect\(\) to )/.test(
            l,
          ),
        ) ||
        lines.some((l) => ERROR.test(l))
      )
        return 3;
      const first = lines.find((l) => l.trim() !== '') ?? '';
      return /^HTTP\/[\d.]+ \d{3}\b/.test(first) && lines.some((l) => /^(?:content-type|date|server): /i.test(l))
        ? 1
        : meter;
    },
  },
  parse(text, out, context) {
    const command = curlCommand(context.argv);
    const r: Reading = {
      text,
      out,
      command,
      formats: linesOfFormat(command.writeOut),
      transfer: newTransfer(),
      next: 0,
      some: false,
    };
    for (let i = 0; i < text.count; i++) {
      const whole = text.line(i).slice(0, 20_000).trimEnd();
      const line = whole.slice(whole.lastIndexOf('\r') + 1);
      if (line.trim() !== '') read(r, line.slice(0, 4000), i);
    }
    close(r);
  },
});
