/** Where a collector's file belongs. */
export type Located =
  | { readonly kind: 'node'; readonly node: string; readonly by: string; readonly netns?: string }
  /** Log of a pod, or output of one that runs in the host's namespaces; `pod` is its name or starts with `NAMESPACE-NAME-`, whose dashes only the pod list can tell apart. */
  | { readonly kind: 'pod-log'; readonly pod: string; readonly by: string }
  /** Journals of several machines in one file: each line names its own. */
  | { readonly kind: 'by-host'; readonly by: string }
  | { readonly kind: 'cluster'; readonly by: string }
  /** One node (equal keys are the same) that is called what its captures print, else `name`, else `unknown-N`. */
  | {
      readonly kind: 'unnamed';
      readonly key: string;
      readonly by: string;
      readonly name?: string;
      readonly netns?: string;
    };
