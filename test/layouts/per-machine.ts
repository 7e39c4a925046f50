import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter, type Written } from './writer.js';

export const tgz = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  gzipSync(tar(...Object.entries(files).map(([name, body]) => ({ name, body }))));

export interface PerMachine {
  readonly layout: string;
  readonly title: string;
  /** Command line to path below the collector's top. */
  readonly files: Readonly<Record<string, string>>;
  /** Name of a node's archive; '' for a plain folder of `top`. */
  readonly archive: (node: string, index: number) => string;
  /** Folder in the archive (or, without one, in the input), with its final slash. */
  readonly top: (node: string, index: number) => string;
  /** What else lies there, by path below the top. */
  readonly extra?: (node: string) => Readonly<Record<string, string>>;
  /** kubectl's outputs by path, in the archive of the first node. */
  readonly objects?: Readonly<Record<string, string>>;
  /** What the collector makes of an output. */
  readonly text?: (command: string, text: string) => string;
  /** Empty outputs leave no file. */
  readonly lazy?: boolean;
  readonly more?: Omit<Written, 'files' | 'commands' | 'objects'>;
}

function filesOf(spec: PerMachine, store: Store, node: string, first: boolean): Record<string, string> {
  const { files, text = (_, t) => t, extra = () => ({}), objects = {}, lazy = false } = spec;
  const answers = [...answersOf(store, node, Object.keys(files))].filter(([, t]) => !lazy || t !== '');
  return {
    ...Object.fromEntries(answers.map(([c, t]) => [files[c] ?? c, text(c, t)])),
    ...extra(node),
    ...(first && Object.fromEntries(Object.entries(objects).map(([c, path]) => [path, store.object(c)]))),
  };
}

/** A collector that leaves one archive or folder for each machine. */
export const perMachine = (spec: PerMachine): LayoutWriter => ({
  layout: spec.layout,
  title: spec.title,
  write(store) {
    const out: Record<string, string | Uint8Array> = {};
    for (const [i, node] of store.nodes.entries()) {
      const below = Object.entries(filesOf(spec, store, node, i === 0)).map(
        ([path, body]) => [`${spec.top(node, i)}${path}`, body] as const,
      );
      const archive = spec.archive(node, i);
      if (archive === '') for (const [path, body] of below) out[path] = body;
      else out[archive] = tgz(Object.fromEntries(below));
    }
    return { files: out, commands: Object.keys(spec.files), objects: Object.keys(spec.objects ?? {}), ...spec.more };
  },
});
