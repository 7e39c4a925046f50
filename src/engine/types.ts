import type { z as Zod } from 'zod';
import type { ClusterKind, FactOf, Kind, StackKind } from '../facts/index.js';
import type { At, PlacedCapture } from '../kit/index.js';
import type { Absence, ClusterModel, Listing, Missing, Node, Scope, Technology } from '../model/types.js';
import type { Pair } from '../path/index.js';
import type { Paths } from './paths.js';

export type NonEmpty<T> = readonly [T, ...T[]];
export type Severity = 'error' | 'warning' | 'info';
export type Confidence = 'certain' | 'likely' | 'possible';

/** A stack as a rule sees it: only the kinds that the rule declared. */
export interface StackView<K extends Kind> {
  readonly node: string;
  readonly netns: string;
  readonly facts: { readonly [P in K & StackKind]: readonly FactOf<P>[] };
  listings<P extends K & StackKind>(kind: P): readonly Listing<P>[];
  /** May absence be concluded from what was captured? */
  absence(kind: K & StackKind, scope?: Scope): Absence;
}

export interface View<K extends Kind> {
  readonly nodes: readonly Node[];
  /** Host stacks that have every kind that the rule needs. */
  readonly hosts: readonly StackView<K>[];
  /** All host stacks, whatever they lack. */
  readonly allHosts: readonly StackView<K>[];
  /** Stacks of pods and containers, whatever they lack. */
  readonly podStacks: readonly StackView<K>[];
  readonly cluster: { readonly [P in K & ClusterKind]: readonly FactOf<P>[] };
  clusterListings<P extends K & ClusterKind>(kind: P): readonly Listing<P>[];
  clusterAbsence(kind: K & ClusterKind, scope?: Scope): Absence;
  /** Undefined when the two lines may be compared as of one moment; else the reason as a sentence. */
  notComparable(a: At, b: At): string | undefined;
  captureOf(at: At): PlacedCapture | undefined;
  node(name: string): Node | undefined;
  /** What the packet walk says. It looks at all captures, whatever the rule declares. */
  readonly paths: Paths;
  /** The whole model, for rules about the captures themselves (`capture/*`). */
  readonly model: ClusterModel;
}

export interface EvidenceDraft {
  readonly at: At;
  /** What the line shows, when the line alone does not say it. */
  readonly note?: string;
}

export interface Fix {
  readonly summary: string;
  /** Commands to copy, in order; say the node in the summary. */
  readonly commands: readonly string[];
}

/** A possible cause, by rule and nodes; without a subject any of that rule on one of the nodes. */
export interface CauseDraft {
  readonly rule: string;
  readonly nodes: NonEmpty<string>;
  readonly subject?: string;
}

/**
 * What a repair changes in the facts of one node's host stack, so that the walk can be made again as if it were done. `set`: a key of
 * net.ipv4.conf (or net.ipv6.conf), of one device or (without `dev`) of all; `remove`: the address, the route, the rule of a firewall or of `ip rule` on that line goes, a policy
 * on it becomes ACCEPT.
 */
export type FactChange = { readonly node: string } & (
  | {
      readonly kind: 'set';
      readonly family?: 4 | 6;
      readonly key: string;
      readonly dev?: string;
      readonly value: number;
    }
  | { readonly kind: 'sysctl'; readonly key: string; readonly value: string }
  | { readonly kind: 'remove'; readonly at: At }
  | {
      readonly kind: 'add-route';
      readonly prefix: string;
      readonly via?: string;
      readonly dev: string;
      readonly at: At;
    }
);

export interface FindingDraft {
  readonly kind: 'finding';
  readonly nodes: NonEmpty<string>;
  /** Device, prefix, peer: what on the node is meant. Part of the fingerprint, so no counters or times. */
  readonly subject: string;
  /** One sentence: "X is A, expected B", and what it breaks. */
  readonly message: string;
  readonly evidence: NonEmpty<EvidenceDraft>;
  /** Later or indirect evidence that may tell otherwise ("a later ping works"). */
  readonly later?: readonly EvidenceDraft[];
  /** Default: the rule's; may only be lowered here, or raised to what the catalogue entry allows. */
  readonly severity?: Severity;
  readonly confidence?: Confidence;
  readonly fix?: Fix;
  /**
   * Findings that this one follows from, when the rule itself can tell (one dead daemon, a session down on each peer): by rule, nodes and
   * subject. One that is not there is ignored; `causedBy` of the rule adds its own.
   */
  readonly dueTo?: readonly CauseDraft[];
  /** Lines that decided what is told here: a warning or error that shows one of them is a cause too, whatever its rule. */
  readonly restsOn?: readonly At[];
  /** Which pairs of `breaks` a line decided for; a cause that shows none of these lines is taken to break them all. */
  readonly decided?: ReadonlyMap<At, readonly Pair[]>;
  /** Pairs whose packets the walk shows lost by this. */
  readonly breaks?: readonly Pair[];
  /** The repair, where it is a change of facts: the lost pairs are walked again with it, and the report says how many work then. */
  readonly repair?: NonEmpty<FactChange>;
}

/** A question that the rule could not answer. */
export interface UnknownDraft extends Missing {
  readonly kind: 'unknown';
}

export type RuleResult = FindingDraft | UnknownDraft;

/** `needs`: each entry is a kind, or a list of kinds of which one is enough. */
export type Needs<K extends Kind> = readonly (K | readonly K[])[];

export interface RuleSpec<N extends Kind, U extends Kind, O extends object> {
  /** `area/bad-state`; also the file's path below rules/. */
  readonly id: string;
  readonly title: string;
  /** Why it breaks the network: the mechanism, for `explain`. */
  readonly why: string;
  readonly fix: string;
  readonly severity: Severity;
  readonly since: string;
  readonly needs: Needs<N>;
  /** Kinds that are looked at when they are there. */
  readonly uses?: readonly U[];
  /** The rule applies only where there is a sign of it. */
  readonly technology?: Technology;
  /**
   * What the rule does with addresses, and so whether it can be made on a bundle whose addresses a tool replaced: `contained` (default)
   * asks which prefix holds which address, `equal` compares them, `none` reads no address.
   */
  readonly addresses?: 'contained' | 'equal' | 'none';
  /** `report` (default): a host without the needed kinds is named as not checked; `skip`: it is no gap that anybody would miss. */
  readonly onMissing?: 'report' | 'skip';
  /** May a `likely` finding be an error? Default false: it is capped at warning. */
  readonly likelyMayBeError?: boolean;
  readonly options?: {
    readonly defaults: O;
    /** Called only for configuration, `explain` and docs, so that a lint without configuration never loads zod. */
    readonly schema: (z: typeof Zod) => Zod.ZodType<{ readonly [P in keyof O]?: O[P] | undefined }>;
    readonly describe: { readonly [P in keyof O]: string };
  };
  /** Rules whose findings can cause findings of this one on the same nodes. */
  readonly causedBy?: readonly string[];
  readonly seeAlso?: readonly string[];
  check(view: View<N | U>, options: O): Iterable<RuleResult>;
}

/** A rule with its types folded away: what the engine, the docs and the configuration handle. */
export interface Rule extends Omit<RuleSpec<Kind, Kind, Record<string, unknown>>, 'check' | 'options'> {
  readonly options?: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly schema: (z: typeof Zod) => Zod.ZodType;
    readonly describe: Readonly<Record<string, string>>;
  };
  check(view: View<Kind>, options: Readonly<Record<string, unknown>>): Iterable<RuleResult>;
}

export type Outcome = 'found' | 'clean' | 'not-assessed' | 'crashed';
