/**
 * telnet as people test ports with it.
 *
 *     Trying 10.71.2.2...
 *     telnet: Unable to connect to remote host: Connection refused
 *     Connected to 10.71.2.2.
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { type Attempt, attemptFact, newAttempt, outcomeOf, setTarget } from './tcp/attempt.js';
import { collectFailures } from './text/failure.js';

/* netkit and inetutils commands.c, the BSDs' telnet, busybox libbb/xconnect.c. */
const TRYING = /^Trying ([\da-fA-F:.%]+)\.\.\.$/;
const CONNECTED = /^Connected to (\S+?)\.?$/;
const FAILED =
  /^telnet: (?:Unable to connect to remote host: (.+)|connect to address ([\da-fA-F:.%]+): (.+)|can't connect to remote host(?: \(([^)]+)\))?: (.+)|bad address '([^']+)'|could not resolve (\S+?)(?:\/\S+)?: (.+))$/;
const UNKNOWN =
  /^(?:(?:Server lookup failure: +)(\S+?)(?::\S+)?, (.+)|(\S+): (?:Unknown host|(?:Temporary failure in|No address|Name or) .*|nodename nor.*))$/;
const REST =
  /^(?:Escape character is|Entering (?:character|line) mode|telnet>|Console escape\.|Connection closed\.?$|\^[\]C])/;

const targetIn = (argv: readonly string[]): { host?: string; port?: string } => {
  const words = argv.slice(argv[0] === 'busybox' ? 2 : 1).filter((w) => !w.startsWith('-') && !w.includes('$'));
  const [host, port] = words;
  return { ...(host !== undefined && { host }), port: port ?? '23' };
};

export const telnet = defineParser<TcpAttemptFact>({
  command: 'telnet',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      (argv[0] === 'telnet' || (argv[0] === 'busybox' && argv[1] === 'telnet')) && argv.length > 1 ? {} : undefined,
    file: /^telnet-/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 300).trim());
      if (lines.some((l) => FAILED.test(l))) return 3;
      const at = lines.findIndex((l) => CONNECTED.test(l));
      return at >= 0 && /^Escape character is/.test(lines[at + 1] ?? '')
        ? 3
        : lines.some((l) => TRYING.test(l))
          ? 2
          : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const asked = targetIn(context.argv);
    let attempt: Attempt | undefined;
    let some = false;
    const close = (): void => {
      const fact = attempt && attemptFact(attempt);
      if (attempt && fact) {
        out.fact(attempt.line, fact);
        some = true;
      } else if (attempt?.outcome !== undefined)
        out.gap(attempt.line, 'whom it is about stands on the command line alone');
      else if (attempt) {
        out.part(attempt.line);
        out.incomplete('truncated', 'the output ends before the connection does');
      }
      attempt = undefined;
    };
    const begin = (i: number, host: string | undefined, named = asked.host): Attempt => {
      close();
      attempt = newAttempt(i);
      if (named !== undefined) setTarget(attempt, named, asked.port);
      if (host !== undefined) setTarget(attempt, host, context.argv.length > 0 ? asked.port : undefined);
      return attempt;
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      if (line === '') continue;
      const trying = TRYING.exec(line);
      const connected = CONNECTED.exec(line);
      const failed = FAILED.exec(line);
      const unknown = UNKNOWN.exec(line);
      if (trying) {
        // Standard error may come first: `Unable to connect`, then `Trying`.
        if (attempt?.outcome !== undefined && attempt.address === undefined) setTarget(attempt, trying[1] ?? '');
        else begin(i, trying[1]);
        out.part(i);
      } else if (connected && attempt?.outcome !== 'connected') {
        attempt ??= begin(i, connected[1]);
        attempt.outcome = 'connected';
        attempt.line = i;
        if (canonicalAddress(connected[1] ?? '') === undefined && asked.host === undefined)
          attempt.target = connected[1] ?? '';
        out.part(i);
      } else if (failed) {
        const what = failed[1] ?? failed[3] ?? failed[5] ?? line;
        const host = failed[2] ?? failed[4];
        if (!attempt || attempt.outcome !== undefined) begin(i, host, failed[6] ?? failed[7] ?? asked.host);
        if (attempt) {
          attempt.outcome = outcomeOf(what);
          attempt.what = what;
          attempt.line = i;
        }
        out.part(i);
      } else if (unknown && attempt === undefined) {
        begin(i, undefined, unknown[1] ?? unknown[3]);
        if (attempt) Object.assign(attempt, { outcome: 'dns-failed', what: line });
        close();
      } else if (line === 'Connection closed by foreign host.' || REST.test(line)) out.noise(i);
      else if (attempt?.outcome === 'connected') out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a line of telnet');
    }
    close();
    failures.close(some);
  },
});
