/**
 * traceroute of Linux, busybox and the BSDs, and tracert of Windows.
 *
 *     traceroute to 10.99.0.1 (10.99.0.1), 3 hops max, 46 byte packets
 *      1  *  10.71.1.1  0.007 ms !N  *
 *      2  10.71.1.1  0.006 ms !N  *  0.007 ms !N
 */
import type { TracerouteFact, TracerouteHop } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { probeErrorOf } from './text/probe-error.js';
import { wordsOf } from './text/words.js';
import { hopWords, pathMtuOf, probesOf, reachedBy } from './traceroute/probes.js';

const HEADER =
  /^(?:traceroute6?|tcptraceroute|tcptraceroute6) to (\S+) +\(([^)]*)\)(?: from (\S+?))?,? ?(?:port \d+[^,]*, )?(?:from (\S+), )?.*?(\d+) hops(?: max)?/;
const WINDOWS = /^Tracing route to (\S+)(?: \[([^\]]+)\])?/;
const WINDOWS_MAX = /^over a maximum of (\d+) hops/;
const REPORTS = /^\s*(\d{1,3})\s+(?:([\d.:a-fA-F]+)\s+reports: )(.+?)\.?$/;
const REST =
  /^(?:Trace complete\.|traceroute6?: Warning: |Warning: |Selected device |Tracing the path to |\^C|\d+ bytes from \S+ to \S+: icmp type|[\da-f]{4}: (?:[\da-f]{2} ?)+$|Cannot handle "host" cmdline arg)/;
const TCP = /^Tracing the path to (\S+) \(([^)]+)\) on TCP port (\d+)[^,]*, (\d+) hops max/;
const DEVICE = /^Selected device (\S+?), address (\S+?),/;
const TAKES_VALUE = /^-[a-zA-Z46]*[fgimNPpqstwzMO]$/;

interface Run {
  readonly line: number;
  readonly target: string | undefined;
  readonly address: string | undefined;
  source: string | undefined;
  dev: string | undefined;
  most: number | undefined;
  readonly protocol: TracerouteFact['protocol'];
  readonly hops: TracerouteHop[];
}

/** What the command line says of the run. */
function asked(argv: readonly string[]): { target?: string; protocol?: 'icmp' | 'tcp'; dev?: string } {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  let target: string | undefined;
  let dev: string | undefined;
  let protocol: 'icmp' | 'tcp' | undefined = words[0] === 'tcptraceroute' ? 'tcp' : undefined;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (/^-[a-zA-Z46]*I/.test(word) || word === '--icmp') protocol = 'icmp';
    else if (/^-[a-zA-Z46]*T/.test(word) || word === '--tcp') protocol = 'tcp';
    if (word === '-i') dev = words[i + 1];
    if (TAKES_VALUE.test(word)) i++;
    else if (!word.startsWith('-')) target ??= word;
  }
  return { ...(target && { target }), ...(protocol && { protocol }), ...(dev && { dev }) };
}

type Asked = ReturnType<typeof asked>;

function headerOf(line: string, i: number, a: Asked): Run | undefined {
  const tcp = TCP.exec(line);
  const m = tcp ?? HEADER.exec(line);
  const windows = m ? null : WINDOWS.exec(line);
  if (!m && !windows) return undefined;
  const text = windows ? (windows[2] ?? windows[1]) : m?.[2];
  return {
    line: i,
    target: (m ?? windows)?.[1],
    address: canonicalAddress(text ?? ''),
    source: tcp ? undefined : canonicalAddress(m?.[3] ?? m?.[4] ?? ''),
    dev: a.dev,
    most: m ? Number(tcp ? m[4] : m[5]) : undefined,
    protocol: tcp ? 'tcp' : windows ? 'icmp' : a.protocol,
    hops: [],
  };
}

function close(run: Run | undefined, out: Sink<TracerouteFact>): void {
  if (!run) return;
  const { target, address, source, dev, protocol, hops } = run;
  const reached = reachedBy(hops, address, run.most);
  const pathMtu = pathMtuOf(hops);
  out.fact(run.line, {
    kind: 'traceroute',
    ...(target !== undefined && { target }),
    ...(address !== undefined && { address, family: address.includes(':') ? 6 : 4 }),
    ...(source !== undefined && { source }),
    ...(dev !== undefined && { dev }),
    ...(protocol && { protocol }),
    hops,
    ...(reached !== undefined && { reached }),
    ...(pathMtu !== undefined && { pathMtu }),
  });
}

/** A hop, or the rest of one; a reason when the line is neither. */
function hopOf(line: string, at: number, hops: TracerouteHop[]): string | undefined {
  const report = REPORTS.exec(line);
  if (report) {
    const from = canonicalAddress(report[2] ?? '');
    const what = report[3] ?? '';
    const probe = { ...(from !== undefined && { from }), note: what.slice(0, 80), error: probeErrorOf(what) };
    hops.push({ ttl: Number(report[1]), line: at, probes: [probe] });
    return undefined;
  }
  // `1  *  *  *  Request timed out.` of Windows, whose address stands behind the times.
  const windows = /^\s*\d{1,3}(?:\s+(?:<?\d+ ms|\*)){3}\s+(\S.*)$/.exec(line);
  const hop = hopWords(line);
  const last = hops.at(-1);
  if (hop) {
    const words = windows
      ? [
          ...(/^Request timed/.test(windows[1] ?? '') ? [] : windowsName(windows[1] ?? '')),
          ...hop.words.slice(0, -wordsOf(windows[1] ?? '').length),
        ]
      : hop.words;
    const probes = probesOf(words);
    if (typeof probes === 'string') return probes;
    hops.push({ ttl: hop.ttl, line: at, probes });
    return undefined;
  }
  if (!last) return 'not a line of traceroute';
  const more = probesOf(wordsOf(line.slice(0, 4000)), last.probes.at(-1));
  if (typeof more === 'string') return more;
  hops[hops.length - 1] = { ...last, probes: [...last.probes, ...more].slice(0, 64) };
  return undefined;
}

/** `node-2 [10.0.0.2]` as Unix has it. */
const windowsName = (text: string): readonly string[] => wordsOf(text.replace(/\[([^\]]+)\]/, '($1)'));

function parse(text: Text, out: Sink<TracerouteFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const a = asked(argv);
  let run: Run | undefined;
  let some = false;
  let device: RegExpExecArray | null = null;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 4000);
    if (line.trim() === '') continue;
    const bare = line.trim();
    device = DEVICE.exec(bare) ?? device;
    const header = headerOf(bare, i, a);
    if (header) {
      close(run, out);
      run = header;
      some = true;
      if (device) {
        header.dev = device[1];
        header.source = canonicalAddress(device[2] ?? '');
      }
    } else if (run && WINDOWS_MAX.test(bare)) {
      run.most = Number(WINDOWS_MAX.exec(bare)?.[1]);
      out.part(i);
    } else if (REST.test(bare)) out.noise(i);
    else {
      const hops = run?.hops ?? [];
      const reason = hopOf(line, text.firstLine + i, hops);
      if (reason !== undefined) {
        if (!failures.take(i, line)) out.gap(i, reason);
        continue;
      }
      // Output that lost its header still tells the way.
      if (!run) {
        const address = canonicalAddress(a.target ?? '');
        run = {
          line: i,
          target: a.target,
          address,
          source: undefined,
          dev: a.dev,
          most: undefined,
          protocol: a.protocol,
          hops,
        };
      }
      some = true;
      out.part(i);
    }
  }
  close(run, out);
  failures.close(some);
}

export const traceroute = defineParser<TracerouteFact>({
  command: 'traceroute',
  emits: ['traceroute'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      /^(?:(?:tcp)?traceroute6?|tracert)$/.test((argv[0] === 'busybox' ? argv[1] : argv[0]) ?? '') ? {} : undefined,
    file: /^(?:tcp)?traceroute|^tracert/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000).trim()).filter((l) => l !== '');
      if (lines.some((l) => HEADER.test(l) || /^Tracing route to \S+/.test(l) || TCP.test(l))) return 3;
      const hops = lines.filter((l) => {
        const hop = hopWords(l);
        const probes = hop && probesOf(hop.words);
        return typeof probes === 'object' && /(?:\d ms|^\d+\s+\* \*)/.test(l);
      }).length;
      return hops > 1 && hops === lines.length ? 2 : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
