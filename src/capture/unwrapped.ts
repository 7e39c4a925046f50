/** What moves a command into another place: a pod, a network namespace, another host, or many at once. */
export type Wrapper =
  | { readonly kind: 'pod'; readonly namespace?: string; readonly name: string }
  | { readonly kind: 'netns'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string }
  /** `pdsh -w node[1-3]`, `ssh $n` in a loop: machines that only the output can tell apart. */
  | { readonly kind: 'hosts'; readonly name: string };

/** A command line with its outermost wrapper taken off. */
export interface Unwrapped {
  readonly rest: readonly string[];
  readonly wrapper?: Wrapper;
  /** The rest is text for a shell (`sh -c '…'`, `ssh host '…'`): pipes in it count as typed. */
  readonly script?: string;
}
