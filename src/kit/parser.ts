import type { At } from './at.js';
import type { Text } from './text.js';

/** A typed value out of a capture, with the line that says it. */
export interface Fact {
  readonly kind: string;
  readonly at: At;
}

/** A fact before the capture stage stamps its line. */
export type Draft<F extends Fact> = F extends Fact ? Omit<F, 'at'> : never;

/** A line that a parser did not understand. */
export interface Gap {
  readonly at: At;
  readonly text: string;
  readonly reason: string;
}

/** Another place than that of the capture: what one file of a collector tells of each namespace of a node, or of several nodes. */
export interface Elsewhere {
  /** Absent: the node of the capture. */
  readonly node?: string;
  /** '' or absent: the host's own. */
  readonly netns?: string;
}

/**
 * Where a parser puts what it read. Each line of the capture must end as part of a fact, as declared noise or as a gap;
 * a line that is none of the three when the parser returns becomes a gap by itself. Line indexes count from 0.
 */
export interface Sink<F extends Fact> {
  /** One fact whose evidence is line `line`; `where` if it is not of the place that the capture was taken in. Returns nothing: facts are values, build them whole. */
  fact(line: number, fact: Draft<F>, where?: Elsewhere): void;
  /** `line` belongs to a fact that another line carries (continuation, header of a table). */
  part(line: number): void;
  /** `line` carries nothing by declaration: blank lines, column headers, prompts, `Table master4:`. */
  noise(line: number): void;
  gap(line: number, reason: string): void;
  /** The capture is not all it seems (`... + 3 more`, an unfinished table); never raises completeness. */
  incomplete(reason: 'filtered' | 'truncated', detail: string): void;
  /**
   * The listing is of these kinds of fact only (`kubectl get pods`), be there entries or none; without it of all that the parser emits. `scope`: of these
   * kinds only what it selects, as a command line would (`{ api: 'kubernetes' }`).
   */
  only(kinds: readonly F['kind'][], scope?: Readonly<Record<string, string>>): void;
  /** Of the place `where` all facts of these kinds were listed, be there entries or none. What is not said to be listed there is not known to be absent. */
  listed(kinds: readonly F['kind'][], where: Elsewhere): void;
  /** The capture holds a failure instead of output: absent, not empty. */
  failed(line: number, reason: 'command-failed' | 'permission-denied', detail: string): void;
}

/** What is known of a capture beside its text. */
export interface CaptureContext {
  /** The command's own words, unwrapped of sudo, nsenter, kubectl exec and pipes: `['ip','-d','route','show']`; empty if unknown. */
  readonly argv: readonly string[];
  /** Last path segment of the file, without compression suffix. */
  readonly fileName: string;
  /** Path inside the bundle: `proc/sys/net/ipv4/ip_forward` says which value it holds, `namespaces/kube-system/…/current.log` whose log. */
  readonly path?: string;
  /** Selection that the command line made: `{ dev: 'cni0' }`, `{ table: '100' }`, `{ unit: 'flanneld' }`. */
  readonly scope: Readonly<Record<string, string>>;
  /** Node name when prompt or folder gave one already. */
  readonly node?: string;
}

/** What a command line says about its output. */
export interface Claim {
  /** Selection made by the command's own arguments; those rows are complete, others absent (`ip neigh show dev cni0`). */
  readonly scope?: Readonly<Record<string, string>>;
  /** Kinds of fact that this command lists, where its parser emits more (`kubectl get pods` lists no nodes). */
  readonly kinds?: readonly string[];
}

/** Text of one capture to facts, noise and gaps. Never throws on any bytes. */
export interface Parser<F extends Fact = Fact> {
  /** Normalised command: the parser's and the sample folder's name, `ip-route`. */
  readonly command: string;
  /** Kinds of fact it emits; several parsers may emit one kind. */
  readonly emits: readonly F['kind'][];
  /** Where its facts belong: to the stack that the capture was taken in, or to the cluster. */
  readonly scope: 'stack' | 'cluster';
  readonly claims: {
    /** Does this parser read the output of that command? `argv[0]` is the bare program name. */
    command?(argv: readonly string[]): Claim | undefined;
    /** File names that suggest this command, matched against the normalised name (lower case, `-` for blanks, dots and `_`; extension gone). */
    readonly file?: RegExp;
    /** What such a name says as a command line would: `ip6-route` lists IPv6 alone. Asked with the normalised name. */
    named?(name: string): Claim;
    /** Paths inside a bundle whose file this parser reads, whatever it holds: a tree with one value a file, `etc/sysctl.d/`. */
    readonly path?: RegExp;
    /**
     * Does this text look like the command's output? `head` holds up to 200 lines. 0 = no; 1 = possible (needs a name or command to agree);
     * 2 = typical; 3 = unmistakable (a format's own header). Content wins over names.
     */
    sniff(head: readonly string[]): 0 | 1 | 2 | 3;
  };
  /** Awaited once before the first `parse`, for parsers that load a library. */
  prepare?(): Promise<void>;
  parse(text: Text, out: Sink<F>, context: CaptureContext): void;
}

/** Checks the types of one parser at its definition; returns it as it is. */
export const defineParser = <F extends Fact>(parser: Parser<F>): Parser<F> => parser;
