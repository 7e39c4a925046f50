/**
 * ApacheBench.
 *
 *     Benchmarking 10.71.2.2 (be patient)...apr_socket_recv: Connection refused (111)
 *     Server Hostname:        10.71.2.2
 *     Complete requests:      10
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { attemptFact, newAttempt, outcomeOf, setTarget, urlTarget } from './tcp/attempt.js';
import { collectFailures } from './text/failure.js';

const BENCHMARKING = /^Benchmarking (\S+) \(be patient\)\.*(.*)$/;
const ERROR = /^(apr_\w+(?:\(\))?.*|SSL handshake failed.*|Test aborted.*|ab: .*)$/;
const FIELD = /^([A-Z][A-Za-z0-9/ -]+?):\s+(.*)$/;
const NOISE =
  /^(?:This is ApacheBench|Copyright|Licensed to|Benchmarking|Completed \d+ requests|Finished \d+ requests|Connection Times|\s+min\s+mean|(?:Connect|Processing|Waiting|Total):\s|Percentage of the requests|\s*\d+%\s|\.\.done|Total of \d+ requests completed|\s+\(Connect: |\s+(?:\d|[\d.]+ kb\/s)|WARNING: |\.+done|Document|LOG: |INFO: )/;

export const ab = defineParser<TcpAttemptFact>({
  command: 'ab',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'ab' && argv.length > 1 ? {} : undefined),
    file: /^ab-|^apachebench/,
    sniff: (head) => (head.some((l) => /^This is ApacheBench, Version /.test(l)) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const word = context.argv.findLast((w, k) => k > 0 && /[./:]/.test(w) && !w.startsWith('-'));
    const url = word === undefined || word.includes('$') ? undefined : urlTarget(word);
    const attempt = newAttempt(-1);
    if (url) setTarget(attempt, url.host, url.port);
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trimEnd();
      if (line.trim() === '') continue;
      const benchmarking = BENCHMARKING.exec(line);
      const error = ERROR.exec(benchmarking ? (benchmarking[2] ?? '') : line);
      const field = FIELD.exec(line);
      if (benchmarking && attempt.target === undefined) setTarget(attempt, benchmarking[1] ?? '');
      if (benchmarking && attempt.line < 0) attempt.line = i;
      if (error) {
        attempt.what = error[1] ?? '';
        attempt.outcome = outcomeOf(attempt.what);
        attempt.line = i;
        out.part(i);
      } else if (field) {
        if (field[1] === 'Server Hostname') setTarget(attempt, field[2] ?? '');
        else if (field[1] === 'Server Port') attempt.port = Number(field[2]);
        else if (field[1] === 'Complete requests' && Number(field[2]) > 0) attempt.outcome = 'connected';
        out.part(i);
      } else if (NOISE.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of ab');
    }
    const fact = attemptFact(attempt);
    if (fact) out.fact(Math.max(attempt.line, 0), fact);
    failures.close(fact !== undefined);
  },
});
