import { tgz } from './per-machine.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter, type Written } from './writer.js';

export interface PerCluster {
  readonly layout: string;
  readonly title: string;
  /** Command line to path, for one node. */
  readonly files: Readonly<Record<string, string>>;
  readonly path: (node: string, file: string, index: number) => string;
  /** kubectl's outputs by path. */
  readonly objects?: Readonly<Record<string, string>>;
  readonly text?: (command: string, text: string) => string;
  readonly extra?: (store: Store) => Readonly<Record<string, string>>;
  /** Name of the one archive; without it a plain folder. */
  readonly archive?: string;
  /** Nodes are packed by themselves: name of each archive, which holds what `path` says below it. */
  readonly pack?: (node: string) => string;
  readonly lazy?: boolean;
  readonly more?: Omit<Written, 'files' | 'commands' | 'objects'>;
}

/** A collector that leaves one archive or folder for the whole cluster. */
export const perCluster = (spec: PerCluster): LayoutWriter => ({
  layout: spec.layout,
  title: spec.title,
  write(store) {
    const out: Record<string, string | Uint8Array> = { ...spec.extra?.(store) };
    for (const [i, node] of store.nodes.entries()) {
      const own: Record<string, string> = {};
      for (const [command, text] of answersOf(store, node, Object.keys(spec.files)))
        if (text !== '' || !spec.lazy)
          own[spec.path(node, spec.files[command] ?? command, i)] = spec.text?.(command, text) ?? text;
      if (spec.pack) out[spec.pack(node)] = tgz(own);
      else Object.assign(out, own);
    }
    for (const [command, path] of Object.entries(spec.objects ?? {})) out[path] = store.object(command);
    return {
      files: spec.archive === undefined ? out : { [spec.archive]: tgz(out) },
      commands: Object.keys(spec.files),
      objects: Object.keys(spec.objects ?? {}),
      ...spec.more,
    };
  },
});
