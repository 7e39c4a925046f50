import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import { withFiles } from '../folder.js';
import { inTurn } from '../turns.js';
import { bundleOf, cases, rowsOf } from './judged-cases.js';

/**
 * With captures taken away at random a verdict stays or becomes unknown; it never becomes the opposite of what the kernel did. Where no node's
 * sockets were captured a port that is asked for is presumed to be open, so lists of sockets stay in the bundles of nodes that have none.
 */
const root = join(import.meta.dirname, '..', '..', 'samples', 'bundles');
const bundles = readdirSync(root)
  .filter((f) => f.endsWith('.kernel.json'))
  .map((f) => f.replace('.kernel.json', ''));

function filesOf(folder: string, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory()
        ? Object.entries(filesOf(path, `${prefix}${name}/`))
        : [[`${prefix}${name}`, readFileSync(path, 'utf8')]];
    }),
  );
}

/** Numbers between 0 and 1 that are the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Answered {
  readonly src: string;
  readonly dst: string;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  readonly ok: boolean;
}

const SHARES = [0.05, 0.15, 0.4, 0.7];

describe.each(bundles)('%s', (name) => {
  const files = filesOf(join(root, name));
  const asked = JSON.parse(readFileSync(join(root, `${name}.kernel.json`), 'utf8')) as readonly Answered[];

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('captures taken away, round %i', async (round) => {
    const next = random(round * 7919 + name.length);
    const share = SHARES[round % SHARES.length] ?? 0.15;
    const kept = Object.fromEntries(
      Object.entries(files).filter(([path]) => /socket|ss-/.test(path) || next() > share),
    );
    const wrong: string[] = [];
    await withFiles(kept, async (folder) => {
      const world = makeWorld((await load([folder])).model);
      for (const { ok, ...probe } of asked) {
        const traced = traceProbe(world, probe);
        if (traced.kind === 'error') continue;
        const { verdict, because } = traced.trace;
        if (verdict === (ok ? 'dropped' : 'delivered'))
          wrong.push(
            `${probe.src} → ${probe.dst} ${probe.proto} ${probe.port ?? ''}: ${verdict} ${because?.reason ?? ''}`,
          );
      }
    });
    const gone = Object.keys(files).filter((f) => !(f in kept));
    expect({ wrong: wrong.slice(0, 10), gone: wrong.length > 0 ? gone : [] }).toEqual({ wrong: [], gone: [] });
  });
});

/** Of each case of the judge every eleventh probe, other ones in each. */
const EVERY = 11;

/** Verdicts that are the opposite of what the kernel did, without some of a case's captures. */
async function opposite(
  [topology, name, i]: readonly [string, string, number],
  files: Readonly<Record<string, string>>,
  gone: ReadonlySet<string>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  await withFiles(Object.fromEntries(Object.entries(files).filter(([path]) => !gone.has(path))), async (folder) => {
    const world = makeWorld((await load([folder])).model);
    for (const [n, { probe, ok }] of rowsOf(topology, name).entries()) {
      const traced = n % EVERY === i % EVERY ? traceProbe(world, probe) : undefined;
      if (traced?.kind !== 'trace') continue;
      const { verdict, because } = traced.trace;
      if (verdict === (ok ? 'dropped' : 'delivered'))
        wrong.push(
          `${probe.src} → ${probe.dst} ${probe.proto} ${probe.port ?? ''}: ${verdict} ${because?.reason ?? ''}`,
        );
    }
  });
  return wrong.slice(0, 10);
}

const numbered = cases.map(([topology, name], i) => [topology, name, i] as const);

test.each(numbered)('%s %s', async (...one) => {
  const [topology, name, i] = one;
  const next = random(i * 104729 + 7);
  const share = SHARES[i % SHARES.length] ?? 0.15;
  const files = bundleOf(topology, name);
  const gone = new Set(Object.keys(files).filter(() => next() <= share));
  const wrong = await opposite(one, files, gone);
  expect({ wrong, gone: wrong.length > 0 ? [...gone] : [] }).toEqual({ wrong: [], gone: [] });
});

/** Entries that come and go: a capture before anybody spoke to anybody has none of them. */
const LEARNT = / (?:REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE) *$/;

/** Here what the kernel does hangs on who asked whom before: one that is not answered is known as soon as it asks itself. */
const HANGS_ON_BEFORE = /input-drops-solicitations|proxy-ndp-for-far|rule-from-pods/;

test.each(numbered.filter(([, name]) => !HANGS_ON_BEFORE.test(name)))(
  '%s %s before anybody spoke to anybody',
  async (...one) => {
    const [topology, name] = one;
    const files = Object.fromEntries(
      Object.entries(bundleOf(topology, name)).map(([path, text]) => [
        path,
        /ip6?-neigh\.txt$/.test(path)
          ? text
              .split('\n')
              .filter((line) => !LEARNT.test(line))
              .join('\n')
          : text,
      ]),
    );
    expect(await opposite(one, files, new Set())).toEqual([]);
  },
);

/** States and times of neighbours change by themselves. */
const MOVES = /(?:ip-neigh(?:-\w+)?\.txt|commands\.tsv)$/;

/** Where more files differ than so many, counters and the like are among them: the cases take turns. */
const FEW = 4;

test.each(numbered)('%s %s without what shows the fault', async (...one) => {
  const [topology, name, turn] = one;
  const files = bundleOf(topology, name);
  const healthy = bundleOf(topology, 'healthy');
  const changed = Object.keys(files).filter((f) => files[f] !== healthy[f] && !MOVES.test(f));
  const wrong: Record<string, readonly string[]> = {};
  for (const file of changed.length > FEW ? inTurn(changed, turn, 3) : changed) {
    const found = await opposite(one, files, new Set([file]));
    if (found.length > 0) wrong[file] = found;
  }
  expect(wrong).toEqual({});
});
