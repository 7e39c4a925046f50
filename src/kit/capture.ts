import type { Elsewhere, Fact, Gap } from './parser.js';
import type { Completeness, Reason } from './reason.js';

/** Where a capture was taken: a network stack (node + netns, `''` = the host's own), or the cluster. */
export type Place =
  | { readonly kind: 'stack'; readonly node: string; readonly netns: string }
  | { readonly kind: 'cluster' };

/**
 * The node hint that the text itself carries: a prompt's host name, `vagrant ssh node1`, the pod of a `kubectl exec`. Layouts and
 * identity turn hints into a Place when all files are known.
 */
export interface PlaceHint {
  /** Host name of a prompt or an ssh session. */
  readonly host?: string;
  /** Pod (`namespace/name` or `name`) whose namespace the command ran in. */
  readonly pod?: string;
  /** Network namespace by any other name: `/var/run/docker/netns/87cf…`, `ip netns exec NAME`, a pid or container id. */
  readonly netns?: string;
}

/** A tool replaced the addresses of a text. */
export interface Obfuscation {
  /** `sos clean` */
  readonly by: string;
  /** `equality`: equal addresses are still equal, but no prefix holds what it held; `nothing`: not even that. */
  readonly keeps: 'equality' | 'nothing';
}

/** What became of the lines (or bytes) of a text. */
export interface Tally {
  readonly facts: number;
  readonly noise: number;
  readonly gaps: number;
}

/** What a capture tells of another place than its own. */
export interface ToldElsewhere {
  readonly where: Elsewhere;
  readonly facts: readonly Fact[];
  /** Kinds of fact that it lists of that place; of all others it tells in passing. */
  readonly kinds: readonly string[];
}

/** One command's output: where it is, what it is, and what a parser made of it. */
export interface Capture {
  /** Index in the run; also the order in the input. */
  readonly id: number;
  /** Normalised command (`ip-route`), the parser's name. */
  readonly command: string;
  /** The command line as typed, when the input shows it. */
  readonly commandLine?: string;
  /** Line of that command line in the file. */
  readonly commandAt?: number;
  readonly scope: Readonly<Record<string, string>>;
  /** Kinds of fact that it lists, where its parser emits more. */
  readonly kinds?: readonly string[];
  /** Path with `!/` (see VirtualFile.path); `file` is its index in the run's file table. */
  readonly path: string;
  readonly inner: string;
  readonly file: number;
  /** First line in the file (from 1) and number of lines. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly hint: PlaceHint;
  /** Pasted block (fence, or session without interruption): captures of one block are of one moment. */
  readonly block: string;
  /** Seconds since the epoch, when the capture says one. */
  readonly time?: number;
  /** Modification time that an archive recorded: when the collector wrote it. */
  readonly mtime?: number;
  readonly completeness: Completeness;
  /** Why not full, as a sentence: `| grep flannel.1`. */
  readonly incompleteBecause?: string;
  /** Set when the addresses in it are not the true ones. */
  readonly obfuscated?: Obfuscation;
  /** Set when the output is a failure: the capture proves nothing. */
  readonly failure?: { readonly reason: Reason; readonly detail: string };
  readonly facts: readonly Fact[];
  readonly elsewhere?: readonly ToldElsewhere[];
  readonly gaps: readonly Gap[];
  /** Lines by fate; facts + noise + gaps = lineCount. */
  readonly tally: Tally;
  /** The same in bytes of the decoded text, line ends included. */
  readonly bytes: Tally;
  /** Index in the capture of the last line that is of a fact; -1 where none is. */
  readonly lastOfFacts: number;
}

/** A capture with its place decided. */
export interface PlacedCapture extends Capture {
  readonly place: Place;
  /** Which of several collections of one input it is of (`before`, `after`), in their order. */
  readonly round?: { readonly name: string; readonly order: number };
  /** Why it was placed there: `folder node-1`, `prompt root@kevin-test1`. */
  readonly placedBy: string;
}
