import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimOf } from '../../src/capture/recognise.js';
import { parseCommandLine } from '../../src/capture/shell.js';
import { INPUTS } from '../../src/engine/inputs.js';
import type { Report } from '../../src/engine/report.js';
import type { Kind } from '../../src/facts/index.js';
import { lint } from '../../src/index.js';
import { parsers } from '../../src/parsers/index.js';
import { needsOf, needsText } from '../../src/report/needs.js';
import { withFiles } from '../folder.js';
import { inTurn } from '../turns.js';

/**
 * `dumplint needs` keeps its word: the command that it names is one that dumplint reads, and what that command prints answers the
 * question. For each bundle of the lab each capture is taken out, and put back as a paste behind the command that `needs` then asks for.
 */
const bundles = join(import.meta.dirname, '..', '..', 'samples', 'bundles');
const samples = join(import.meta.dirname, '..', '..', 'samples', 'parsers');

type Files = Readonly<Record<string, string>>;

function filesOf(bundle: string): Files {
  const root = join(bundles, bundle);
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')]),
  );
}

const linted = (files: Files): Promise<Report> => withFiles(files, (folder) => lint([folder]));
const keyOf = (need: { readonly node: string | null; readonly command: string }) =>
  `${need.node ?? ''}: ${need.command}`;
const wordsOf = (report: Report): string[] =>
  report.findings.map((f) => `${f.rule} ${f.nodes.join()} ${f.subject}`).sort();

const openIn = (report: Report): string[] =>
  report.rules.filter((r) => r.applicable && r.missing.length > 0).map((r) => r.id);

/** Those with a folder for each node, whose files are outputs and nothing else. */
const plain = readdirSync(bundles, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.endsWith('-gravity'))
  .map((entry) => entry.name);

describe.each(plain.map((name, i) => [name, i] as const))('%s', (bundle, turn) => {
  const files = filesOf(bundle);
  // One node with what was observed there, and the cluster: the other nodes, and the other bundles, hold the same kinds of capture.
  const removable = inTurn(
    Object.keys(files).filter((path) => /^(?:node-1|cluster)\//.test(path)),
    turn,
    3,
  );

  test('what is taken out is asked for, and the answer to that settles it', async () => {
    const whole = await linted(files);
    const asked = new Set(needsOf(whole).needs.map(keyOf));
    const wanted: string[] = [];
    for (const path of removable) {
      const { [path]: text = '', ...rest } = files;
      const without = await linted(rest);
      const fresh = needsOf(without).needs.filter((n) => !asked.has(keyOf(n)));
      const [need] = fresh;
      if (!need) {
        // Another capture tells the same, or nobody can run it again: then no check may have gone.
        const before = openIn(whole);
        expect({ path, opened: openIn(without).filter((id) => !before.includes(id)) }).toEqual({ path, opened: [] });
        continue;
      }
      wanted.push(need.command);
      if (path.startsWith('node-')) expect(fresh.map((n) => n.node ?? 'node-1')).toEqual(fresh.map(() => 'node-1'));
      const pasted = `[root@node-1 ~]# ${need.command}\n${text}`;
      const folder = path.slice(0, path.indexOf('/'));
      const settled = await linted({ ...rest, [`${folder}/answer.txt`]: pasted });
      const left = needsOf(settled)
        .needs.filter((n) => !asked.has(keyOf(n)))
        .map(keyOf);
      expect({ path, left, findings: wordsOf(settled) }).toEqual({ path, left: [], findings: wordsOf(whole) });
    }
    expect(wanted.length).toBeGreaterThanOrEqual(2);
  }, 300_000);
});

const CHANGES =
  /(?:^|[;|&]\s*)(?:rm|mv|cp|tee|dd|kill|reboot|modprobe|insmod|mount)\b|\s(?:add|del|delete|flush|set|replace|restart|stop|start|apply|patch|edit|create|-w)(?:\s|$)|tables (?:.* )?-[ADFIPRX]|>/;

/** Kinds of fact in what each parser reads of its samples. */
const suppliedBy = (command: string): ReadonlySet<string> => {
  const folder = join(samples, command);
  const kinds = new Set<string>();
  for (const name of readdirSync(folder).filter((f) => f.endsWith('.json'))) {
    const { facts = [], elsewhere = [] } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      facts?: readonly { kind: string }[];
      elsewhere?: readonly { facts: readonly { kind: string }[] }[];
    };
    for (const fact of [...facts, ...elsewhere.flatMap((e) => e.facts)]) kinds.add(fact.kind);
  }
  return kinds;
};

const commands = (Object.keys(INPUTS) as Kind[]).flatMap((kind) => {
  const { command } = INPUTS[kind];
  return command === undefined ? [] : [[kind, command] as const];
});

test.each(commands)('%s: %s', (kind, command) => {
  expect(command).not.toMatch(CHANGES);
  const line = parseCommandLine(command);
  const read = [line, ...(line?.others ?? [])].flatMap((l) => claimOf(parsers, l?.argv ?? [])?.parser.command ?? []);
  expect(read.length).toBeGreaterThan(0);
  expect([...new Set(read.flatMap((name) => [...suppliedBy(name)]))]).toContain(kind);
});

test('where no node is known, commands of nodes are for every node, and those of kubectl for once', async () => {
  const report = await linted({ 'nothing.txt': 'nothing that anybody knows\n' });
  const [nodes = '', once = ''] = needsText(report).split('Once, where kubectl works:');
  expect(nodes).toMatch(/^On every node:$/m);
  expect(nodes).toMatch(/^ {2}ip -d link /m);
  expect(nodes).not.toContain('kubectl');
  expect(once).toMatch(/^ {2}kubectl get nodes -o yaml/m);
});
