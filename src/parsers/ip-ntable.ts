import type { NeighbourTableFact, SysctlFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { iproute2Command, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * inet arp_cache
 *     thresh1 128 thresh2 512 thresh3 1024 gc_int 30000
 *     refcnt 1 reachable 36616 base_reachable 30000 retrans 1000
 *
 * iproute2 ip/ipntable.c print_ntable. Blocks with `dev` are the timings of one device, which say nothing of thresholds.
 */
const HEAD = /^\s*(inet6?|arp|dnet) (\w+_cache)\s*$/;
const ENTRY = /^\s+(?:dev \S+|(?:stats )?[a-z]\w*(?: [a-z]\w*)? \S+(?: \S+)*)\s*$/;

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;

/** A value and its line. */
export interface Setting {
  readonly line: number;
  readonly value: number;
}

/** Facts of a table: its own, and the sysctls that its thresholds are. */
export function tellTable(
  line: number,
  family: 4 | 6,
  name: string,
  get: (key: string) => Setting | undefined,
  out: Pick<Sink<NeighbourTableFact | SysctlFact>, 'fact'>,
): void {
  const thresholds = ['thresh1', 'thresh2', 'thresh3'].map(get);
  const [low, middle, high] = thresholds.map((setting) => setting?.value);
  if (low === undefined || middle === undefined || high === undefined) return;
  const [entries, forcedGcRuns, tableFulls] = ['entries', 'forced_gc_runs', 'table_fulls'].map(
    (key) => get(key)?.value,
  );
  out.fact(line, {
    kind: 'neigh-table',
    family,
    name,
    thresholds: [low, middle, high],
    ...(entries !== undefined && { entries }),
    ...(forcedGcRuns !== undefined && { forcedGcRuns }),
    ...(tableFulls !== undefined && { tableFulls }),
  });
  for (const [i, setting] of thresholds.entries())
    if (setting)
      out.fact(setting.line, {
        kind: 'sysctl',
        key: `net.ipv${family}.neigh.default.gc_thresh${i + 1}`,
        value: String(setting.value),
      });
}

/** `ip ntable show`, also with `-s` and `-o`. */
export const ipNtable = defineParser<NeighbourTableFact | SysctlFact>({
  command: 'ip-ntable',
  emits: ['neigh-table', 'sysctl'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (!command?.plain || !/^(?:ntable|ntbl)$/.test(command.object)) return undefined;
      return shown(command.args) && { kinds: ['neigh-table'] };
    },
    file: /(?:^|-)ip-(?:\w-)*ntable(?:-show)?$/,
    sniff: (head) => (head.some((line) => HEAD.test(line.slice(0, 200).replace(/\\.*$/, ''))) ? 3 : 0),
  },
  parse(text, out) {
    out.only(['neigh-table']);
    let table: { readonly line: number; readonly family: 4 | 6; readonly name: string } | undefined;
    let values = new Map<string, Setting>();
    const flush = (): void => {
      if (table) tellTable(table.line, table.family, table.name, (key) => values.get(key), out);
      values = new Map();
    };
    readRows(
      text,
      out,
      (whole, i) => {
        for (const line of whole.split('\\')) {
          if (line.trim() === '') continue;
          const head = HEAD.exec(line);
          if (head) {
            flush();
            const family = head[1] === 'inet' ? 4 : head[1] === 'inet6' ? 6 : undefined;
            table = family && { line: i, family, name: head[2] ?? '' };
          } else if (line.length < 1000 && ENTRY.test(line)) {
            const words = wordsOf(line);
            // `config key_len 4` and `stats allocs 13`: the first word heads the rest.
            for (let w = words.length % 2; w + 1 < words.length; w += 2) {
              const value = count(words[w + 1]);
              if (value !== undefined) values.set(words[w] ?? '', { line: i, value });
            }
          } else return gap('not a line of ip ntable');
        }
        return 'row';
      },
      flush,
    );
  },
});
