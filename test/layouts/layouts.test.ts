import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layouts } from '../../src/capture/layouts/index.js';
import { CLUSTER_KINDS } from '../../src/facts/index.js';
import { judge, load } from '../../src/index.js';
import type { ClusterModel, Stack } from '../../src/model/types.js';
import { withFiles } from '../folder.js';
import { stores } from './store.js';
import { answersOf, type Written } from './writer.js';
import { writers } from './writers.js';

/**
 * Every layout: what lab nodes answered is arranged as the collector does it, and the model read back must be that of the plain bundle, in
 * which each output stands behind its command line.
 */

/** The plain bundle: one file per command, with prompt and command line. */
function plain(store: (typeof stores)[number], { commands, objects = [], nodes = store.nodes }: Written) {
  const files: Record<string, string> = {};
  for (const node of nodes)
    for (const [command, text] of answersOf(store, node, commands))
      files[`${node}/${command.replace(/\W+/g, '_')}.txt`] = `[root@${node} ~]# ${command}\n${text}`;
  for (const command of objects)
    files[`cluster/${command.replace(/\W+/g, '_')}.txt`] =
      `[root@${store.nodes[0]} ~]# ${command}\n${store.object(command)}`;
  return files;
}

/** Places differ by nature: lines and counts of lines go. */
const PLACES = new Set(['at', 'line', 'lines', 'runs']);
const bare = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, v: unknown) => (PLACES.has(key) ? undefined : v)));

/** Keys in one order: parsers of two forms build their facts each in its own. */
const ordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, ordered(v)]),
        )
      : value;

const sorted = (facts: readonly unknown[]): string[] => facts.map((f) => JSON.stringify(ordered(bare(f)))).sort();

/** Facts of the captures themselves, which say where a capture was taken and not what the kernel does. */
const ABOUT_CAPTURES = [
  'clock',
  'command-run',
  'hostname',
  'log-span',
  'machine-id',
  'os-release',
  'process',
  'tool-version',
  'uptime',
];

function stackOf(stack: Stack, kinds: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    kinds.map((kind) => {
      const k = kind as Parameters<Stack['facts']>[0];
      const absence = stack.absence(k);
      return [kind, { facts: sorted(stack.facts(k)), absence: absence.known ? 'known' : absence.reason }];
    }),
  );
}

function kindsOf(models: readonly ClusterModel[], differs: readonly string[]): string[] {
  const cluster: ReadonlySet<string> = new Set(CLUSTER_KINDS);
  const kinds = new Set(models.flatMap((m) => m.captures.flatMap((c) => c.facts.map((f) => f.kind))));
  return [...kinds].filter((k) => !cluster.has(k) && !ABOUT_CAPTURES.includes(k) && !differs.includes(k)).sort();
}

const kindsIn = (model: ClusterModel): ReadonlySet<string> =>
  new Set(model.captures.flatMap((c) => c.facts.map((f) => f.kind)));

/** Kinds of fact in what each writer made of each store, as far as the tests came to it. */
const read = new Map<string, ReadonlySet<string>>();

const errorsOf = (report: Awaited<ReturnType<typeof judge>>): string[] =>
  report.findings.filter((f) => f.severity === 'error').map((f) => `${f.rule} ${f.nodes.join()} ${f.subject}`);

describe.each(writers.map((w) => [`${w.layout}: ${w.title}`, w] as const))('%s', (_, writer) => {
  test.each(stores.map((s) => [s.name, s] as const))('%s', async (_name, store) => {
    const written = await writer.write(store);
    const nameOf = written.nameOf ?? ((node: string) => node);
    const [model, report, title] = await withFiles(written.files, async (folder) => {
      const loaded = await load([folder]);
      expect(loaded.unread.filter((u) => u.reason === 'unreadable' || u.reason === 'capped')).toEqual([]);
      return [loaded.model, await judge(loaded), loaded.layout] as const;
    });
    read.set(`${writer.title} ${store.name}`, kindsIn(model));
    const [expected, wanted] = await withFiles(plain(store, written), async (folder) => {
      const loaded = await load([folder]);
      return [loaded.model, await judge(loaded)] as const;
    });
    expect(title.split(', ')).toContain(layouts.find((l) => l.name === writer.layout)?.title);
    const nodes = written.nodes ?? store.nodes;
    expect(model.nodes.map((n) => n.name)).toEqual(nodes.map(nameOf).sort());
    for (const [node, logged] of Object.entries(written.logged ?? {}))
      for (const kind of logged)
        expect({ node, kind, n: model.node(node)?.host.facts(kind as 'kernel-log').length }).not.toMatchObject({
          n: 0,
        });
    if (written.commands.length > 0) expect(kindsOf([model, expected], []).length).toBeGreaterThan(0);
    const kinds = kindsOf([model, expected], Object.keys(written.differs ?? {}));
    for (const node of written.commands.length > 0 ? nodes : []) {
      const mine = model.node(nameOf(node));
      const theirs = expected.node(node);
      if (!mine || !theirs) throw new Error(`${node} is missing`);
      expect({ node, ...stackOf(mine.host, kinds) }).toEqual({ node, ...stackOf(theirs.host, kinds) });
    }
    for (const kind of CLUSTER_KINDS)
      if (written.objects && !Object.hasOwn(written.differs ?? {}, kind))
        expect({ kind, facts: sorted(model.facts(kind)) }).toEqual({ kind, facts: sorted(expected.facts(kind)) });
    expect(errorsOf(report)).toEqual(
      errorsOf(wanted).map((e) => nodes.reduce((s, n) => s.replaceAll(n, nameOf(n)), e)),
    );
  });
});

test('every layout has a writer', () => {
  const written = new Set(writers.map((w) => w.layout));
  expect(layouts.map((l) => l.name).filter((name) => !written.has(name))).toEqual([]);
});

/** Columns of the table: what a diagnosis asks for, by the kinds that supply it. */
const COLUMNS: readonly (readonly [string, readonly string[]])[] = [
  ['addresses', ['address']],
  ['links', ['link']],
  ['routes', ['route']],
  ['rules', ['policy-rule']],
  ['neighbours', ['neigh']],
  ['fdb', ['fdb']],
  ['settings', ['netconf', 'sysctl']],
  ['iptables', ['iptables-table']],
  ['nft', ['nft-chain', 'nft-table']],
  ['ipset', ['ipset']],
  ['logs', ['log-span', 'kernel-log', 'component-log']],
  ['objects', [...CLUSTER_KINDS]],
];

/** Collectors that also ran for real on the nodes of a lab cluster (test/lab/collect.test.ts, test/lab/lint.test.ts). */
const REAL: Readonly<Record<string, string>> = {
  collect: 'ran in the lab, also with busybox alone',
  sos: "Debian's ran in the lab",
  gravity: 'faults of the lab are written in it',
};

async function row(writer: (typeof writers)[number]): Promise<string> {
  const kinds = new Set<string>();
  for (const store of stores) {
    const { files, differs = {} } = await writer.write(store);
    const found =
      read.get(`${writer.title} ${store.name}`) ?? kindsIn((await withFiles(files, (folder) => load([folder]))).model);
    for (const kind of found) if (!Object.hasOwn(differs, kind)) kinds.add(kind);
  }
  const cells = COLUMNS.map(([, of]) => (of.some((k) => kinds.has(k)) ? '=' : ''));
  const title = layouts.find((l) => l.name === writer.layout)?.title ?? writer.layout;
  return `| ${title} | ${writer.title} | ${cells.join(' | ')} | ${REAL[writer.layout] ?? ''} |`;
}

test('docs/collectors.md is what the writers hold', async () => {
  const rows: string[] = [];
  for (const writer of writers) rows.push(await row(writer));
  const table = [
    `| collector | form | ${COLUMNS.map(([name]) => name).join(' | ')} | beyond |`,
    `|---|---|${COLUMNS.map(() => ':-:').join('|')}|---|`,
    ...rows,
    '',
  ].join('\n');
  const page = join(import.meta.dirname, '..', '..', 'docs', 'collectors.md');
  const text = readFileSync(page, 'utf8');
  const at = text.indexOf('| collector |');
  if (process.env['UPDATE']) writeFileSync(page, text.slice(0, at) + table);
  expect(readFileSync(page, 'utf8').slice(at)).toBe(table);
}, 300_000);
