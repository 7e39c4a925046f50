/**
 * tracepath and tracepath6, which never name their target: the command line does, or the hop that is `reached`.
 *
 *      1?: [LOCALHOST]                      pmtu 1500
 *      1:  10.71.1.1                                             0.032ms pmtu 1400
 *      2:  10.71.2.2                                             0.011ms reached
 *          Resume: pmtu 1400 hops 2 back 2
 */
import type { TracerouteFact, TracerouteHop, TracerouteProbe } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';
import { wordsOf } from './text/words.js';
import { errorOfNote } from './traceroute/probes.js';

/* iputils tracepath.c; `send failed` and `no reply` stand in the address' place. */
const HOP = /^\s*(\d{1,3})(\?)?:\s+(\S.*)$/;
const RESUME = /^\s*(?:Resume: |Too many hops: )pmtu (\d+)(?: hops (\d+))?/;
const PMTU = /\bpmtu (\d+)/;

function probeOf(rest: string): TracerouteProbe | string {
  if (/^(?:no reply|send failed)/.test(rest)) return {};
  const words = wordsOf(rest.slice(0, 1000));
  const [first = '', second = ''] = words;
  if (isMasked(first) || isMasked(second.slice(1, -1))) return 'the address is masked';
  const from = canonicalAddress(second.startsWith('(') ? second.slice(1, -1) : first);
  const time = words.find((w) => /^\d+\.\d+ms$/.test(w));
  const mark = words.find((w) => /^![A-Z](?:-\d+)?$/.test(w));
  const mtu = PMTU.exec(rest)?.[0];
  const note = mark ?? mtu ?? (rest.endsWith('reached') ? 'reached' : undefined);
  if (time === undefined && note === undefined) return 'not a line of tracepath';
  const error = mark === undefined ? undefined : errorOfNote(mark);
  return {
    ...(from !== undefined && { from }),
    ...(from === undefined && first !== '[LOCALHOST]' && first !== '???' && { name: first }),
    ...(time !== undefined && { milliseconds: Number(time.slice(0, -2)) }),
    ...(note !== undefined && { note }),
    ...(error && { error }),
  };
}

interface Run {
  line: number;
  pathMtu: number | undefined;
  reached: TracerouteProbe | undefined;
  ended: boolean;
  readonly hops: TracerouteHop[];
}

function close(run: Run | undefined, target: string | undefined, out: Sink<TracerouteFact>): void {
  if (!run) return;
  const address = canonicalAddress(target ?? '') ?? run.reached?.from;
  const named = target ?? address;
  out.fact(run.line, {
    kind: 'traceroute',
    ...(named !== undefined && { target: named }),
    ...(address !== undefined && { address, family: address.includes(':') ? 6 : 4 }),
    protocol: 'udp',
    hops: run.hops,
    ...((run.reached !== undefined || run.ended) && { reached: run.reached !== undefined }),
    ...(run.pathMtu !== undefined && { pathMtu: run.pathMtu }),
  });
}

/** One hop's line into the run; a reason when it is none. */
function readHop(run: Run, line: string, at: number): string | undefined {
  const m = HOP.exec(line);
  const probe = m ? probeOf((m[3] ?? '').trimEnd()) : 'not a line of tracepath';
  if (!m || typeof probe === 'string') return typeof probe === 'string' ? probe : 'not a line of tracepath';
  const mtu = PMTU.exec(m[3] ?? '')?.[1];
  if (mtu !== undefined) run.pathMtu = Math.min(run.pathMtu ?? 65_536, Number(mtu));
  if (probe.note === 'reached' || / reached\s*$/.test(line)) run.reached = probe;
  // The first line is of the asking host itself, and has no hop's number yet.
  if (m[2] === undefined) run.hops.push({ ttl: Number(m[1]), line: at, probes: [probe] });
  return undefined;
}

function parse(text: Text, out: Sink<TracerouteFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const target = argv.find((w, i) => i > 0 && !w.startsWith('-') && !/^-[lmp]$/.test(argv[i - 1] ?? ''));
  let run: Run | undefined;
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 1000);
    if (line.trim() === '') continue;
    const resume = RESUME.exec(line);
    if (resume && run) {
      run.pathMtu = Number(resume[1]);
      run.ended = true;
      out.part(i);
      continue;
    }
    if (/\[LOCALHOST\]/.test(line) || run?.ended) {
      close(run, target, out);
      run = undefined;
    }
    const into = run ?? { line: i, pathMtu: undefined, reached: undefined, ended: false, hops: [] };
    const reason = readHop(into, line, text.firstLine + i);
    if (reason === undefined) {
      run = into;
      some = true;
      out.part(i);
    } else if (!failures.take(i, line)) out.gap(i, reason);
  }
  close(run, target, out);
  failures.close(some);
}

export const tracepath = defineParser<TracerouteFact>({
  command: 'tracepath',
  emits: ['traceroute'],
  scope: 'stack',
  claims: {
    command: (argv) => (/^tracepath6?$/.test(argv[0] ?? '') ? {} : undefined),
    file: /^tracepath/,
    sniff(head) {
      if (head.some((l) => /^\s*\d+\?: \[LOCALHOST\]|^\s*Resume: pmtu \d+/.test(l.slice(0, 200)))) return 3;
      return 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
