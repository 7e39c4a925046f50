import type { RecentEntry, RecentListFact } from '../facts/index.js';
import { type CaptureContext, canonicalAddress, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { titleOf } from './text/reader.js';
import { filesRead, readsFile } from './text/reads-file.js';
import { share } from './text/share.js';

/*
 * ==> /proc/net/xt_recent/seen <==
 * src=10.9.0.1 ttl: 64 last_seen: 4314888647 oldest_pkt: 3 4314888545, 4314888596, 4314888647
 *
 * net/netfilter/xt_recent.c recent_seq_show: an address, the TTL of its last packet, and when its packets came, in jiffies. IPv6 is printed
 * in full. The list's name is that of the file, which `head` and `tail` print above each of several; before 2.6.28 the folder was ipt_recent.
 */
const ROW = /^src=(\S+) ttl: (\d{1,3}) last_seen: \d+ oldest_pkt: \d+((?:,? \d+)*)$/;
const FILE = /\/net\/(?:xt|ipt)_recent\/([^/!*]+)$/;
const FILES = /\/net\/(?:xt|ipt)_recent\/[^/!]+$/;
const LONGEST = 20_000;
/** The shell found no list to put in place of the pattern: no rule has made one. */
const NO_LIST = /\/proc\/net\/(?:xt|ipt)_recent\/\*['’]?(?: for reading)?: No such file or directory$/;

const nameIn = (path: string): string | undefined => FILE.exec(path)?.[1];
const headIn = (line: string): string | undefined => nameIn(titleOf(line) ?? '');

/** The one list that a command line or a path names. */
const listOf = ({ argv, path, fileName }: CaptureContext): string | undefined =>
  nameIn(filesRead(argv)[0] ?? '') ?? nameIn(`/${path ?? fileName}`);

function entryOf(line: string): RecentEntry | undefined {
  const row = line.length < LONGEST ? ROW.exec(line.trim()) : null;
  const address = row && canonicalAddress(row[1] ?? '');
  return row && address ? { address, ttl: Number(row[2]), stamps: (row[3] ?? '').split(' ').length - 1 } : undefined;
}

/** `/proc/net/xt_recent/LIST`, one or several. */
export const procNetXtRecent = defineParser<RecentListFact>({
  command: 'proc-net-xt-recent',
  emits: ['recent-list'],
  scope: 'stack',
  claims: {
    command: (argv) => {
      const files = filesRead(argv);
      const list = files.length === 1 ? nameIn(files[0] ?? '') : undefined;
      return readsFile(argv, FILES) && (list === undefined ? {} : { scope: { list } });
    },
    file: /(?:^|-)xt-recent(?:-|$)/,
    path: FILE,
    sniff: (head) =>
      share(head, (line) => line.length < 2000 && (ROW.test(line) || headIn(line) !== undefined)) > 0.9 ? 3 : 0,
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    let [list, from, entries] = [listOf(context), 0, [] as RecentEntry[]];
    let some = false;
    const close = (): void => {
      if (list !== undefined && some) out.fact(from, { kind: 'recent-list', list, entries });
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const head = headIn(line);
      const entry = entryOf(line);
      if (head !== undefined) {
        close();
        [list, from, entries] = [head, i, []];
        some = true;
      } else if (entry && list === undefined) out.gap(i, 'the name of the list is not told');
      else if (entry) {
        if (some) out.part(i);
        else from = i;
        some = true;
        entries.push(entry);
      } else if (line.trim() === '' || (line.length < 200 && NO_LIST.test(line.trim()))) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not an entry of a list of recent');
    }
    close();
    failures.close(some);
    // One list by its path alone: of others it tells nothing.
    if (context.argv.length === 0 && nameIn(`/${context.path ?? ''}`) !== undefined) out.only([]);
  },
});
