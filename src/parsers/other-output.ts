import { defineParser } from '../kit/index.js';
import { isOther, nameTells, otherCommand, otherHead } from './other/table.js';
import { takeAsNoise } from './text/noise.js';

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
  parse: takeAsNoise,
});
