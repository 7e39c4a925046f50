/*
 * cpu=0   	found=0 invalid=2 insert=0 insert_failed=0 drop=0 early_drop=0 error=1 search_restart=0 clash_resolve=0 chaintoolong=0
 * cpu=0   	expect_new=0 expect_create=0 expect_delete=0
 */
import type { NetworkCounterFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { conntrackCommand } from './conntrack/command.js';
import { statName } from './conntrack/stats.js';
import { collectFailures } from './text/failure.js';
import { wordsOf } from './text/words.js';

/** A tool older than the kernel headers it was built with has no name for the newest counters: `(null)=0`. */
const ROW = /^cpu=\d+\s+(?:[a-z_]+=\d+\s*)+(?:\(null\)=\d+\s*)*$/;
/** conntrack-tools before 1.0 added the first row of /proc up itself: a name and a number a line. */
const OLD =
  /^(?:entries|searched|found|new|invalid|ignore|delete|delete_list|insert|insert_failed|drop|early_drop|icmp_error|expect_new|expect_create|expect_delete|search_restart)\s+(\d+)$/;
const SUMMARY = /^conntrack v\S+ \(conntrack-tools\): /;

/** `conntrack -S`: what the tracker went through since the namespace exists, a row a CPU; added up as /proc/net/stat is. */
export const conntrackStats = defineParser<NetworkCounterFact>({
  command: 'conntrack-stats',
  emits: ['network-counter'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = conntrackCommand(argv);
      return command?.action === 'stats'
        ? { scope: { group: command.table === 'expect' ? 'expect' : 'nf_conntrack' } }
        : undefined;
    },
    file: /^conntrack-(?:s|stats?|statistics)(?:-|$)/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000).trim()).filter((l) => l !== '');
      const rows = lines.filter(
        (l) => ROW.test(l) && / (?:insert_failed|found|expect_new)=|\sfound=|\sexpect_new=|\ssearched=/.test(l),
      ).length;
      if (rows > 0) return rows * 2 >= lines.length ? 3 : 2;
      return lines.length > 5 && lines.slice(0, 5).every((l) => OLD.test(l)) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const sums = new Map<string, number>();
    let first = -1;
    const add = (i: number, name: string, value: number): void => {
      if (first === -1) first = i;
      const known = statName(name);
      sums.set(known, name === 'entries' ? value : (sums.get(known) ?? 0) + value);
      out.part(i);
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 1000).trim();
      const old = OLD.exec(line);
      if (ROW.test(line)) {
        for (const word of wordsOf(line).slice(1)) {
          const [name = '', value] = word.split('=');
          if (name !== '(null)') add(i, name, Number(value));
        }
      } else if (old) add(i, line.split(/\s/, 1)[0] ?? '', Number(old[1]));
      else if (SUMMARY.test(line)) out.noise(i);
      else if (line !== '' && !failures.take(i, line)) out.gap(i, 'not a row of conntrack -S');
    }
    for (const [name, value] of sums) out.fact(first, { kind: 'network-counter', name, value });
    failures.close(sums.size > 0);
  },
});
