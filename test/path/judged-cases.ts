import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Probe } from '../../src/path/types.js';

/**
 * Clusters of the judge, broken one by one, and what their kernels answered (lab/make-judged.mjs): a healthy one whole, of all others what
 * differs from it. Both families.
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'judged');

/** Files below a folder, by their path in it. */
export const filesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

interface Row {
  readonly probe: Probe;
  readonly ok: boolean;
  readonly seen: string;
}

export const rowsOf = (topology: string, name: string): readonly Row[] =>
  rowsIn(join(root, topology, name, 'answers.tsv'));

/** What a kernel answered: source, destination, protocol, port, size, `df`, `ok` or `lost`, the source that was seen. */
export const rowsIn = (file: string): readonly Row[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [src = '', dst = '', proto = '', port = '', size = '', df = '', answer = '', seen = ''] = line.split('\t');
      const probe = {
        ...{ src, dst, proto: proto as Probe['proto'] },
        ...(port !== '' && { port: Number(port) }),
        ...(size !== '' && { size: Number(size) }),
        ...(df !== '' && { df: true }),
      };
      return { probe, ok: answer === 'ok', seen };
    });

export const cases = readdirSync(root).flatMap((topology) =>
  readdirSync(join(root, topology)).map((name) => [topology, name] as const),
);
const healthy = Object.fromEntries(
  readdirSync(root).map((topology) => [topology, filesOf(join(root, topology, 'healthy', 'bundle'))]),
);

/** The files of a case's bundle. */
export const bundleOf = (topology: string, name: string): Readonly<Record<string, string>> => ({
  ...healthy[topology],
  ...filesOf(join(root, topology, name, 'bundle')),
});
