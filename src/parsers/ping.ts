/**
 * ping of iputils, busybox, the BSDs and Windows; several runs in one capture are several facts.
 *
 *     PING 10.244.19.3 (10.244.19.3) 56(84) bytes of data.
 *     From 10.244.1.1 icmp_seq=1 Destination Net Unreachable
 *     1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms
 */
import type { PingFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { type PingCommand, pingCommand } from './ping/command.js';
import { headerOf, isCounts, isReply, readLine } from './ping/lines.js';
import { addError, factOf, newRun, type Run } from './ping/run.js';
import { readWindowsLine, windowsHeaderOf } from './ping/windows.js';
import { collectFailures } from './text/failure.js';

/** `-D` of iputils, and the clock that `ts` or a loop puts in front. */
const STAMP =
  /^(?:\[\d+\.\d+\] |\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?:? |\d\d:\d\d:\d\d(?:\.\d+)? )/;
/** In any language. */
const STATISTICS = /^(?:\^C)?-{2,3} (\S*|.*(?= ping6? statistics)) (?:ping6?|ping-)[ -]?\S{0,40} -{2,3}$/;
/** A run that sent nothing: its name was not resolved, or its kernel knew no way. */
const UNSENT =
  /^(?:ping6?: )?(?:unknown host (\S+)|bad address '([^']+)'|cannot resolve ([^\s:]+): .*|([^\s:]+): (?:Name or service not known|Temporary failure in name resolution|No address associated with hostname|Name does not resolve|Non-recoverable failure in name resolution|System error|Address family for hostname not supported|Try again|nodename nor servname.*|hostname nor servname.*|未知的名称或服务|域名解析暂时失败|Der Name oder der Dienst ist nicht bekannt|Nom ou service inconnu|Nombre o servicio desconocido|Nome ou serviço desconhecido|Имя или служба не известны|名前またはサービスが不明です|이름 혹은 서비스를 알 수 없습니다)|connect: .*|sendto: .*|sendmsg: .*|UDP connect: .*|Do you want to ping broadcast\? .*)$/;
/** iputils asks before it pings a broadcast address. */
const ASKS = /^Do you want to ping broadcast\? /;
const UNSENT_WINDOWS = /^Ping request could not find host (\S+?)\. /;

interface Reading {
  readonly text: Text;
  readonly out: Sink<PingFact>;
  readonly asked: PingCommand;
  run: Run | undefined;
  some: boolean;
  windows: boolean;
}

/** Output without its header still has the command line or its statistics. */
function current(r: Reading, line: number, target = r.asked.target): Run | undefined {
  if (!r.run && target !== undefined) r.run = newRun(line, target);
  return r.run;
}

function close(r: Reading): void {
  const { run, asked } = r;
  if (!run) return;
  if (asked.source !== undefined) run.source ??= asked.source;
  if (asked.dev !== undefined) run.dev ??= asked.dev;
  if (asked.size !== undefined) run.size ??= asked.size;
  r.out.fact(run.line, factOf(run, asked.dontFragment));
  r.some = true;
  r.run = undefined;
}

/** A message in place of a run; false when nobody knows whom it was about. */
function unsent(r: Reading, line: string, i: number): boolean {
  const m = UNSENT.exec(line) ?? UNSENT_WINDOWS.exec(line);
  const target = m?.[1] ?? m?.[2] ?? m?.[3] ?? m?.[4] ?? r.asked.target;
  if (!m || target === undefined) return false;
  close(r);
  const run = newRun(i, target);
  run.transmitted = 0;
  run.received = 0;
  addError(run, line.replace(/^ping6?: /, ''), r.text.firstLine + i);
  r.run = run;
  close(r);
  return true;
}

/** Is the line of ping? Blank ones aside, each is part of a run, or noise of one. */
function read(r: Reading, line: string, i: number): boolean {
  const windows = windowsHeaderOf(line, i);
  const header = windows ?? headerOf(line, i);
  if (header) {
    close(r);
    r.run = header;
    r.windows = windows !== undefined;
    return true;
  }
  const statistics = STATISTICS.exec(line);
  if (statistics) {
    if (r.run?.received !== undefined) close(r);
    const run = current(r, i, statistics[1] || r.asked.target);
    if (run && statistics[1]) run.target = statistics[1];
    if (run) r.out.part(i);
    return run !== undefined;
  }
  const at = r.text.firstLine + i;
  const found = r.windows && r.run ? readWindowsLine(line, at, r.run) : readLine(line, at, () => current(r, i));
  if (found === 'part') r.out.part(i);
  else if (found === 'rest') r.out.noise(i);
  else if (found === 'homeless') r.out.gap(i, 'replies without a header that names the target');
  return found !== undefined;
}

function parse(text: Text, out: Sink<PingFact>, argv: readonly string[]): void {
  const failures = collectFailures(out);
  const r: Reading = { text, out, asked: pingCommand(argv), run: undefined, some: false, windows: false };
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).trimEnd().replace(STAMP, '');
    const bare = line.trim();
    if (bare === '') continue;
    // Behind its statistics a run is over: a message is of the next one.
    if ((r.run === undefined || r.run.received !== undefined) && unsent(r, bare, i)) continue;
    if (read(r, bare, i) || read(r, line, i) || unsent(r, bare, i)) continue;
    if (!failures.take(i, line)) out.gap(i, 'not a line of ping');
  }
  close(r);
  failures.close(r.some);
}

export const ping = defineParser<PingFact>({
  command: 'ping',
  emits: ['ping'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'ping' || argv[0] === 'ping6' || (argv[0] === 'busybox' && /^ping6?$/.test(argv[1] ?? ''))
        ? {}
        : undefined,
    file: /^ping6?(?:-|$)/,
    sniff(head) {
      const lines = head.map((l) => l.trim().slice(0, 2000).replace(STAMP, '')).filter((l) => l !== '');
      if (lines.some((l) => (/^PING/.test(l) && /\bbytes\b/.test(l) && headerOf(l, 0)) || windowsHeaderOf(l, 0)))
        return 3;
      const telling = lines.filter((l) => isCounts(l) || STATISTICS.test(l) || isReply(l) || ASKS.test(l)).length;
      return telling > 0 && telling * 2 >= lines.length ? 2 : 0;
    },
  },
  parse: (text, out, context) => parse(text, out, context.argv),
});
