import type { SoftnetFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { isHex } from './proc/hex.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * 00001a7d 00000000 00000002 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001
 *
 * net/core/net-procfs.c softnet_seq_show: processed, dropped, time_squeeze; since 5.14 the CPU in the 13th column. Offline CPUs are
 * left out, so that without it the row is a count and no CPU's number.
 */
const isRow = (w: readonly string[]): boolean => w.length >= 9 && w.length <= 20 && w.every((word) => isHex(word, 8));
const CPU = 12;
const hex = (word: string | undefined): number => Number.parseInt(word ?? '', 16);

/** `/proc/net/softnet_stat`. */
export const procNetSoftnetStat = defineParser<SoftnetFact>({
  command: 'proc-net-softnet-stat',
  emits: ['softnet'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, ['/proc/net/softnet_stat']),
    file: /(?:^|-)softnet-stat$/,
    sniff: (head) => (share(head, (line) => line.length < 300 && isRow(wordsOf(line))) > 0.9 ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let row = 0;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const words = line.length < 300 ? wordsOf(line) : [];
      if (isRow(words))
        out.fact(i, {
          kind: 'softnet',
          cpu: words.length > CPU ? hex(words[CPU]) : row,
          processed: hex(words[0]),
          dropped: hex(words[1]),
          timeSqueeze: hex(words[2]),
        });
      else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of softnet_stat');
      if (isRow(words)) row++;
    }
    failures.close(row > 0);
  },
});
