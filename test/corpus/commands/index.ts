import type { CorpusCommand } from '../corpus.js';
import { ping } from './ping.js';

/** Every mapping, sorted by command: its file and one line here. */
// biome-ignore format: one line per command
export const commands: readonly CorpusCommand[] = [
  ping,
];
