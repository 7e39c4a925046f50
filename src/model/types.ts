import type { ClusterKind, FactOf, Kind, StackKind } from '../facts/index.js';
import type { At, Obfuscation, PlacedCapture, Reason } from '../kit/index.js';

/** What one capture says of one kind. */
export interface Listing<K extends Kind> {
  readonly capture: PlacedCapture;
  readonly facts: readonly FactOf<K>[];
}

/** Something that is not known, and why. */
export interface Missing {
  readonly node?: string;
  /** Kind of fact, or a narrower name of the input: `neigh`, `neigh on flannel.1`. */
  readonly input: string;
  /** Kind of fact that would supply it, where `input` names several. */
  readonly supply?: Kind;
  readonly reason: Reason;
  readonly detail?: string;
  readonly at?: At;
  /** The rule of a firewall by which it matters at all: it loses what would settle the question by itself. */
  readonly loses?: { readonly node: string; readonly says: string; readonly at: At };
}

/**
 * May the absence of an entry be concluded? Only a full capture proves it, or one whose own selection (`dev cni0`) covers
 * the asked scope.
 */
export type Absence =
  | { readonly known: true; readonly capture: PlacedCapture }
  | { readonly known: false; readonly reason: Reason; readonly detail?: string; readonly at?: At };

export type Scope = Readonly<Record<string, string>>;

/** One network stack: a node's own (`netns` ''), or that of a pod or container on it. */
export interface Stack {
  readonly node: string;
  readonly netns: string;
  /** Facts that count: of several captures of one thing the latest. Sorted as captured. */
  facts<K extends StackKind>(kind: K): readonly FactOf<K>[];
  /** All captures of that kind, oldest first. */
  listings<K extends StackKind>(kind: K): readonly Listing<K>[];
  absence(kind: StackKind, scope?: Scope): Absence;
  /** Was the kind captured at all (with output, or as a full and empty listing)? */
  has(kind: StackKind): boolean;
}

export interface Node {
  /** The name that the captures use. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kubernetesName?: string;
  readonly confidence: 'certain' | 'likely';
  readonly addresses: readonly string[];
  /** Why names were joined: one sentence each, with a line. */
  readonly evidence: readonly { readonly says: string; readonly at: At }[];
  /** Set when the addresses of its captures are not the true ones; `at` is a capture that shows it. */
  readonly obfuscated?: Obfuscation & { readonly at: At };
  /** A machine beside the cluster's nodes: nothing of Kubernetes is to be expected of it. */
  readonly beside?: true;
  readonly host: Stack;
  /** Pod and container stacks. */
  readonly others: readonly Stack[];
}

/** A contradiction on identity that makes the input mixed. */
export interface Contradiction {
  readonly what: 'pod-subnet' | 'vtep' | 'cluster-tag';
  readonly node?: string;
  readonly says: string;
  readonly at: readonly At[];
}

export type Technology = 'flannel' | 'calico' | 'bird' | 'kube-proxy' | 'kubernetes';

export interface ClusterModel {
  readonly nodes: readonly Node[];
  readonly captures: readonly PlacedCapture[];
  /** Paths by file index (see At). */
  readonly files: readonly string[];
  facts<K extends ClusterKind>(kind: K): readonly FactOf<K>[];
  listings<K extends ClusterKind>(kind: K): readonly Listing<K>[];
  absence(kind: ClusterKind, scope?: Scope): Absence;
  has(kind: ClusterKind): boolean;
  captureOf(at: At): PlacedCapture | undefined;
  /** Node of that name or alias; undefined when unknown or ambiguous. */
  node(name: string): Node | undefined;
  /** Set when the addresses of the cluster's own objects are not the true ones. */
  readonly obfuscated?: Obfuscation & { readonly at: At };
  readonly contradictions: readonly Contradiction[];
  /** Undefined when the two may be compared as of one moment; else the sentence that says why not. */
  notComparable(a: At, b: At): string | undefined;
  /** Signs of a technology: the line that shows it. */
  readonly technologies: ReadonlyMap<Technology, At>;
}
