import type { CorpusCommand } from '../corpus.js';
import { dmesg } from './dmesg.js';
import { journal } from './journal.js';
import { ping } from './ping.js';
import { tcpdump } from './tcpdump.js';

/** Every mapping, sorted by command: its file and one line here. */
// biome-ignore format: one line per command
export const commands: readonly CorpusCommand[] = [
  dmesg,
  journal,
  ping,
  tcpdump,
];
