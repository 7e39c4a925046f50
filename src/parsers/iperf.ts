/**
 * iperf3 and iperf 2, client side: one fact per run.
 *
 *     Connecting to host 10.71.2.2, port 5201
 *     [  5] local 10.71.1.2 port 54728 connected to 10.71.2.2 port 5201
 *     [  5]   0.00-2.00   sec  1.78 GBytes  7.64 Gbits/sec    3             sender
 *     iperf3: error - unable to connect to server: Connection refused
 */
import type { TcpAttemptFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { type Attempt, attemptFact, newAttempt, outcomeOf, setTarget } from './tcp/attempt.js';
import { collectFailures } from './text/failure.js';

const START = /^(?:Connecting to host (\S+), port (\d+)|Client connecting to (\S+?), (TCP|UDP) port (\d+))/;
const LOCAL = /^\[ *\d+\] local (\S+) port (\d+) connected (?:to|with) (\S+) port (\d+)/;
const ROW =
  /^\[ *(\d+|SUM)\]\s+([\d.]+) ?- ?([\d.]+)\s+sec\s+([\d.]+) ([KMGT]?)Bytes\s+([\d.]+) ([KMGT]?)(bits|Bytes)\/sec(?:\s+(.*))?$/;
const ERROR =
  /^(?:iperf3: (?:error|interrupt) - (.+)|(?:tcp )?connect failed: (.+)|(?:write|read)\d? failed: (.+)|unable to connect to server.*|WARNING: did not receive ack of last datagram.*)$/;
const SERVER = /^(?:Server listening on|Accepted connection from)/;
const NOISE =
  /^(?:-{10,}|(?:- ){5,}-?|\[ *ID\]|iperf Done\.|TCP window size|UDP buffer size|Sending \d+ byte datagrams|Sending \d+|Binding to|Reverse mode|Bidirectional|Cookie:|Time:|iperf \d|Linux |Control connection MSS|TCP MSS|Starting Test:|Test Complete|CPU Utilization|\[ *\d+\] (?:Sent \d+ datagrams|Server Report|WARNING|MSS size|\d+(?:\.\d+)?-[\d.]+ sec {1,2}\d+ datagrams)|snd_tcp|rcv_tcp|\^C|MSS|.*warning:)/;
const SCALE: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

interface Run {
  readonly attempt: Attempt;
  server: boolean;
  /** Length of the interval of the kept row: the whole run's is the longest. */
  longest: number;
  sum: boolean;
}

const newRun = (line: number): Run => ({ attempt: newAttempt(line), server: false, longest: 0, sum: false });

/** The row of the whole run counts, of several streams their sum, and what arrived rather than what was sent. */
function readRow(run: Run, m: RegExpExecArray): void {
  const seconds = Number(m[3]) - Number(m[2]);
  const sum = m[1] === 'SUM';
  const rest = m[9] ?? '';
  const bitsPerSecond = Math.round(Number(m[6]) * (SCALE[m[7] ?? ''] ?? 1) * (m[8] === 'Bytes' ? 8 : 1));
  const retries = /^(\d+)(?:\s|$)/.exec(rest)?.[1];
  const better = (sum && !run.sum) || seconds >= run.longest - 0.1 || rest.includes('receiver');
  if ((run.sum && !sum) || !better) return;
  run.longest = Math.max(run.longest, seconds);
  run.sum ||= sum;
  const before = run.attempt.transfer?.retransmits;
  // Of UDP this column counts datagrams.
  const counted = retries !== undefined && run.attempt.protocol === 'tcp' && !rest.includes('ms');
  const retransmits = counted ? Number(retries) : before;
  run.attempt.transfer = { bitsPerSecond, ...(retransmits !== undefined && { retransmits }) };
}

function close(run: Run | undefined, out: Sink<TcpAttemptFact>): boolean {
  if (!run) return false;
  const { attempt } = run;
  if (run.server) return true;
  if (attempt.transfer && attempt.outcome === 'connected' && attempt.transfer.bitsPerSecond === 0)
    attempt.outcome = 'stalled';
  const fact = attemptFact(attempt);
  if (fact) out.fact(attempt.line, fact);
  else if (attempt.outcome !== undefined) out.gap(attempt.line, 'whom it is about stands on the command line alone');
  else {
    out.part(attempt.line);
    out.incomplete('truncated', 'the output ends before the connection does');
  }
  return true;
}

function asked(argv: readonly string[]): { host?: string; port: number; udp: boolean } {
  const at = argv.findIndex((w) => w === '-c' || w === '--client');
  const host = argv[at + 1];
  const port = argv[argv.findIndex((w) => w === '-p' || w === '--port') + 1];
  return {
    ...(at > 0 && host !== undefined && !host.includes('$') && { host }),
    port: argv.some((w) => w === '-p' || w === '--port') ? Number(port) : argv[0] === 'iperf3' ? 5201 : 5001,
    udp: argv.some((w) => w === '-u' || w === '--udp'),
  };
}

function connected(attempt: Attempt, local: RegExpExecArray): void {
  const from = canonicalAddress(local[1] ?? '');
  setTarget(attempt, local[3] ?? '', local[4]);
  // iperf 2 prints this line with zeros even where the connection failed.
  if (local[2] === '0') return;
  attempt.outcome ??= 'connected';
  if (from !== undefined) attempt.localAddress ??= from;
  attempt.localPort ??= Number(local[2]);
}

function parse(text: Text, out: Sink<TcpAttemptFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const a = asked(argv);
  let run: Run | undefined;
  let some = false;
  const begin = (i: number): Run => {
    if (!run) {
      run = newRun(i);
      if (a.udp) run.attempt.protocol = 'udp';
    }
    return run;
  };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 1000).trim();
    if (line === '') continue;
    const start = START.exec(line);
    const local = LOCAL.exec(line);
    const row = ROW.exec(line);
    const error = ERROR.exec(line);
    if (start) {
      some = close(run, out) || some;
      run = undefined;
      const { attempt } = begin(i);
      setTarget(attempt, start[1] ?? start[3] ?? '', start[2] ?? start[5]);
      if (start[4] === 'UDP') attempt.protocol = 'udp';
      out.part(i);
    } else if (SERVER.test(line)) {
      begin(i).server = true;
      out.noise(i);
    } else if (local) {
      const { attempt, server } = begin(i);
      if (!server) connected(attempt, local);
      out.part(i);
    } else if (row) {
      const open = begin(i);
      if (!open.server) {
        open.attempt.outcome ??= 'connected';
        readRow(open, row);
      }
      out.part(i);
    } else if (error) {
      const { attempt } = begin(i);
      if (a.host !== undefined) setTarget(attempt, a.host, a.port);
      attempt.what = error[1] ?? error[2] ?? error[3] ?? line;
      attempt.outcome = outcomeOf(attempt.what);
      attempt.line = i;
      out.part(i);
    } else if (NOISE.test(line)) out.noise(i);
    else if (!failures.take(i, line)) out.gap(i, 'not a line of iperf');
  }
  some = close(run, out) || some;
  failures.close(some);
}

export const iperf = defineParser<TcpAttemptFact>({
  command: 'iperf',
  emits: ['tcp-attempt'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      /^iperf3?$/.test(argv[0] ?? '') && !argv.some((w) => /^(?:-J|--json|-y|-v|--version|-h|--help)$/.test(w))
        ? {}
        : undefined,
    file: /^iperf/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trim());
      return lines.some((l) => START.test(l) || LOCAL.test(l) || ROW.test(l) || /^iperf3: error - /.test(l)) ? 3 : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
