import type { MdbFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser, isLladdr } from '../kit/index.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * dev cni0 port veth8a3f grp ff02::1:ffe2:7193 temp
 * 7: cni0  veth8a3f  224.1.2.3  temp
 * router ports on cni0: eth1
 *
 * iproute2 bridge/mdb.c print_mdb_entry; the second form was `-d` of versions before 3.10.
 */
const VALUED: ReadonlySet<string> = new Set([
  'proto',
  'filter_mode',
  'source_list',
  'dst',
  'dst_port',
  'vni',
  'src_vni',
  'via',
]);
const FLAGS: ReadonlySet<string> = new Set(['offload', 'fast_leave', 'added_by_star_ex', 'blocked', 'offload_failed']);
const TIMER = /^\d{1,6}\.\d\d$/;

const groupOf = (word: string): string | undefined =>
  canonicalAddress(word) ?? (isLladdr(word) ? word.toLowerCase() : undefined);

/** An entry; why it is none. */
function entryOf(words: readonly string[]): Draft<MdbFact> | string {
  const old = /^\d+:$/.test(words[0] ?? '');
  const at = old ? { dev: 1, port: 2, grp: 3, rest: 4 } : { dev: 1, port: 3, grp: 5, rest: 6 };
  const named = words[0] === 'dev' && words[2] === 'port' && words[4] === 'grp';
  const [bridge, port] = [words[at.dev], words[at.port]];
  if ((!old && !named) || bridge === undefined || port === undefined) return 'not an entry of bridge mdb';
  const group = groupOf(words[at.grp] ?? '');
  if (group === undefined) return 'the group is masked or unreadable';
  const flags: string[] = [];
  let source: string | undefined;
  let vid: number | undefined;
  for (let i = at.rest; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'src') {
      source = canonicalAddress(words[++i] ?? '');
      if (source === undefined) return 'the source is masked or unreadable';
    } else if (word === 'vid') vid = Number(words[++i]);
    else if (VALUED.has(word)) i++;
    else if (FLAGS.has(word)) flags.push(word);
    else if (word !== 'permanent' && word !== 'temp' && !TIMER.test(word)) return 'not an entry of bridge mdb';
  }
  return {
    kind: 'mdb',
    bridge,
    port,
    group,
    ...(source !== undefined && { source }),
    ...(vid !== undefined && Number.isInteger(vid) && { vid }),
    permanent: words.includes('permanent'),
    flags,
  };
}

/** Ports behind which a multicast router is; nothing hangs on it for pods. */
const ROUTER = /^\s*(?:router ports? (?:on|dev) \S+|\s+\S+ +\d+\.\d\d (?:temp|permanent)$)/;
const ENTRY = /^\s*dev \S+ port \S+ grp [\da-fA-F.:]+ /;

/** `bridge mdb`, also with `-d` and `-s`. */
export const bridgeMdb = defineParser<MdbFact>({
  command: 'bridge-mdb',
  emits: ['mdb'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'mdb' && command.plain ? shown(command.args) : undefined;
      if (!words) return undefined;
      const { dev, ...rest } = selection(words, 'dev', new Set(), new Set(['dev', 'vid']));
      return { scope: { ...(dev !== undefined && { bridge: dev }), ...rest } };
    },
    file: /(?:^|-)bridge-(?:\w-)*mdb(?:-show)?$/,
    sniff: (head) =>
      head.some((line) => ENTRY.test(line.slice(0, 300)) || /^router ports on \S+: /.test(line)) ? 3 : 0,
  },
  parse(text, out) {
    readRows(text, out, (line, i) => {
      if (line.length < 4000 && ROUTER.test(line)) return 'noise';
      // `-o` has all of them on one line.
      for (const part of line.split('\\')) {
        if (part.trim() === '' || ROUTER.test(part)) continue;
        const entry = entryOf(wordsOf(part));
        if (typeof entry === 'string') return gap(entry);
        out.fact(i, entry);
      }
      return 'row';
    });
  },
});
