import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Finding, Report } from '../src/engine/report.js';
import { lint } from '../src/index.js';

/**
 * Walks samples/bundles: what the report must say is in NAME.expect.json (see samples/bundles/README.md). One finding may tell several of
 * `errors`, with the proving line of each; what `mayFind` lists may be an error only as the effect of one of `errors`.
 */
const root = join(import.meta.dirname, '..', 'samples', 'bundles');
const bundles = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());

interface Expected {
  readonly rule: string;
  readonly node: string;
  readonly device?: string;
  /** Path inside the bundle, `!/` at each archive level. */
  readonly file: string;
  /** Expression for the proving line. */
  readonly line: string;
}

interface Expectation {
  readonly exit: number;
  readonly errors: readonly Expected[];
  readonly warnings: readonly Expected[];
  readonly mayFind: readonly string[];
}

const expectationOf = (name: string): Expectation =>
  JSON.parse(readFileSync(join(root, `${name}.expect.json`), 'utf8'));

const proves = (finding: Finding, expected: Expected, base: string): boolean =>
  finding.rule === expected.rule &&
  (expected.device === undefined || `${finding.subject} ${finding.message}`.includes(expected.device)) &&
  finding.evidence.some((e) => relative(base, e.file) === expected.file && new RegExp(expected.line).test(e.text));

/** Captures that no rule asks for: nothing reads them, and the report says so. */
const NO_PARSER = /(?:ipset-list\.txt|cluster\.json|ip-maddress)$/;

const brief = (f: Finding): string => `${f.severity} ${f.rule} on ${f.nodes.join(', ')}: ${f.subject}`;

const without = <T>(items: readonly T[], other: readonly T[]): T[] => items.filter((i) => !other.includes(i));

test('there are bundles, and each has its expectation', () => {
  expect(bundles.length).toBeGreaterThan(5);
  expect(bundles.filter((b) => !existsSync(join(root, `${b}.expect.json`)))).toEqual([]);
});

describe.each(bundles)('%s', (name) => {
  const base = join(root, name);
  const expected = expectationOf(name);
  let report: Report;
  beforeAll(async () => {
    report = await lint([base]);
  });
  const of = (severity: string) => report.findings.filter((f) => f.severity === severity);

  test('names each fault with its line, and nothing else as an error', () => {
    for (const e of expected.errors)
      expect(
        of('error')
          .filter((f) => proves(f, e, base))
          .map(brief),
      ).not.toHaveLength(0);
    const told = of('error').filter((f) => expected.errors.some((e) => proves(f, e, base)));
    const others = without(of('error'), told);
    expect(others.filter((f) => !expected.mayFind.includes(f.rule)).map(brief)).toEqual([]);
    expect(others.filter((f) => f.causedBy.length === 0).map(brief)).toEqual([]);
  });

  test('puts a cause first', () => {
    const [first] = of('error');
    expect(first?.causedBy ?? []).toEqual([]);
    expect(
      expected.errors.length === 0 || expected.errors.some((e) => first !== undefined && proves(first, e, base)),
    ).toBe(true);
  });

  test('warns of what is listed only', () => {
    for (const e of expected.warnings) expect(of('warning').some((f) => proves(f, e, base))).toBe(true);
    const others = of('warning').filter((f) => !expected.warnings.some((e) => proves(f, e, base)));
    expect(others.filter((f) => !expected.mayFind.includes(f.rule)).map(brief)).toEqual([]);
  });

  test('has an error if and only if the command is to fail', () => {
    expect(report.summary.errors > 0).toBe(expected.exit === 1);
    expect(report.summary).toMatchObject({ crashed: 0, gaps: 0 });
    expect(report.coverage.unread.filter((u) => !NO_PARSER.test(u.file))).toEqual([]);
  });

  test('quotes each line that it names', () => {
    for (const f of report.findings) for (const e of f.evidence) expect(e.text).not.toBe('');
  });

  test('knows its nodes by their Kubernetes names', () =>
    expect(report.bundle.nodes.map((n) => [n.name, n.kubernetesName, n.confidence])).toEqual(
      ['node-1', 'node-2', 'node-3'].map((n) => [n, n, 'certain']),
    ));
});
