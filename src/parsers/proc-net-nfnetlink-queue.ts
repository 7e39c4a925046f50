import type { NfQueueFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 *    77   5910     0 0 65531     0     0        0  1
 *
 * net/netfilter/nfnetlink_queue.c seq_show: queue, netlink port, waiting, copy mode, copied octets, dropped, dropped by the socket, last
 * packet's number, and a 1 that means nothing.
 */
const isRow = (w: readonly string[]): boolean =>
  w.length === 9 &&
  w.every((word) => /^\d{1,10}$/.test(word)) &&
  w[8] === '1' &&
  Number(w[0]) < 65536 &&
  Number(w[3]) < 3;

/** With its widths, but for the first, which a paste may lose: numbers in nine columns are many things. */
const PRINTED = /^ {0,4}\d{1,5} [ \d]{5}\d+ +\d+ [0-2] +\d+ +\d+ +\d+ +\d+ {2}1$/;

/** A kernel that has no such queues at all has no such file: nobody listens there either. */
const ABSENT =
  /^(?:\S+: )?(?:cannot open |can't open )?['‘]?\/proc\/(?:\d+\/|self\/)?net\/netfilter\/nfnetlink_queue['’]?(?: for reading)?: No such file or directory$/;

/** `/proc/net/netfilter/nfnetlink_queue`. */
export const procNetNfnetlinkQueue = defineParser<NfQueueFact>({
  command: 'proc-net-nfnetlink-queue',
  emits: ['nf-queue'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/netfilter/nfnetlink_queue']),
    file: /(?:^|-)nfnetlink-queue$/,
    sniff: (head) => (share(head, (line) => line.length < 200 && PRINTED.test(line)) === 1 ? 2 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 200 ? wordsOf(line) : [];
      if (isRow(words)) {
        const [queue, portId, waiting, , , dropped] = words.map(Number);
        out.fact(i, {
          kind: 'nf-queue',
          queue: queue ?? 0,
          portId: portId ?? 0,
          waiting: waiting ?? 0,
          dropped: dropped ?? 0,
        });
        some = true;
      } else if (line.trim() === '' || ABSENT.test(line.trim())) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a row of nfnetlink_queue');
    }
    failures.close(some);
  },
});
