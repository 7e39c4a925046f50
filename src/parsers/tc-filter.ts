import type { TcFilterFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { tcCommand } from './tc/command.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * filter protocol all pref 1 bpf chain 0
 * filter protocol all pref 1 bpf chain 0 handle 0x1 cil_from_container direct-action not_in_hw id 1042 tag 3b185187f1855c4c jited
 * filter parent 1: protocol ip pref 5 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw
 *   match 0a000000/ff000000 at 16
 * 	action order 1: mirred (Egress Redirect to device ifb0) stolen
 *
 * iproute2 tc/tc_filter.c print_filter, which leaves out what the command line asked for: `prio 1` takes `pref` off. A first line of each priority has no handle: it stands for the list, not for a filter.
 */
const HEAD = /^(?:(?:deleted|added|replaced) )?filter (?:block \d+ )?/;
/** Lines of a filter that old releases did not indent (u32 and police before 4.20). */
const FLUSH = /^(?:match \S|police 0x[\da-f]+ |drop overhead |ref \d+ bind \d+)/;
const ACTION = /^\s+action order \d+: *(\S.*?)\s*$/;

type Filter = { -readonly [K in keyof Draft<TcFilterFact>]: Draft<TcFilterFact>[K] } & { actions: string[] };

interface Place {
  readonly dev?: string | undefined;
  readonly parent?: string | undefined;
  readonly priority?: string | undefined;
}

/** The filter of a line; nothing for the head of a list; a reason when it is neither. */
function filterOf(line: string, place: Place): Filter | string | undefined {
  const head = HEAD.exec(line);
  const words = wordsOf(line.slice(head?.[0].length ?? 0));
  let { dev, parent } = place;
  const values = new Map<string, string>();
  let i = 0;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'dev') dev = words[++i];
    else if (word === 'ingress' || word === 'egress' || word === 'root') parent = word;
    else if (word === 'parent') parent = words[++i];
    else if (word === 'protocol' || word === 'pref') values.set(word, words[++i] ?? '');
    else break;
  }
  const type = words[i++];
  const protocol = values.get('protocol');
  const asked = values.get('pref') ?? place.priority;
  const priority = asked === undefined ? undefined : Number(asked);
  if (!head || type === undefined || protocol === undefined || (priority !== undefined && !Number.isInteger(priority)))
    return 'not a line of tc filter';
  if (words[i] === 'chain') i += 2;
  const rest = words.slice(i);
  if (rest.length === 0 || rest.includes('divisor')) return undefined;
  const named = rest.findIndex((word, n) => n > 1 && rest[n - 2] === 'handle' && word !== 'flowid');
  const program = type === 'bpf' ? rest[named === -1 ? rest.indexOf('flowid') + 2 : named] : undefined;
  return {
    kind: 'tc-filter',
    ...(dev !== undefined && { dev }),
    ...(parent !== undefined && { parent }),
    protocol,
    ...(priority !== undefined && { priority }),
    type,
    ...(program !== undefined && { program }),
    actions: [],
  };
}

/** `tc filter show dev X [ingress|egress]`. */
export const tcFilter = defineParser<TcFilterFact>({
  command: 'tc-filter',
  emits: ['tc-filter'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = tcCommand(argv);
      return command?.object === 'filter' && !command.json ? { scope: command.scope } : undefined;
    },
    file: /(?:^|-)tc-(?:\w-)*filter(?:-show)?(?:-|$)/,
    sniff: (head) =>
      head.some((line) =>
        /^filter (?:\S+ ){0,5}protocol \S+ (?:pref \d+ \w+|(?:u32|bpf|flower|matchall|basic|fw|flow|cgroup)\s*(?:$|chain \d|(?:fh|handle) ))/.test(
          line.slice(0, 200),
        ),
      )
        ? 3
        : 0,
  },
  parse(text, out, { scope }) {
    const place: Place = { dev: scope['dev'], parent: scope['parent'], priority: scope['priority'] };
    let filter: { readonly line: number; readonly fields: Filter } | undefined;
    let some = false;
    const flush = (): void => {
      if (filter) out.fact(filter.line, filter.fields);
      filter = undefined;
    };
    readRows(
      text,
      out,
      (whole, i) => {
        const line = whole.slice(0, 4000);
        if (HEAD.test(line)) {
          flush();
          const fields = filterOf(line, place);
          if (typeof fields === 'string') return gap(fields);
          some = true;
          if (!fields) return 'noise';
          filter = { line: i, fields };
          return 'row';
        }
        if (!some || (!/^\s/.test(line) && !FLUSH.test(line))) return gap('not a line of tc filter');
        const action = ACTION.exec(line)?.[1];
        if (action !== undefined) filter?.fields.actions.push(action.replace(/^gact action /, ''));
        return filter ? 'row' : 'noise';
      },
      flush,
    );
  },
});
