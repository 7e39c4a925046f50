import { defineParser } from '../kit/index.js';
import { isOther, nameTells, otherCommand, otherHead } from './other/table.js';
import { collectFailures } from './text/failure.js';

/*
 *               total        used        free      shared  buff/cache   available
 * Mem:        8167432     2108196      312084      165432     5747152     5600436
 *
 * What collectors and people capture beside the network: hardware, disks, memory, packages, and tables of /proc/net that decide nothing.
 * It is recognised so that it is not called unread; each of its lines is noise.
 */

/** Output that says nothing of the network's state. */
export const otherOutput = defineParser<never>({
  command: 'other-output',
  emits: [],
  scope: 'stack',
  claims: {
    command: (argv) => (otherCommand(argv) ? { kinds: [] } : undefined),
    file: nameTells,
    path: isOther,
    sniff: (head) => (otherHead(head) ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (text.count <= 3 && failures.take(i, line)) continue;
      some ||= line.trim() !== '';
      out.noise(i);
    }
    failures.close(some);
  },
});
