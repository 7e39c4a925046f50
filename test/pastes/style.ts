import type { Machine, Output, Plain } from './bundle.js';

/** A way in which people hand over what they typed and saw. */
export interface Style {
  readonly name: string;
  /** One file, or several by name. */
  render(plain: Plain): string | Uint8Array | Readonly<Record<string, string | Uint8Array>>;
  /**
   * What gets lost by the nature of the style, and nothing else may: `names`: nothing names the machines, so they are `unknown-N` or go by what
   * their own output says, and are told by their Kubernetes names. Kinds of fact that need their command line (`hostname`, a filter) are listed.
   */
  readonly loses?: readonly string[];
}

export const style = (name: string, render: Style['render'], ...loses: readonly string[]): Style => ({
  name,
  render,
  ...(loses.length > 0 && { loses }),
});

/** Cluster commands are typed on the first machine. */
export const onMachines = (plain: Plain): readonly Machine[] =>
  plain.machines.map((m, i) => (i === 0 ? { ...m, outputs: [...plain.cluster, ...m.outputs] } : m));

/** Each output by `one`, machines one after the other. */
export const each = (
  plain: Plain,
  one: (output: Output, machine: Machine) => string,
  head?: (m: Machine) => string,
): string =>
  `${onMachines(plain)
    .map((m) => `${head ? `${head(m)}\n` : ''}${m.outputs.map((o) => one(o, m)).join('\n')}`)
    .join('\n')}\n`;

export const lines = (text: string, change: (line: string, i: number) => string): string =>
  text.split('\n').map(change).join('\n');

/** Each output behind a prompt. */
export const prompted =
  (prompt: (m: Machine) => string) =>
  (plain: Plain): string =>
    each(plain, (o, m) => `${prompt(m)}${o.command}\n${o.text}`);
