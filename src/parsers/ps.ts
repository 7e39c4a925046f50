import type { ProcessFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { daemonOf } from './process/daemons.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/*
 * USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
 * root       812  2.1  1.3 1934548 108232 ?      Ssl  Jan20  98:31 /usr/bin/kubelet --config=/var/lib/kubelet/config.yaml
 *
 * procps and busybox: the header names the columns, the last of which is the command line. Of the processes only the daemons of the
 * network are facts, the others are noise.
 */
const LAST: ReadonlySet<string> = new Set(['COMMAND', 'CMD', 'ARGS']);
const COLUMNS =
  /^(?:USER|UID|PID|PPID|SPID|LWP|NLWP|PGID|SID|TID|TPGID|C|F|S|STAT|STATE|TTY|TT|TIME|STIME|START|STARTED|ELAPSED|PRI|NI|NICE|CLS|RTPRIO|ADDR|SZ|RSS|VSZ|SIZE|VIRT|RES|SHR|%CPU|%MEM|CPU|MEM|PSR|WCHAN|GROUP|EUSER|EUID|RUSER|COMMAND|CMD|ARGS|LABEL|CONTEXT|UNIT|CGROUP|NS|NETNS|MNTNS|PIDNS|THCNT|PCPU|PMEM)$/;

interface Header {
  /** Columns before the command line; absent where it is not the last and its arguments are not there. */
  readonly columns?: number;
  readonly pid: number;
  /** `STARTED` of lstart holds five words. */
  readonly started: number;
}

function headerOf(line: string): Header | undefined {
  const words = line.length < 300 ? wordsOf(line) : [];
  const pid = words.indexOf('PID');
  if (pid === -1 || words.length < 2 || !words.some((w) => LAST.has(w)) || !words.every((w) => COLUMNS.test(w)))
    return undefined;
  const whole = LAST.has(words.at(-1) ?? '');
  return { ...(whole && { columns: words.length - 1 }), pid, started: words.indexOf('STARTED') };
}

/** Offset behind `count` words. */
function behind(line: string, count: number): number {
  let i = 0;
  for (let n = 0; n < count; n++) {
    while (i < line.length && line.charCodeAt(i) <= 32) i++;
    while (i < line.length && line.charCodeAt(i) > 32) i++;
  }
  return i;
}

/** procps' remark on a terminal that is too wide to be true. */
const SCREEN = /^your \d+x\d+ screen size is bogus\. expect trouble$/;
const DAY = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/;
/** `\_ ` and `|` of a forest. */
const TREE = /^[ |]*(?:\\_ )?/;

/** `ps`: the daemons of the network with their arguments. */
export const ps = defineParser<ProcessFact>({
  command: 'ps',
  emits: ['process'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'ps' ? {} : undefined),
    file: /(?:^|-)ps(?:-[a-z]{1,12})*$|^(?:running-)?processes$/,
    sniff: (head) => (head.slice(0, 20).some((line) => headerOf(line) !== undefined) ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let header: Header | undefined;
    let first = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      const head = headerOf(line);
      if (head) {
        header = head;
        out.noise(i);
      } else if (header) {
        const words = wordsOf(line.slice(0, 400));
        const late = header.started !== -1 && DAY.test(words[header.started] ?? '') ? 4 : 0;
        const pid = words[header.pid] ?? '';
        const command =
          header.columns === undefined ? '' : line.slice(behind(line, header.columns + late)).replace(TREE, '');
        const daemon = /^\d{1,10}$/.test(pid) ? daemonOf(command, Number(pid)) : undefined;
        first ||= pid === '1' && header.columns !== undefined;
        if (daemon) out.fact(i, daemon);
        else out.noise(i);
      } else if (SCREEN.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'a row before any header');
    }
    failures.close(header !== undefined);
    // Process 1 is in each listing of all of them, on a node as in a container.
    if (!first) out.incomplete('filtered', 'not all processes, or without their command lines');
  },
});
