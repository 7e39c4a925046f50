/**
 * fping, one fact per target.
 *
 *     10.71.2.2  : [0], 64 bytes, 0.043 ms (0.043 avg, 0% loss)
 *     ICMP Network Unreachable from 10.71.1.1 for ICMP Echo sent to 10.99.0.1
 *     10.99.0.1  : xmt/rcv/%loss = 3/0/100%
 */
import type { PingFact } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { addError, factOf, newRun, type Run } from './ping/run.js';
import { collectFailures } from './text/failure.js';

/* fping.c print_recv, print_per_system_stats, handle_random_icmp, print_global_stats; `-D` and `-Q` put stamps in front. */
const STAMP = /^\[(?:\d+\.\d+|\d\d:\d\d:\d\d)\] ?/;
const ALIVE = /^(\S+)(?: \(([^()]+)\))? is (alive|unreachable)(?: \(.*)?$/;
const PROBE = /^(\S+)(?: \(([^()]+)\))? *: (?:duplicate for )?\[(\d+)\],? (\d+ bytes|timed out|.*unreachable)/i;
const SUMMARY = /^(\S+)(?: \(([^()]+)\))? *: xmt\/rcv\/%(?:loss|return) = (\d+)\/(\d+)\/\d+%/;
const TIMES = /^(\S+)(?: \(([^()]+)\))? *: ((?:(?:-|\d+(?:\.\d+)?) ?)+)$/;
const ICMP = /^ICMP (.+?) from (\S+) for ICMP Echo sent to (\S+?)(?: \(([^()]+)\))?$/;
const UNKNOWN =
  /^(\S+?):? (?:address not found|Name or service not known|Temporary failure in name resolution|No address associated with hostname)$/;
const TOTALS =
  /^\s*\d+(?:\.\d+)? (?:targets|alive|unreachable|unknown addresses|timeouts|ICMP |other ICMP|ms \(|sec \()/;

interface Reading {
  readonly text: Text;
  readonly out: Sink<PingFact>;
  readonly runs: Map<string, Run>;
}

function runOf(r: Reading, target: string, address: string | undefined, line: number): Run {
  const known = r.runs.get(target);
  if (known) return known;
  const run = newRun(line, target);
  const canonical = canonicalAddress(address ?? target);
  if (canonical !== undefined) run.address = canonical;
  r.runs.set(target, run);
  return run;
}

/** One line into its target's run. */
function read(r: Reading, line: string, i: number): boolean {
  const icmp = ICMP.exec(line);
  if (icmp) {
    addError(runOf(r, icmp[3] ?? '', icmp[4], i), icmp[1] ?? '', r.text.firstLine + i, canonicalAddress(icmp[2] ?? ''));
    return true;
  }
  const summary = SUMMARY.exec(line);
  if (summary) {
    // With -l and -Q each interval has its own counts, and the last line those of all.
    const run = runOf(r, summary[1] ?? '', summary[2], i);
    run.transmitted = Number(summary[3]);
    run.received = Number(summary[4]);
    return true;
  }
  const probe = PROBE.exec(line);
  if (probe) {
    const run = runOf(r, probe[1] ?? '', probe[2], i);
    if (line.includes(': duplicate for ')) run.duplicates = (run.duplicates ?? 0) + 1;
    else if (probe[4]?.endsWith('bytes')) {
      run.replies++;
      run.firstReply ??= Number(probe[3]);
    }
    return true;
  }
  const alive = ALIVE.exec(line);
  if (alive) {
    const run = runOf(r, alive[1] ?? '', alive[2], i);
    run.received = alive[3] === 'alive' ? 1 : 0;
    return true;
  }
  const times = TIMES.exec(line);
  const values = times?.[3]?.trim().split(' ');
  if (times && values) {
    const run = runOf(r, times[1] ?? '', times[2], i);
    run.transmitted = values.length;
    run.received = values.filter((v) => v !== '-').length;
    return true;
  }
  const unknown = UNKNOWN.exec(line);
  if (!unknown) return false;
  const run = runOf(r, unknown[1] ?? '', undefined, i);
  run.transmitted = 0;
  run.received = 0;
  addError(run, line.slice(run.target.length).replace(/^:? /, ''), r.text.firstLine + i);
  return true;
}

const clean = (line: string): string => line.slice(0, 1000).trim().replace(STAMP, '');

export const fping = defineParser<PingFact>({
  command: 'fping',
  emits: ['ping'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'fping' || argv[0] === 'fping6' ? {} : undefined),
    file: /^fping/,
    sniff(head) {
      const lines = head.map(clean).filter((l) => l !== '' && !TOTALS.test(l));
      const sure = lines.filter((l) => SUMMARY.test(l) || PROBE.test(l) || ICMP.test(l)).length;
      const telling = sure + lines.filter((l) => ALIVE.test(l)).length;
      if (telling * 2 < lines.length || telling === 0) return 0;
      return sure > 0 ? 3 : 2;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const r: Reading = { text, out, runs: new Map() };
    const aliveOnly = context.argv.some((w) => /^-[a-zA-Z]*a/.test(w));
    for (let i = 0; i < text.count; i++) {
      const line = clean(text.line(i));
      if (line === '') continue;
      if (read(r, line, i)) out.part(i);
      else if (TOTALS.test(line) || STAMP.test(text.line(i)) || line === '^C') out.noise(i);
      else if (aliveOnly && /^\S+(?: \([^()]+\))?$/.test(line)) {
        runOf(r, line.split(' ')[0] ?? line, undefined, i).received = 1;
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of fping');
    }
    for (const run of r.runs.values()) out.fact(run.line, factOf(run, false));
    failures.close(r.runs.size > 0);
  },
});
