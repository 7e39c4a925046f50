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

/** Rows that grep left without their header: of `ps aux` and of `ps -ef`. */
const SHAPES: readonly (readonly [RegExp, Header])[] = [
  [
    /^\S{1,32}\s+\d{1,10}\s+\d+(?:\.\d)?\s+\d+(?:\.\d)?\s+\d+\s+\d+\s+\S+\s+[A-Z][a-zA-Z<+]{0,5}\s+\S+\s+\d+:\d\d\s+\S/,
    { columns: 10, pid: 1, started: -1 },
  ],
  [
    /^\S{1,32}\s+\d{1,10}\s+\d{1,10}\s+\d+\s+\S+\s+\S+\s+(?:\d+-)?\d\d:\d\d:\d\d\s+\S/,
    { columns: 7, pid: 1, started: -1 },
  ],
];

const shapeOf = (line: string): Header | undefined => SHAPES.find(([row]) => row.test(line.slice(0, 400)))?.[1];

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
    sniff(head) {
      if (head.slice(0, 20).some((line) => headerOf(line) !== undefined)) return 3;
      const rows = head.filter((line) => line.trim() !== '');
      return rows.length > 0 && rows.every((line) => shapeOf(line) !== undefined) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let header: Header | undefined;
    let first = false;
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      const head = headerOf(line);
      if (head) {
        header = head;
        out.noise(i);
        continue;
      }
      const shape = header ?? shapeOf(line);
      if (shape) {
        const words = wordsOf(line.slice(0, 400));
        const late = shape.started !== -1 && DAY.test(words[shape.started] ?? '') ? 4 : 0;
        const pid = words[shape.pid] ?? '';
        const command =
          shape.columns === undefined ? '' : line.slice(behind(line, shape.columns + late)).replace(TREE, '');
        const daemon = /^\d{1,10}$/.test(pid) ? daemonOf(command, Number(pid)) : undefined;
        first ||= pid === '1' && header?.columns !== undefined;
        some = true;
        if (daemon) out.fact(i, daemon);
        else out.noise(i);
      } else if (SCREEN.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'a row before any header');
    }
    failures.close(header !== undefined || some);
    // Process 1 is in each listing of all of them, on a node as in a container.
    if (!first) out.incomplete('filtered', 'not all processes, or without their command lines');
  },
});
