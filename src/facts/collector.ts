import type { Fact } from '../kit/index.js';

/** What a collector wrote down of one command: which, into which file, how it ended (sos' manifest.json, troubleshoot's `-info.json`). */
export interface CommandRunFact extends Fact {
  readonly kind: 'command-run';
  /** As run: `ip -s -s neigh show`. */
  readonly command: string;
  /** File of the output; absent when nothing was stored. */
  readonly path?: string;
  /** `path` is relative to the folder of the record, or to the collector's own root. */
  readonly relativeTo: 'folder' | 'root';
  /** Exit status; 127: there is no such program. */
  readonly exitCode?: number;
}
