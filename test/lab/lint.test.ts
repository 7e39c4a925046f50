import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, Report } from '../../src/engine/report.js';
import { lint } from '../../src/index.js';

/**
 * Breaks clusters, asks the kernel, and compares what the linter says of the captures in both layouts. Needs root. By default the
 * faults on the commonest cluster and all oddities at once; LAB_ALL=1 takes the whole registry (lab/trials.mjs), each oddity alone too.
 */
const runner = join(import.meta.dirname, '../../lab/run-trials.mjs');

interface Expected {
  readonly rule: string;
  readonly node: string;
  readonly proofs: readonly { readonly file: string; readonly line: string }[];
}
interface Expectation {
  readonly errors: readonly Expected[];
  readonly warnings: readonly Expected[];
  /** Rules that may speak of effects of the same cause. */
  readonly mayFind: readonly string[];
}
interface Trial {
  readonly id: string;
  readonly folders?: readonly string[];
  readonly error?: string;
}

const run = (args: readonly string[]) =>
  spawnSync(process.execPath, [runner, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 });

interface Listed {
  readonly id: string;
  readonly quick: boolean;
}
const listed = JSON.parse(run(['--list']).stdout) as Listed[];
const names = listed.filter((t) => process.env['LAB_ALL'] || t.quick).map((t) => t.id);

let into = '';
const trials = new Map<string, Trial>();

beforeAll(() => {
  into = mkdtempSync(join(tmpdir(), 'dumplint-trials-'));
  const made = run(['--into', into, ...names]);
  if (made.stderr !== '') throw new Error(made.stderr);
  for (const line of made.stdout.trim().split('\n')) {
    const trial = JSON.parse(line) as Trial;
    trials.set(trial.id, trial);
  }
}, 600_000);
afterAll(() => rmSync(into, { recursive: true, force: true }));

const proves = (expected: Expected, finding: Finding): boolean =>
  finding.rule === expected.rule &&
  finding.nodes.includes(expected.node) &&
  finding.evidence.some((e) =>
    expected.proofs.some((p) => e.file.endsWith(`/${p.file}`) && new RegExp(p.line).test(e.text)),
  );

const brief = (f: Finding): string =>
  `${f.severity} ${f.rule} on ${f.nodes.join()}: ${f.message} (${f.evidence[0].text.trim()})`;

/** What is wrong with a report, as sentences. */
function complaints(report: Report, { errors, warnings, mayFind }: Expectation): string[] {
  const loud = report.findings.filter((f) => f.severity !== 'info');
  const lacks = (severity: string) => (e: Expected) =>
    loud.some((f) => f.severity === severity && proves(e, f))
      ? []
      : [`no ${severity} ${e.rule} on ${e.node} with ${e.proofs.map((p) => p.line).join(' or ')}`];
  const [first] = loud;
  const causes = new Set(loud.filter((f) => errors.some((e) => proves(e, f))).map((f) => f.fingerprint));
  const isEffect = (f: Finding): boolean =>
    f.causedBy.some((c) => causes.has(c) || loud.some((o) => o.fingerprint === c && o !== f && isEffect(o)));
  const isExpected = (f: Finding): boolean =>
    [...errors, ...warnings].some((e) => proves(e, f)) ||
    (mayFind.includes(f.rule) && (f.severity === 'warning' || isEffect(f)));
  return [
    ...errors.flatMap(lacks('error')),
    ...warnings.flatMap(lacks('warning')),
    ...(first && errors.length > 0 && !errors.some((e) => proves(e, first)) ? [`first is: ${brief(first)}`] : []),
    ...loud.filter((f) => !isExpected(f)).map((f) => `not expected: ${brief(f)}`),
    ...report.rules.flatMap((r) => (r.outcome === 'crashed' ? [`${r.id} crashed: ${r.error}`] : [])),
  ];
}

test.each(names)('%s', async (name) => {
  const trial = trials.get(name);
  expect(trial?.error).toBeUndefined();
  const folders = trial?.folders ?? [];
  expect(folders.length).toBeGreaterThan(0);
  for (const folder of folders) {
    const expectation = JSON.parse(readFileSync(`${folder}.expect.json`, 'utf8')) as Expectation;
    expect({ folder, complaints: complaints(await lint([folder]), expectation) }).toEqual({ folder, complaints: [] });
  }
});

test('an unknown name is refused with the names there are', () => {
  const made = run(['--into', into, 'nonsense']);
  expect(made.status).toBe(1);
  for (const { id } of listed) expect(made.stderr).toContain(id);
});
