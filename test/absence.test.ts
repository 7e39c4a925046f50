import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Finding } from '../src/engine/report.js';
import { lint } from '../src/index.js';
import { inTurn } from './turns.js';

/**
 * What nobody captured proves nothing: with each file of a sample bundle missing, with each kind of file missing on all nodes, and with each
 * node missing, findings may go (to not assessed), but none may come. The bundles hold the same files: they take turns.
 */
const bundles = join(import.meta.dirname, '../samples/bundles');
const names = readdirSync(bundles).filter((name) => statSync(join(bundles, name)).isDirectory());

let work = '';
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'dumplint-absence-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile());

function tar(...args: readonly string[]): void {
  const done = spawnSync('tar', args, { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
}

/** Unpacks every archive into a folder of its name, which reads the same. */
function unpack(folder: string): void {
  for (const path of filesBelow(folder)) {
    if (!path.endsWith('.tar.gz')) continue;
    const archive = join(folder, path);
    const into = archive.replace(/\.tar\.gz$/, '');
    mkdirSync(into);
    tar('-xzf', archive, '-C', into);
    rmSync(archive);
    unpack(into);
  }
}

/** Which files to take away at once. */
function removals(files: readonly string[], turn: number): ReadonlyMap<string, readonly string[]> {
  const out = new Map(inTurn(files, turn, 3).map((f) => [f, [f]]));
  for (const kind of inTurn([...new Set(files.map((f) => basename(f)))], turn, 2))
    out.set(
      `every ${kind}`,
      files.filter((f) => basename(f) === kind),
    );
  for (const node of ['node-1', 'node-2', 'node-3', 'cluster'])
    out.set(
      `all of ${node}`,
      files.filter((f) => f.split('/').some((part) => part === node || part.startsWith(`${node}-debug`))),
    );
  return out;
}

const loud = async (folder: string): Promise<readonly Finding[]> =>
  (await lint([folder])).findings.filter((f) => f.severity !== 'info');

/** The same thing said before, at least as gravely, of at least these nodes. */
const isOld = (before: readonly Finding[], f: Finding): boolean =>
  before.some(
    (b) =>
      b.rule === f.rule &&
      b.subject === f.subject &&
      (b.severity === 'error' || f.severity === 'warning') &&
      f.nodes.every((n) => b.nodes.includes(n)),
  );

test.each(names.map((name, i) => [name, i] as const))(
  '%s',
  async (name, turn) => {
    const folder = join(work, name);
    cpSync(join(bundles, name), folder, { recursive: true });
    const whole = await loud(folder);
    unpack(folder);
    const before = await loud(folder);
    expect(before.map((f) => f.fingerprint)).toEqual(whole.map((f) => f.fingerprint));
    const aside = join(work, `${name}.aside`);
    mkdirSync(aside);
    const come: string[] = [];
    for (const [what, paths] of removals(filesBelow(folder), turn)) {
      for (const [i, path] of paths.entries()) renameSync(join(folder, path), join(aside, String(i)));
      for (const f of await loud(folder))
        if (!isOld(before, f)) come.push(`without ${what}: ${f.severity} ${f.rule} ${f.nodes.join()}: ${f.message}`);
      for (const [i, path] of paths.entries()) renameSync(join(aside, String(i)), join(folder, path));
    }
    expect(come).toEqual([]);
  },
  60_000,
);
