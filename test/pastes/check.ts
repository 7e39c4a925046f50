import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { judge, type LoadedBundle, load } from '../../src/index.js';
import type { Node, Stack } from '../../src/model/types.js';
import { withFiles } from '../folder.js';
import { inTurn } from '../turns.js';
import { readStored, type Stored } from './bundle.js';
import type { Style } from './style.js';
import { styles } from './styles.js';

/*
 * A bundle that the lab stored, handed over in every style in which people do: what is read back must be what was read from the files, but for
 * what the style loses by its nature (see style.ts). Each bundle is a file of its own, so that they run side by side.
 */

/** Every kind of fact of a stack, whoever asks for it. */
const kindsOf = (loaded: LoadedBundle): readonly string[] =>
  [...new Set(loaded.model.captures.flatMap((c) => c.facts.map((f) => f.kind)))].sort();

/** Kinds that only their command line tells. */
const NEED_COMMAND = ['hostname'];

/** Where a fact and its parts stand in the file. */
const PLACES = new Set(['at', 'line', 'lines', 'runs']);
const withoutPlace = (fact: object): string =>
  JSON.stringify(fact, (key, value) => (PLACES.has(key) ? undefined : value));

interface Read {
  readonly facts: ReadonlyMap<string, readonly string[]>;
  readonly findings: readonly string[];
}

const nameOf = (style: Style | undefined, node: Node): string =>
  style?.loses?.includes('names') ? (node.kubernetesName ?? node.name) : node.name;

async function read(loaded: LoadedBundle, style: Style | undefined, kinds: readonly string[]): Promise<Read> {
  const facts = new Map<string, readonly string[]>();
  const add = (place: string, source: Pick<Stack, 'facts'>): void => {
    for (const kind of kinds) {
      if (style?.loses?.includes('commands') && NEED_COMMAND.includes(kind)) continue;
      const values = source
        .facts(kind as never)
        .map(withoutPlace)
        .sort();
      if (values.length > 0) facts.set(`${place} ${kind}`, values);
    }
  };
  const names = new Map(loaded.model.nodes.map((n) => [n.name, nameOf(style, n)]));
  for (const node of loaded.model.nodes)
    for (const stack of [node.host, ...node.others]) add(`${names.get(node.name)}|${stack.netns}`, stack);
  add('cluster', loaded.model as unknown as Pick<Stack, 'facts'>);
  const report = await judge(loaded);
  const findings = report.findings
    .filter((f) => !f.rule.startsWith('capture/'))
    .map(
      (f) =>
        `${f.severity} ${f.rule} ${f.subject} on ${f.nodes
          .map((n) => names.get(n) ?? n)
          .sort()
          .join(',')}`,
    );
  return { facts, findings: findings.sort() };
}

const difference = (a: Read, b: Read): string[] => {
  const out: string[] = [];
  for (const key of new Set([...a.facts.keys(), ...b.facts.keys()])) {
    const [left, right] = [a.facts.get(key) ?? [], b.facts.get(key) ?? []];
    if (left.length === right.length && left.every((v, i) => v === right[i])) continue;
    const count = (values: readonly string[], v: string) => values.filter((o) => o === v).length;
    for (const v of new Set([...left, ...right])) {
      const more = count(right, v) - count(left, v);
      if (more !== 0) out.push(`${more < 0 ? 'lost' : 'new'} ${key}: ${v.slice(0, 160)}`);
    }
  }
  return out.slice(0, 12);
};

/** Bundles that are pasted, in the order of their turns. */
const BUNDLES = readdirSync(import.meta.dirname)
  .filter((f) => f.endsWith('.test.ts') && f !== 'styles.test.ts')
  .sort();

/** Declares the tests of one bundle of samples/bundles: every other style, for what a style does hangs little on what is broken. */
export function checkPastes(bundle: string): void {
  let stored: Stored;
  let kinds: readonly string[];
  /** By what a style loses. */
  const plain = new Map<string, Promise<Read>>();
  const plainFor = (style: Style): Promise<Read> => {
    const loses = [...(style.loses ?? [])].sort().join();
    const known = plain.get(loses) ?? read(stored.loaded, style, kinds);
    plain.set(loses, known);
    return known;
  };
  beforeAll(async () => {
    stored = await readStored(bundle);
    kinds = kindsOf(stored.loaded);
  });
  const turn = BUNDLES.indexOf(`${bundle}.test.ts`);
  test.each(inTurn(styles, turn, 2).map((s) => [s.name, s] as const))('%s', async (_, style) => {
    const expected = await plainFor(style);
    const rendered = style.render(stored.plain);
    const files = typeof rendered === 'string' || rendered instanceof Uint8Array ? { 'paste.txt': rendered } : rendered;
    await withFiles(files, async (folder) => {
      const loaded = await load(Object.keys(files).map((f) => join(folder, f)));
      const pasted = await read(loaded, style, kinds);
      expect(difference(expected, pasted)).toEqual([]);
      expect(pasted.findings).toEqual(expected.findings);
      expect(loaded.crashes).toEqual([]);
    });
  });
}
