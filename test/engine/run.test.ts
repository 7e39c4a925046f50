import type { Report } from '../../src/engine/report.js';
import { type LintOptions, lint } from '../../src/index.js';
import { defineRule, finding, type Rule, unknown } from '../../src/rule.js';
import { withFiles } from '../folder.js';

const NETCONF =
  'inet cni0 forwarding off rp_filter off mc_forwarding off proxy_neigh off ignore_routes_with_linkdown off \n';
const FILES = { 'node-1/ip-netconf.txt': NETCONF, 'node-2/ip-netconf.txt': NETCONF };

const base = { title: 't', why: 'w', fix: 'f', since: '0.1.0', needs: ['netconf'] } as const;

type Extra = Partial<{ severity: 'error' | 'warning' | 'info'; confidence: 'certain' | 'likely' | 'possible' }>;

/** Fires once per host. */
const firing = (
  id: string,
  severity: 'error' | 'warning' | 'info',
  extra: Extra = {},
  more: { likelyMayBeError?: boolean } = {},
): Rule =>
  defineRule({
    ...base,
    ...more,
    id,
    severity,
    *check(view) {
      for (const host of view.hosts) {
        const [fact] = host.facts.netconf;
        if (fact)
          yield finding({ nodes: [host.node], subject: fact.dev, message: 'm', evidence: [{ at: fact.at }], ...extra });
      }
    },
  });

const report = (
  rules: readonly Rule[],
  options: LintOptions = {},
  files: Readonly<Record<string, string>> = FILES,
): Promise<Report> => withFiles(files, (folder) => lint([folder], { ...options, rules }));

const levels = async (rule: Rule, severity?: 'error' | 'warning' | 'info'): Promise<string[]> => {
  const { findings } = await report([rule], severity === undefined ? {} : { settings: { [rule.id]: { severity } } });
  return [...new Set(findings.map((f) => f.severity))];
};

describe('severity', () => {
  test.each<['error' | 'warning' | 'info', Extra, string]>([
    ['error', {}, 'error'],
    ['error', { severity: 'info' }, 'info'],
    ['warning', { severity: 'error' }, 'error'],
    ['error', { confidence: 'likely' }, 'warning'],
    ['error', { confidence: 'possible' }, 'info'],
    ['warning', { severity: 'error', confidence: 'likely' }, 'warning'],
    ['info', { confidence: 'likely' }, 'info'],
  ])('%s with %p is %s', async (severity, extra, expected) =>
    expect(await levels(firing('a/b', severity, extra))).toEqual([expected]),
  );

  test('an entry may let a likely finding be an error, never a possible one', async () => {
    expect(await levels(firing('a/b', 'error', { confidence: 'likely' }, { likelyMayBeError: true }))).toEqual([
      'error',
    ]);
    expect(await levels(firing('a/b', 'error', { confidence: 'possible' }, { likelyMayBeError: true }))).toEqual([
      'info',
    ]);
  });

  test('settings lower and raise, but make no guess certain', async () => {
    expect(await levels(firing('a/b', 'error'), 'info')).toEqual(['info']);
    expect(await levels(firing('a/b', 'warning'), 'error')).toEqual(['error']);
    expect(await levels(firing('a/b', 'warning', { confidence: 'likely' }), 'error')).toEqual(['warning']);
    expect(await levels(firing('a/b', 'warning', { confidence: 'possible' }), 'error')).toEqual(['info']);
  });

  test('a rule that is off is not run and not listed', async () => {
    const { rules, findings } = await report([firing('a/b', 'error')], { settings: { 'a/b': { severity: 'off' } } });
    expect([rules, findings]).toEqual([[], []]);
  });
});

describe('outcomes', () => {
  const outcomesOf = (r: Report) => r.rules.map((o) => `${o.id} ${o.outcome}`);

  test('a rule that throws stays alone with it, what it found before counts', async () => {
    const crashing = defineRule({
      ...base,
      id: 'a/crash',
      severity: 'error',
      *check(view) {
        for (const host of view.hosts) {
          const [fact] = host.facts.netconf;
          if (host.node === 'node-2' || !fact) throw new RangeError('out of it');
          yield finding({ nodes: [host.node], subject: 'x', message: 'm', evidence: [{ at: fact.at }] });
        }
      },
    });
    const r = await report([crashing, firing('b/fine', 'error')]);
    expect(outcomesOf(r)).toEqual(['a/crash crashed', 'b/fine found']);
    expect(r.rules[0]?.error).toBe('RangeError: out of it');
    expect(r.summary.crashed).toBe(1);
    expect(r.findings.filter((f) => f.rule === 'a/crash').map((f) => f.nodes)).toEqual([['node-1']]);
  });

  test.each<[string, unknown]>([
    ['without evidence', { kind: 'finding', nodes: ['node-1'], subject: 's', message: 'm', evidence: [] }],
    ['without nodes', { kind: 'finding', nodes: [], subject: 's', message: 'm', evidence: [{ at: 1 }] }],
    [
      'with a text for a line',
      { kind: 'finding', nodes: ['node-1'], subject: 's', message: 'm', evidence: [{ at: 'x:1' }] },
    ],
    ['that is nothing', undefined],
  ])('a result %s is a crash of that rule', async (_, result) => {
    const crooked = { ...firing('a/crooked', 'error'), check: () => [result] } as unknown as Rule;
    const r = await report([crooked, firing('b/fine', 'error')]);
    expect(outcomesOf(r)).toEqual(['a/crooked crashed', 'b/fine found']);
  });

  test('needs of a kind that nobody knows are a crash, or a question that stays open, and never the end of the report', async () => {
    const crooked = { ...firing('a/crooked', 'error'), needs: undefined } as unknown as Rule;
    expect(outcomesOf(await report([crooked, firing('b/fine', 'error')]))).toEqual([
      'a/crooked crashed',
      'b/fine found',
    ]);
  });

  const asking = (nodes: readonly string[]): Rule =>
    defineRule({
      ...base,
      id: 'a/asks',
      severity: 'error',
      *check() {
        for (const node of nodes) yield unknown({ node, input: 'neigh', reason: 'not-captured' });
      },
    });

  test('a question open on some nodes leaves the others clean, on all nodes nothing is', async () => {
    expect(outcomesOf(await report([asking([])]))).toEqual(['a/asks clean']);
    expect(outcomesOf(await report([asking(['node-1'])]))).toEqual(['a/asks clean']);
    expect(outcomesOf(await report([asking(['node-1', 'node-2'])]))).toEqual(['a/asks not-assessed']);
  });

  test('a needed capture that is missing is named with its node', async () => {
    const r = await report(
      [firing('a/b', 'error')],
      {},
      { ...FILES, 'node-3/ip-route.txt': 'default via 10.0.0.1 dev eth0 \n' },
    );
    expect(r.rules[0]?.missing).toMatchObject([{ node: 'node-3', reason: 'not-captured' }]);
  });

  test('where nothing was captured nothing is clean', async () => {
    const r = await report([firing('a/b', 'error')], {}, { 'notes.txt': 'the network is slow today\n' });
    expect(outcomesOf(r)).toEqual(['a/b not-assessed']);
  });

  test('the graver of two findings on one thing counts', async () => {
    const twice = defineRule({
      ...base,
      id: 'a/twice',
      severity: 'error',
      *check(view) {
        for (const host of view.hosts)
          for (const fact of host.facts.netconf)
            for (const severity of ['info', 'error', 'warning'] as const)
              yield finding({ nodes: [host.node], subject: 'x', message: 'm', evidence: [{ at: fact.at }], severity });
      },
    });
    expect(await levels(twice)).toEqual(['error']);
  });
});

describe('suppression', () => {
  const rules = [firing('a/b', 'error')];

  test('by rule and node; what matches nothing is told', async () => {
    const r = await report(rules, {
      suppress: [
        { rule: 'a/b', node: 'node-1', reason: 'known' },
        { rule: 'a/gone', reason: 'old' },
      ],
    });
    expect(r.findings.map((f) => f.nodes)).toEqual([['node-2']]);
    expect(r.suppressed).toMatchObject([{ rule: 'a/b', reason: 'known' }]);
    expect(r.notes).toEqual(['suppression matches nothing: a/gone']);
  });

  test('of two that match both are in use', async () => {
    const r = await report(rules, {
      suppress: [
        { rule: 'a/b', reason: 'all' },
        { rule: 'a/b', node: 'node-1', reason: 'one' },
      ],
    });
    expect(r.findings).toEqual([]);
    expect(r.notes).toEqual([]);
  });

  test('by fingerprint, and by a name that only the node itself prints', async () => {
    const { findings } = await report(rules);
    const r = await report(rules, { suppress: [{ fingerprint: findings[0]?.fingerprint ?? '', reason: 'known' }] });
    expect(r.findings).toHaveLength(1);
    const named = await report(
      rules,
      { suppress: [{ rule: 'a/b', node: 'db.example.com', reason: 'known' }] },
      { ...FILES, 'node-1/hostname.txt': 'db.example.com\n' },
    );
    expect(named.findings.map((f) => f.nodes)).toEqual([['node-2']]);
  });

  test('a node alone suppresses nothing', async () => {
    const r = await report(rules, { suppress: [{ node: 'node-1', reason: 'all of it' }] });
    expect(r.findings).toHaveLength(2);
    expect(r.notes).toHaveLength(1);
  });
});

test('fingerprints stay when lines move', async () => {
  const rules = [firing('a/b', 'error')];
  const before = await report(rules);
  const after = await report(
    rules,
    {},
    {
      ...FILES,
      'node-1/ip-netconf.txt': `inet lo forwarding on \n\n${NETCONF}`.replace('inet lo forwarding on \n', ''),
    },
  );
  expect(after.findings.map((f) => f.fingerprint)).toEqual(before.findings.map((f) => f.fingerprint));
  expect(after.findings.map((f) => f.evidence[0].line)).not.toEqual(before.findings.map((f) => f.evidence[0].line));
});
