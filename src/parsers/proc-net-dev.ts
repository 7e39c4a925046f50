import type { LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/*
 * Inter-|   Receive                                                |  Transmit
 *  face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
 *   cni0: 1812203   10021     0    0    0     0          0         0  771103    9912     0    0    0     0       0          0
 *
 * net/core/net-procfs.c dev_seq_show. Old kernels leave no blank behind the colon.
 */
const HEADER = /^(?:Inter-\| +Receive|face \|\s*bytes)/;
const ROW = /^([^\s:|]{1,64}(?::\d+)?):\s*((?:\d{1,20}\s+){15}\d{1,20})$/;

/** `/proc/net/dev`: the counters of each device. */
export const procNetDev = defineParser<LinkFact>({
  command: 'proc-net-dev',
  emits: ['link'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/dev']),
    file: /^proc-net-dev$/,
    sniff(head) {
      const at = head.findIndex((line) => HEADER.test(line.trim()));
      return at !== -1 && at < 20 ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const row = line.length < 1000 ? ROW.exec(line) : null;
      if (line === '' || HEADER.test(line)) {
        some ||= line !== '';
        out.noise(i);
      } else if (row) {
        some = true;
        const n = wordsOf(row[2] ?? '').map(Number);
        const at = (column: number): number => n[column] ?? 0;
        out.fact(i, {
          kind: 'link',
          name: row[1] ?? '',
          counters: {
            rxPackets: at(1),
            rxErrors: at(2),
            rxDropped: at(3),
            txPackets: at(9),
            txErrors: at(10),
            txDropped: at(11),
          },
        });
      } else if (!failures.take(i, line)) out.gap(i, 'not a row of /proc/net/dev');
    }
    failures.close(some);
  },
});
