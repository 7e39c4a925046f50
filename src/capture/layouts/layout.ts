/** Where a collector's file belongs. */
export type Located =
  | { readonly kind: 'node'; readonly node: string; readonly by: string }
  /** Log of a pod; `pod` starts with `NAMESPACE-NAME-`, whose dashes only the pod list can tell apart. */
  | { readonly kind: 'pod-log'; readonly pod: string; readonly by: string }
  | { readonly kind: 'cluster'; readonly by: string }
  /** One node, whose name nothing tells; equal keys are the same. */
  | { readonly kind: 'unnamed'; readonly key: string; readonly by: string };

/** One collector's arrangement of files. Detection looks at the names of all files of one input. */
export interface Layout {
  readonly name: string;
  readonly title: string;
  /** `paths` are the files' inner paths (`!/` at each archive level). */
  detect(paths: readonly string[]): boolean;
  /** Undefined: this layout says nothing of that file, and the generic one decides. */
  locate(inner: string): Located | undefined;
}
