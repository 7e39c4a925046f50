import type { PolicyRuleFact, RouteFact } from '../../src/facts/index.js';
import type { At } from '../../src/kit/index.js';
import { type FlowKey, type Found, makeFib } from '../../src/path/fib.js';
import { ipOf } from '../../src/path/ip.js';

const at = 1 as At;
const ip = (text: string) => {
  const made = ipOf(text);
  if (!made) throw new Error(text);
  return made;
};
const route = (prefix: string, dev: string, more: Partial<RouteFact> = {}): RouteFact => ({
  kind: 'route',
  at,
  family: 4,
  type: 'unicast',
  prefix,
  table: 'main',
  nexthops: [{ dev, flags: [] }],
  ...more,
});
const rule = (priority: number, table: string, more: Partial<PolicyRuleFact> = {}): PolicyRuleFact => ({
  kind: 'policy-rule',
  at,
  family: 4,
  priority,
  not: false,
  from: 'all',
  action: { kind: 'lookup', table },
  ...more,
});
const USUAL = [rule(0, 'local'), rule(32766, 'main'), rule(32767, 'default')];

/** The device by which a flow leaves, or what else becomes of it. */
function found(routes: readonly RouteFact[], own: readonly PolicyRuleFact[], key: Partial<FlowKey> = {}): string {
  const fib = makeFib({
    routes,
    rules: [...USUAL, ...own],
    rulesPresumed: () => false,
    rulesMissing: () => undefined,
    tableMissing: () => undefined,
    dead: () => false,
    linkless: () => false,
    silent: () => undefined,
    heedsSilence: () => false,
    groupOf: (dev) => (dev === 'eth1' ? '5' : 'default'),
  });
  const answer: Found = fib.lookup({ dst: ip('10.1.2.3'), iif: 'eth9', mark: 0, ...key }, () => {
    throw new Error('nothing is in doubt');
  });
  return answer.kind === 'unicast' ? (answer.nexthops[0]?.dev ?? '') : answer.kind;
}

const main = [route('10.1.0.0/16', 'eth1'), route('0.0.0.0/0', 'eth0')];
const other = route('0.0.0.0/0', 'eth2', { table: '7' });

test.each<[string, PolicyRuleFact[], Partial<FlowKey>, string]>([
  // fib4_rule_suppress: a route by a device of the group does not count, and the next rule is asked.
  ['its group', [rule(10, 'main', { suppressGroup: '5' }), rule(11, '7')], {}, 'eth2'],
  ['another group', [rule(10, 'main', { suppressGroup: '6' }), rule(11, '7')], {}, 'eth1'],
  // What is forwarded counts as root's, and so do probes.
  ["root's", [rule(10, '7', { uidrange: '0-0' })], {}, 'eth2'],
  ["a user's", [rule(10, '7', { uidrange: '1000-2000' })], {}, 'eth1'],
  ['of a tunnel with metadata', [rule(10, '7', { tunId: '4' })], {}, 'eth1'],
  ['a port', [rule(10, '7', { ipproto: 'tcp', sport: '80' })], { proto: 'tcp', sport: 80, dport: 9 }, 'eth2'],
])('a rule for %s', (_, rules, key, way) => {
  expect(found([...main, other], rules, key)).toBe(way);
});

const refused = (prefix: string, type: RouteFact['type']): RouteFact =>
  route(prefix, 'lo', { type, table: 'local', nexthops: [] });

test.each<[RouteFact, boolean, string]>([
  // Nobody has added a rule: `local` and `main` are one tree, the longer prefix counts (fib_trie_table).
  [refused('10.1.2.3/32', 'throw'), false, 'none'],
  [refused('10.1.2.3/32', 'throw'), true, 'eth1'],
  [refused('10.0.0.0/8', 'prohibit'), false, 'eth1'],
  [refused('10.0.0.0/8', 'prohibit'), true, 'refused'],
  [route('10.0.0.0/8', 'eth3', { table: 'local' }), false, 'eth1'],
  [route('10.0.0.0/8', 'eth3', { table: 'local' }), true, 'eth3'],
])('%j in the table local, beside rules: %s', (entry, hasRules, way) => {
  expect(found([...main, other, entry], hasRules ? [rule(10, '7', { iif: 'eth8' })] : [])).toBe(way);
});
