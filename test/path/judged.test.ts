import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import type { Probe } from '../../src/path/types.js';
import { withFiles } from '../folder.js';

/**
 * Clusters of the judge, broken one by one, and what their kernels answered (lab/make-judged.mjs): a healthy one whole, of all others what
 * differs from it. Both families.
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'judged');

const filesOf = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, 'utf8')]),
  );

/** What lives as long as an entry of a neighbour that nothing renews: the kernel answers now, and does not in half a minute. */
const PASSING = /^whether (?:neighbours still know|\S+ is still known)/;

interface Row {
  readonly probe: Probe;
  readonly ok: boolean;
  readonly seen: string;
}

const rowsOf = (topology: string, name: string): readonly Row[] =>
  readFileSync(join(root, topology, name, 'answers.tsv'), 'utf8')
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

const cases = readdirSync(root).flatMap((topology) =>
  readdirSync(join(root, topology)).map((name) => [topology, name] as const),
);
const healthy = Object.fromEntries(
  readdirSync(root).map((topology) => [topology, filesOf(join(root, topology, 'healthy', 'bundle'))]),
);

test.each(cases)('%s %s', async (topology, name) => {
  const files = { ...healthy[topology], ...filesOf(join(root, topology, name, 'bundle')) };
  await withFiles(files, async (folder) => {
    const world = makeWorld((await load([folder])).model);
    const wrong: string[] = [];
    for (const { probe, ok, seen } of rowsOf(topology, name)) {
      const traced = traceProbe(world, probe);
      const text = `${probe.src} ${probe.dst} ${probe.proto} ${probe.port ?? ''} ${probe.size ?? ''}`;
      if (traced.kind === 'error') wrong.push(`${text}: ${traced.says}`);
      else {
        const { verdict, because, missing, outcomes } = traced.trace;
        // Which of several sources a hash picks is the kernel's own secret: it must be one of those that the walk names.
        const sources = outcomes.flatMap((o) => o.seenSource ?? []);
        // What is between somebody outside and an address that no node has any more nobody captured.
        if (verdict === 'unknown' && !/^(?:node|pod):/.test(probe.src)) continue;
        if (verdict === 'unknown' && missing.length > 0 && missing.every((m) => PASSING.test(m.input))) continue;
        if (verdict !== (ok ? 'delivered' : 'dropped'))
          wrong.push(`${text}: ${verdict} ${because?.node} ${because?.reason} ${missing.map((m) => m.input).join()}`);
        else if (ok && seen !== '' && sources.length > 0 && !sources.includes(seen))
          wrong.push(`${text}: seen as ${sources.join(' or ')}, not ${seen}`);
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
  });
});
