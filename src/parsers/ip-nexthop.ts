import type { NextHopFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser } from '../kit/index.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * id 1 via 192.168.50.12 dev eth0 scope link proto zebra
 * id 10 group 1/2,3 type resilient buckets 32 idle_timer 120 unbalanced_timer 0 unbalanced_time 0
 *
 * iproute2 ip/ipnexthop.c __print_nexthop_entry.
 */
const VALUED: ReadonlySet<string> = new Set([
  'buckets',
  'idle_timer',
  'unbalanced_timer',
  'unbalanced_time',
  'packets',
  'hw_stats',
  'op_stats',
  'hw',
]);
const FLAGS: ReadonlySet<string> = new Set([
  'onlink',
  'linkdown',
  'dead',
  'pervasive',
  'offload',
  'trap',
  'rt_trap',
  'rt_offload',
  'notify',
  'unresolved',
]);
/** Words behind an encapsulation, all of whose own words come before them. */
const BEHIND_ENCAP: ReadonlySet<string> = new Set(['via', 'dev', 'scope', 'proto', 'fdb', ...FLAGS]);
/** `-s` breaks the line: counters of the group, or of a member. */
const STATISTICS = /^\s+(?:stats:|id \d+ packets \d+|packets \d+)/;

type Entry = { -readonly [K in keyof Draft<NextHopFact>]: Draft<NextHopFact>[K] };

/** `1/2,3`: members with their weights, which are 1 if not said. */
function groupOf(text: string): NonNullable<NextHopFact['group']> | undefined {
  const members = text.split('/').map((member) => {
    const [id = '', weight = '1'] = member.split(',');
    return { id: Number(id), weight: Number(weight) };
  });
  return /^\d+(?:,\d+)?(?:\/\d+(?:,\d+)?)*$/.test(text) ? members : undefined;
}

/** An entry; why it is none. */
function entryOf(words: readonly string[]): Entry | string {
  if (words[0] !== 'id' || !/^\d{1,10}$/.test(words[1] ?? '')) return 'not an entry of ip nexthop';
  const flags: string[] = [];
  const entry: Entry = { kind: 'nexthop', id: Number(words[1]), blackhole: false, fdb: false, flags };
  for (let i = 2; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'via') {
      if (words[i + 1] === 'inet6' || words[i + 1] === 'inet') i++;
      const via = canonicalAddress(words[++i] ?? '');
      if (via === undefined) return 'the gateway is masked or unreadable';
      entry.via = via;
    } else if (word === 'dev' || word === 'scope' || word === 'proto') entry[word] = words[++i] ?? '';
    else if (word === 'group') {
      const group = groupOf(words[++i] ?? '');
      if (!group) return 'not an entry of ip nexthop';
      entry.group = group;
    } else if (word === 'encap') {
      const behind = words.findIndex((w, n) => n > i && BEHIND_ENCAP.has(w));
      const end = behind === -1 ? words.length : behind;
      entry.encap = words.slice(i + 1, end).join(' ');
      i = end - 1;
    } else if (word === 'blackhole' || word === 'fdb') entry[word] = true;
    else if (FLAGS.has(word)) flags.push(word);
    else if (word === 'type') {
      if (words[++i] === 'resilient') entry.resilient = true;
    } else if (VALUED.has(word)) i++;
    else return 'not an entry of ip nexthop';
  }
  return entry;
}

const LINE = /^id \d+ (?:via |dev |group |blackhole\b|encap )/;

/** `ip nexthop`: what routes with `nhid` lead to. */
export const ipNexthop = defineParser<NextHopFact>({
  command: 'ip-nexthop',
  emits: ['nexthop'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'nexthop' && command.plain ? shown(command.args) : undefined;
      const keys = new Set(['id', 'dev', 'master', 'vrf', 'proto']);
      return words && { scope: selection(words, 'id', new Set(['groups', 'fdb']), keys) };
    },
    file: /(?:^|-)ip-(?:\w-)*nexthop(?:-show)?$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const telling = lines.filter((line) => line.length < 1000 && LINE.test(line)).length;
      return telling > 0 && telling * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out) {
    readRows(text, out, (line, i) => {
      if (STATISTICS.test(line)) return 'noise';
      const entry = entryOf(wordsOf(line));
      if (typeof entry === 'string') return gap(entry);
      out.fact(i, entry);
      return 'row';
    });
  },
});
