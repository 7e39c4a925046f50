import { rank } from '../../src/engine/causes.js';
import { fingerprintOf } from '../../src/engine/fingerprint.js';
import type { CheckedFinding } from '../../src/engine/run.js';
import type { Rule, Severity } from '../../src/engine/types.js';
import { at } from '../../src/kit/index.js';
import type { Pair } from '../../src/path/index.js';

const rule = (id: string, causedBy: readonly string[] = []): Rule => ({
  id,
  title: id,
  why: '',
  fix: '',
  severity: 'error',
  since: '0',
  needs: [],
  causedBy,
  *check() {},
});

function finding(of: Rule, nodes: readonly [string, ...string[]], severity: Severity = 'error'): CheckedFinding {
  return {
    rule: of,
    nodes,
    subject: 's',
    message: '',
    evidence: [{ at: at(0, 1) }],
    severity,
    confidence: 'certain',
    fingerprint: fingerprintOf(of.id, nodes, 's'),
  };
}

/** `rule<causes:explained` in order. */
const told = (findings: readonly CheckedFinding[]): string[] => {
  const names = new Map(findings.map((f) => [f.fingerprint, f.rule.id]));
  return rank(findings).map((r) => `${r.finding.rule.id}<${r.causedBy.map((c) => names.get(c)).join()}:${r.explains}`);
};

test('effects of effects count, and stand behind their cause', () => {
  const all = [
    finding(rule('c', ['b']), ['n']),
    finding(rule('b', ['a']), ['n']),
    finding(rule('a'), ['n']),
    finding(rule('0'), ['other']),
  ];
  expect(told(all)).toEqual(['a<:2', 'b<a:1', 'c<b:0', '0<:0']);
});

test('a cause on another node explains nothing, nor does an info', () => {
  expect(told([finding(rule('b', ['a']), ['n']), finding(rule('a'), ['m'])])).toEqual(['a<:0', 'b<:0']);
  expect(told([finding(rule('b', ['a']), ['n']), finding(rule('a'), ['n'], 'info')])).toEqual(['b<:0', 'a<:0']);
});

test('an effect of two causes names both and is listed once', () => {
  const all = [finding(rule('c', ['a', 'b']), ['n']), finding(rule('a'), ['n']), finding(rule('b'), ['n'])];
  expect(told(all)).toEqual(['a<:1', 'c<a,b:0', 'b<:1']);
});

test('mutual causes: one of them is the cause, and all are listed', () => {
  const all = [finding(rule('a', ['c']), ['n']), finding(rule('b', ['a']), ['n']), finding(rule('c', ['b']), ['n'])];
  expect(told(all)).toEqual(['a<:2', 'b<a:2', 'c<b:2']);
});

test('a warning is never listed before an error', () =>
  expect(
    told([
      finding(rule('a'), ['n'], 'warning'),
      finding(rule('b', ['a']), ['n'], 'warning'),
      finding(rule('z'), ['n']),
    ]),
  ).toEqual(['z<:0', 'a<:1', 'b<a:0']));

test('any order of findings gives the same order', () => {
  const all = [
    finding(rule('c', ['b']), ['n']),
    finding(rule('b', ['a', 'c']), ['n', 'm']),
    finding(rule('a'), ['m']),
    finding(rule('d', ['d']), ['n']),
  ];
  const expected = told(all);
  for (let i = 0; i < all.length; i++) expect(told([...all.slice(i), ...all.slice(0, i)].reverse())).toEqual(expected);
});

test('layers of causes cost no more than their number', () => {
  const rules = Array.from({ length: 60 }, (_, i) =>
    rule(`r${String(i).padStart(2, '0')}`, i === 0 ? [] : [`r${String(i - 1).padStart(2, '0')}`]),
  );
  // Each finding has every finding of the layer above as a cause: paths double with each layer.
  const all = rules.flatMap((r) =>
    ['x', 'y'].map((s) => ({ ...finding(r, ['n']), subject: s, fingerprint: fingerprintOf(r.id, ['n'], s) })),
  );
  const ranked = rank(all);
  expect(ranked).toHaveLength(120);
  expect(ranked[0]?.explains).toBe(118);
});

test('what shows a line that an effect rests on is its cause, on whichever node; an info and its own rule are not', () => {
  const line = at(0, 7);
  const lost = { ...finding(rule('lost'), ['n']), restsOn: [line] };
  const cause = { ...finding(rule('cause'), ['m']), evidence: [{ at: line }] as const };
  expect(told([lost, cause])).toEqual(['cause<:1', 'lost<cause:0']);
  expect(told([lost, { ...cause, severity: 'info' }])).toEqual(['lost<:0', 'cause<:0']);
  expect(told([lost, { ...cause, rule: lost.rule }])).toEqual(['lost<:0', 'lost<:0']);
});

test('a cause that is named without a subject is any of that rule on one of the nodes', () => {
  const due = (nodes: readonly [string, ...string[]]) => ({
    ...finding(rule('lost'), ['n']),
    dueTo: [{ rule: 'cause', nodes }],
  });
  expect(told([due(['m', 'k']), finding(rule('cause'), ['k'])])).toEqual(['cause<:1', 'lost<cause:0']);
  expect(told([due(['m']), finding(rule('cause'), ['k'])])).toEqual(['cause<:0', 'lost<:0']);
});

test('a finding breaks its own pairs and those of its effects, each once', () => {
  const pair = (name: string) => ({ src: { name } }) as unknown as Pair;
  const [one, two] = [pair('1'), pair('2')];
  const all = [
    { ...finding(rule('a'), ['n']), breaks: [one] },
    { ...finding(rule('b', ['a']), ['n']), breaks: [one, two] },
  ];
  expect(rank(all).map((r) => r.breaks.size)).toEqual([2, 2]);
  expect(rank(all.slice(0, 1)).map((r) => r.breaks.size)).toEqual([1]);
});

test('of what a place loses a cause breaks the pairs that its own lines decided for, and all where it shows none of them', () => {
  const pair = (name: string) => ({ src: { name } }) as unknown as Pair;
  const [one, two] = [pair('1'), pair('2')];
  const [line, other] = [at(0, 7), at(0, 8)];
  const decided = new Map([
    [line, [one]],
    [other, [one, two]],
  ]);
  const lost = { ...finding(rule('lost', ['named']), ['n']), breaks: [one, two], restsOn: [line, other], decided };
  const cause = { ...finding(rule('cause'), ['m']), evidence: [{ at: line }] as const };
  const broken = new Map(rank([lost, cause, finding(rule('named'), ['n'])]).map((r) => [r.finding.rule.id, r.breaks]));
  expect([...(broken.get('cause') ?? [])]).toEqual([one]);
  expect(broken.get('named')?.size).toBe(2);
  expect(broken.get('lost')?.size).toBe(2);
});
