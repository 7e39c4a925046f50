import type { FdbFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { wordsOf } from './text/words.js';

/*
 * fe:fa:62:db:8c:b1 dev flannel.1 dst 192.168.50.13 self permanent
 * 8e:e4:1c:d8:37:f0 dev veth6e82793e used 23504/25 master cni0
 * 33:33:00:00:00:01 dev dev eth0 self permanent
 *
 * iproute2 bridge/fdb.c print_fdb. The doubled `dev` is how RHEL CoreOS prints it.
 */
const FLAGS: ReadonlySet<string> = new Set([
  'self',
  'permanent',
  'static',
  'stale',
  'offload',
  'extern_learn',
  'sticky',
  'router',
  'locked',
  'blackhole',
  'added_by_user',
  'dynamic',
  'local',
]);
const VALUED: ReadonlySet<string> = new Set(['src_vni', 'link-netnsid', 'used', 'activity_notify', 'state']);
const KEYWORDS: ReadonlySet<string> = new Set([
  ...FLAGS,
  ...VALUED,
  'dev',
  'dst',
  'vlan',
  'port',
  'vni',
  'via',
  'nhid',
  'master',
  'br',
]);

const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/;

type Entry = { -readonly [K in keyof Omit<FdbFact, 'at' | 'kind'>]: FdbFact[K] };

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** One line; a reason when it is no entry. `asked` is the device of `show dev X`, which then does not stand in the lines. */
function entryOf(line: string, asked: string | undefined): Entry | string {
  // Nothing in an entry begins so: it is a remark.
  const words = wordsOf(line.replace(/\s#\s[^\n]*$/, ''));
  const lladdr = (words[0] ?? '').toLowerCase();
  const entry: Partial<Entry> = asked === undefined ? {} : { dev: asked };
  const flags: string[] = [];
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    const value = words[i + 1];
    if (FLAGS.has(word)) flags.push(word);
    else if (word.startsWith('state=')) continue;
    else if (value === undefined) return 'not an entry of bridge fdb';
    else {
      i++;
      if (word === 'dev') {
        // A device may be called `dev`; then a keyword follows it.
        const doubled = value === 'dev' && words[i + 1] !== undefined && !KEYWORDS.has(words[i + 1] ?? '');
        entry.dev = doubled ? (words[++i] ?? value) : value;
      } else if (word === 'dst') {
        const dst = canonicalAddress(value);
        if (dst === undefined) return 'the destination is masked or unreadable';
        entry.dst = dst;
      } else if (word === 'vlan' || word === 'vni' || word === 'port' || word === 'nhid') {
        const n = count(value);
        if (n !== undefined) entry[word] = n;
      } else if (word === 'via' || word === 'master') entry[word] = value;
      else if (word === 'br') entry.master = value;
      else if (!VALUED.has(word)) return 'not an entry of bridge fdb';
    }
  }
  if (!MAC.test(lladdr)) return 'the link-layer address is masked or unreadable';
  if (entry.dev === undefined) return 'an entry without its device';
  return { ...entry, lladdr, dev: entry.dev, flags };
}

const LINE = /^\s*[\da-f]{2}(?::[\da-f]{2}){5} (?:dev \S+|dst \S+|vlan \d+|master \S+|self\b|permanent\b)/;
const SELECT_FLAGS = new Set(['self', 'dynamic', 'static', 'permanent']);
const SELECT_KEYS = new Set(['dev', 'br', 'brport', 'vlan', 'state']);

/** `bridge fdb show` in all its forms but `-j`. */
export const bridgeFdb = defineParser<FdbFact>({
  command: 'bridge-fdb',
  emits: ['fdb'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'fdb' && command.plain ? shown(command.args) : undefined;
      if (!words) return undefined;
      // `brport` is iproute2's older word for `dev`; `br` gives the entries of a bridge's ports, which all name it as their master.
      const { brport, br, ...rest } = selection(words, 'dev', SELECT_FLAGS, SELECT_KEYS);
      return {
        scope: { ...rest, ...(brport !== undefined && { dev: brport }), ...(br !== undefined && { master: br }) },
      };
    },
    file: /(?:^|-)fdb(?:-|$)/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const telling = lines.filter(
        (line) => line.length < 1000 && LINE.test(line) && typeof entryOf(line, '') !== 'string',
      ).length;
      if (telling === 0 || telling * 2 < lines.length) return 0;
      return telling > 1 ? 3 : 2;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '') continue;
      const entry = entryOf(line, context.scope['dev']);
      if (typeof entry !== 'string') {
        some = true;
        out.fact(i, { kind: 'fdb', ...entry });
      } else if (line.trim() === '--') {
        out.noise(i);
        out.incomplete('filtered', 'grep left lines out between its matches');
      } else if (!failures.take(i, line)) out.gap(i, entry);
    }
    failures.close(some);
  },
});
