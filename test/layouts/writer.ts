import type { Store } from './store.js';

/** A bundle as a collector writes it. */
export interface Written {
  /** Files of the input folder by path: the archives that the collector leaves, or its folder. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** What of it was run on each node, as command lines of the store: the plain bundle holds the same. */
  readonly commands: readonly string[];
  /** Command lines of the cluster, as in the store. */
  readonly objects?: readonly string[];
  /** Nodes that it covers; all of the store unless told. */
  readonly nodes?: readonly string[];
  /** What the node is called in the report, where that is not its own name. */
  readonly nameOf?: (node: string) => string;
  /** Kinds of fact that logs give a node, where no command was run on it: compared with nothing, but there. */
  readonly logged?: Readonly<Record<string, readonly string[]>>;
  /** Kinds of fact in which the collector's form says more or less than the plain one, each with the reason. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** Arranges what a lab cluster answered in the way of one collector. */
export interface LayoutWriter {
  /** Name of the layout (src/capture/layouts). */
  readonly layout: string;
  /** Which collector and which of its versions: `sos 4.x`. */
  readonly title: string;
  write(store: Store): Written | Promise<Written>;
}

/** Outputs of the commands that the node could answer, by command line. */
export const answersOf = (store: Store, node: string, commands: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    commands.flatMap((c) => {
      const text = store.answer(node, c);
      return text === undefined ? [] : [[c, text] as const];
    }),
  );
