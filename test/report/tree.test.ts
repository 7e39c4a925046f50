import { capturesWanted, uncheckedOf, whereOf } from '../../src/report/missing.js';
import { commonPrefix } from '../../src/report/places.js';
import { causesOf } from '../../src/report/tree.js';
import { capture, cause, effect, NO_LEDGER, reportOf } from './fixtures.js';

const named = (fingerprint: string, causedBy: readonly string[]) => ({ ...effect, fingerprint, causedBy });
const shape = (findings: Parameters<typeof causesOf>[0]) =>
  causesOf(findings).map((c) => [c.finding.fingerprint, ...c.effects.map((e) => e.fingerprint)]);

describe('causes', () => {
  test('an effect of an effect belongs to the first cause', () =>
    expect(shape([named('a', []), named('b', ['a']), named('c', ['b'])])).toEqual([['a', 'b', 'c']]));
  test('an effect of two causes is shown once', () =>
    expect(shape([named('a', []), named('b', []), named('c', ['a', 'b'])])).toEqual([['a', 'c'], ['b']]));
  test('a circle has a beginning', () => expect(shape([named('a', ['b']), named('b', ['a'])])).toEqual([['a', 'b']]));
  test('a cause that is not shown leaves its effect alone', () => expect(shape([named('b', ['a'])])).toEqual([['b']]));
  test('its own cause is none', () => expect(shape([named('a', ['a'])])).toEqual([['a']]));
});

describe('what is not known', () => {
  const miss = (node: string, input = 'ip neigh') => ({ node, input, reason: 'not-captured' as const, command: input });
  const report = reportOf([], {
    rules: [
      { id: 'a/a', outcome: 'not-assessed', applicable: true, missing: [miss('node-2'), miss('node-1')] },
      { id: 'a/b', outcome: 'clean', applicable: true, missing: [miss('node-1'), miss('node-1', 'ip rule')] },
      { id: 'a/c', outcome: 'not-assessed', applicable: false, missing: [miss('node-1', 'birdcl')] },
    ],
  });
  test('is grouped by input, the widest gap first', () => {
    expect(uncheckedOf(report)).toEqual([
      {
        input: 'ip neigh',
        reason: 'not-captured',
        nodes: ['node-1', 'node-2'],
        rules: ['a/a', 'a/b'],
        command: 'ip neigh',
      },
      { input: 'ip rule', reason: 'not-captured', nodes: ['node-1'], rules: ['a/b'], command: 'ip rule' },
    ]);
  });
  test('names the nodes, or counts them', () => {
    const [first] = uncheckedOf(report);
    if (!first) throw new Error('nothing open');
    expect(whereOf(first, 2)).toBe('node-1 and node-2');
    expect(whereOf({ ...first, nodes: ['a', 'b', 'c'] }, 3)).toBe('all 3 nodes');
    expect(whereOf({ ...first, nodes: ['a', 'b', 'c', 'd', 'e', 'f'] }, 9)).toBe('a, b, c and 3 more');
  });
  test('each command once, with its nodes', () =>
    expect(capturesWanted(uncheckedOf(report))).toEqual([
      { command: 'ip neigh', nodes: ['node-1', 'node-2'] },
      { command: 'ip rule', nodes: ['node-1'] },
    ]));
});

describe('the common folder', () => {
  const of = (...files: readonly string[]) =>
    commonPrefix(
      reportOf([cause], {
        coverage: { ...NO_LEDGER, captures: files.map((f) => capture(f, 'n')), gaps: [], gapsOmitted: 0, unread: [] },
      }),
    );
  test('ends at a folder or archive', () =>
    expect(of('x.tgz!/dump/node-1/a', 'x.tgz!/dump/node-10/b')).toBe('x.tgz!/dump/'));
  test('of one file', () => expect(of('paste.md')).toBe(''));
  test('of what has none', () => expect(of('a/x', 'b/y')).toBe(''));
  test('of nothing', () => expect(of()).toBe(''));
});
