import type {
  ComponentLogFact,
  FlannelLeaseFact,
  FlannelLogFact,
  HostnameFact,
  KernelLogFact,
  LogSpanFact,
  LogStamp,
} from '../../facts/index.js';
import { decode, type Sink, type Text } from '../../kit/index.js';
import { startsAt } from './bytes.js';
import { type Head, newHead } from './head.js';
import { hostTally } from './hosts.js';
import type { LogSource } from './source.js';
import type { Era } from './stamp.js';
import { type Reader, reader } from './tables.js';

export type ScanFact =
  | ComponentLogFact
  | FlannelLeaseFact
  | FlannelLogFact
  | HostnameFact
  | KernelLogFact
  | LogSpanFact;

/** What of a line is looked at: the longest telling lines (Go structs of flannel) stay under it. */
export const MOST_OF_LINE = 8192;

/** One scan over one capture; what changes from line to line is kept here and nowhere else. */
export interface Scan {
  readonly text: Text;
  readonly out: Sink<ScanFact>;
  readonly source: LogSource;
  readonly head: Head;
  readonly hits: Set<number>;
  readonly reader: Reader;
  readonly hosts: ReturnType<typeof hostTally>;
  /** Do lines need no head? Decided when the first line without one is met. */
  free: boolean | undefined;
  era: Era | undefined;
  /** `==== START logs for container C of pod P ====`: who writes from here on. */
  section: string | undefined;
  /** First log line that is no gap: the evidence of the span. */
  evidence: number;
  first: LogStamp | undefined;
  /** Line of the last log line, and its stamp where the line itself has none in front. */
  lastLine: number;
  last: LogStamp | undefined;
  lines: number;
  weak: number;
  /** Lines that could as well be dmesg's. */
  doubtful: number;
  /** Was the line before a log line or its continuation, did it tell something, may it have further lines without any mark? */
  inside: boolean;
  told: boolean;
  open: boolean;
  /** The rest of a line that the container runtime cut (CRI `P`). */
  partial: boolean;
  kernel: boolean;
  /** Did journalctl say something of its own, be it that there are no entries? */
  banner: boolean;
  /** Is there a `-- Boot … --` between the lines? Uptimes begin anew there. */
  rebooted: boolean;
  /** Lines without a head behind a line that may have such: theirs, if a log line follows. */
  readonly pending: number[];
}

export const newScan = (text: Text, out: Sink<ScanFact>, source: LogSource): Scan => ({
  text,
  out,
  source,
  head: newHead(),
  hits: new Set(),
  reader: reader(out),
  hosts: hostTally(text.bytes, (line, name) => out.fact(line, { kind: 'hostname', name, source: 'log' })),
  free: source.free ? true : undefined,
  era: undefined,
  section: undefined,
  evidence: -1,
  first: undefined,
  lastLine: -1,
  last: undefined,
  lines: 0,
  weak: 0,
  doubtful: 0,
  inside: false,
  told: false,
  open: false,
  partial: false,
  kernel: source.component === 'kernel',
  banner: false,
  rebooted: false,
  pending: [],
});

export type Fate = 'fact' | 'gap' | 'noise';

/** Books one log line. */
export function counted(scan: Scan, line: number, fate: Fate, open: boolean): void {
  if (scan.pending.length > 0) settleLoose(scan, true);
  scan.inside = true;
  scan.told = fate === 'fact';
  scan.open = open;
  scan.lines++;
  if (scan.evidence < 0 && fate !== 'gap') scan.evidence = line;
  scan.lastLine = line;
  scan.last = undefined;
}

export const word = (bytes: Uint8Array, from: number, to: number): string =>
  decode(bytes, from, Math.min(to, from + 256));

/** Offset behind the last byte of line `i`, without its line end. */
export function lineEnd(text: Text, i: number, start: number): number {
  const end = text.start(i + 1);
  return end > start && text.bytes[end - 1] === 10 ? end - 1 : end;
}

const KERNEL = 'kernel';
export const isKernel = (bytes: Uint8Array, from: number, to: number): boolean =>
  to - from === KERNEL.length && startsAt(bytes, from, KERNEL);

/** What a program that dies prints, and what it quotes of iptables-restore's input or of a document. */
const TRACE =
  /^(?:goroutine \d+ \[|panic: |fatal error: |runtime: |created by |exit status \d|\[signal |[\w./*()-]+\(.*\)$|\s|[\])}]|-[AIDNP] |:\S+ \S+ \[|\*(?:nat|filter|mangle|raw|security)$|COMMIT$|r\d+ +0x|r[a-ds][xip] +0x|#\d+ )/;

/**
 * Lines without a head behind a message that may have more than one line: they belong to it when a log line follows, or when
 * they look like a program's dying words. Else nobody knows what they are.
 */
export function settleLoose(scan: Scan, followed: boolean): void {
  const { out, text, pending } = scan;
  for (const line of pending) {
    const belongs = scan.inside && scan.open && (followed || TRACE.test(text.line(line).slice(0, 300)));
    if (!belongs) {
      out.gap(line, 'not a log line');
      if (!followed) scan.inside = false;
    } else if (scan.told) out.part(line);
    else out.noise(line);
  }
  pending.length = 0;
}
