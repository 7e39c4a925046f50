/**
 * openssl s_client, as far as it tells of the connection: certificates are nothing of the network.
 *
 *     CONNECTED(00000003)
 *     …:error:8000006F:system library:BIO_connect:Connection refused:../crypto/bio/bio_sock2.c:117:calling connect()
 *     connect:errno=111
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { attemptFact, newAttempt, outcomeOf, setTarget, urlTarget } from './tcp/attempt.js';
import { collectFailures } from './text/failure.js';

const CONNECTED = /^(?:CONNECTED\([\dA-Fa-f]+\)|CONNECTION ESTABLISHED)$/;
const CONNECTING = /^Connecting to ([\da-fA-F:.]+)$/;
const ERRNO =
  /^(?:connect:errno=(\d+)|socket: (?:Bad file descriptor|Connection \w+)|gethostbyname failure|getservbyname failure.*)$/;
const ERROR = /^[\da-fA-F]+:error:[\dA-F]+:([^:]*):([^:]*):([^:]*)(?::.*)?$/;
const BROKEN = /^(?:write|read):errno=(\d+)$|no peer certificate available|^SSL handshake has read 0 bytes/;

/** Linux' errno, for what `connect:errno=` says. */
const ERRNOS: Readonly<Record<string, string>> = {
  '11': 'Temporary failure in name resolution',
  '101': 'Network is unreachable',
  '104': 'Connection reset by peer',
  '110': 'Connection timed out',
  '111': 'Connection refused',
  '113': 'No route to host',
};

/** `-connect host:port`, or the host alone. */
function asked(argv: readonly string[]): { host: string; port?: number } | undefined {
  const at = argv.indexOf('-connect');
  const text = at > 0 ? argv[at + 1] : argv.slice(2).find((w) => /^[\w.-]+:\d+$/.test(w));
  return text === undefined || text.includes('$')
    ? undefined
    : urlTarget(text.startsWith('[') || text.includes('/') ? text : `https://${text}`);
}

export const opensslSClient = defineParser<TcpAttemptFact>({
  command: 'openssl-s-client',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'openssl' && argv[1] === 's_client' ? {} : undefined),
    file: /^openssl-s-client/,
    sniff: (head) =>
      head.some((l) => CONNECTED.test(l.slice(0, 100).trim()) || /^connect:errno=\d+$/.test(l.trim())) ? 3 : 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const target = asked(context.argv);
    const attempt = newAttempt(-1);
    if (target) setTarget(attempt, target.host, target.port);
    const said: number[] = [];
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      if (line === '') continue;
      const connecting = CONNECTING.exec(line);
      const error = ERROR.exec(line);
      const errno = ERRNO.exec(line);
      const broken = BROKEN.exec(line);
      if (CONNECTED.test(line)) {
        if (attempt.outcome !== 'tls-failed') attempt.outcome = 'connected';
        attempt.line = i;
      } else if (connecting) setTarget(attempt, connecting[1] ?? '');
      else if (error) {
        const what = (error[3] ?? '').trim();
        if (/^(?:system lib|connect error)?$/.test(what)) attempt.what ??= line.slice(line.lastIndexOf(':') + 1);
        else if (/SSL/.test(error[1] ?? '')) [attempt.outcome, attempt.what] = ['tls-failed', what];
        else attempt.what = what;
      } else if (errno) {
        attempt.what = attempt.what && attempt.what !== '' ? attempt.what : (ERRNOS[errno[1] ?? ''] ?? line);
        attempt.outcome = outcomeOf(attempt.what);
      } else if (broken) {
        if (attempt.outcome === 'connected') attempt.outcome = broken[1] === '104' ? 'reset' : 'tls-failed';
        attempt.what ??= line;
      } else {
        if (
          attempt.outcome === undefined &&
          attempt.line < 0 &&
          !/^(?:depth=|verify|Can't use|DONE|---)/.test(line) &&
          failures.take(i, line)
        )
          continue;
        out.noise(i);
        continue;
      }
      said.push(i);
      if (attempt.line < 0) attempt.line = i;
    }
    const fact = attemptFact(attempt);
    for (const i of said) {
      if (fact) out.part(i);
      else out.gap(i, 'whom it is about stands on the command line alone');
    }
    if (fact) out.fact(attempt.line, fact);
    failures.close(fact !== undefined);
  },
});
