import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import { normaliseName } from '../../src/capture/recognise.js';
import type { AnyFact, RouteFact } from '../../src/facts/index.js';
import { type CaptureContext, type Parser, textFrom, textOf } from '../../src/kit/index.js';
import { ipNeigh } from '../../src/parsers/ip-neigh.js';
import { ipNetconf } from '../../src/parsers/ip-netconf.js';
import { ipRoute } from '../../src/parsers/ip-route.js';
import { ipRule } from '../../src/parsers/ip-rule.js';

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const parsers: readonly Parser<AnyFact>[] = [ipNetconf, ipRoute, ipRule];

const contextOf = (parser: Parser<AnyFact>, command: string, fileName = ''): CaptureContext => {
  const argv = command === '' ? [] : command.split(' ');
  return { argv, fileName, scope: parser.claims.command?.(argv)?.scope ?? {} };
};
const read = (parser: Parser<AnyFact>, text: string, command = '', fileName = ''): ParsedText =>
  parseText(parser, textFrom(text), 0, contextOf(parser, command, fileName));
const routes = (text: string, command = '', fileName = ''): readonly RouteFact[] =>
  read(ipRoute, text, command, fileName).facts.filter((f): f is RouteFact => f.kind === 'route');
const scopeOf = (parser: Parser<AnyFact>, command: string) => parser.claims.command?.(command.split(' '))?.scope;

describe.each(parsers.map((p) => [p.command, p] as const))('%s', (command, parser) => {
  const files = readdirSync(join(root, command)).filter((f) => f.endsWith('.txt'));
  const samples = files.map((f) => new Uint8Array(readFileSync(join(root, command, f))));

  const holds = (bytes: Uint8Array): void => {
    const text = textOf(bytes);
    for (const line of ['', 'ip -6 route show dev eth0', 'ip route get 10.244.2.5', 'ip -6 rule']) {
      const parsed = parseText(parser, text, 0, contextOf(parser, line));
      expect(parsed.crash).toBeUndefined();
      expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
      expect(parsed.gaps.length).toBe(parsed.tally.gaps);
    }
    const head = Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
    expect([0, 1, 2, 3]).toContain(parser.claims.sniff(head));
  };

  test('survives every sample cut anywhere', () => {
    for (const bytes of samples) for (let end = 0; end < bytes.length; end += 37) holds(bytes.subarray(0, end));
  });

  test('survives changed bytes', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), damage, (bytes, changes) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of changes) copy[at % copy.length] = value;
        holds(copy);
      }),
      { numRuns: 100 },
    );
  });

  test('survives any words', () => {
    const known = [
      'default',
      'via',
      'dev',
      'nexthop',
      'encap',
      'mtu',
      'lock',
      '10.0.0.0/8',
      '::/0',
      '0:',
      'from',
      'not',
      'inet',
      '\n',
      '\\',
    ];
    const word = fc.oneof(fc.constantFrom(...known), fc.string({ maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => holds(new TextEncoder().encode(words.join(' ')))),
      { numRuns: 200 },
    );
  });

  test('takes no prose, source code or YAML for its own', () => {
    for (const line of [
      'The default route of the node via eth0 is missing, see 10.0.0.1 dev docs.',
      '- from: all nodes',
      'inet forwarding is on for every device',
      'route: { default: via, dev: eth0 }',
      'if (route.prefix === "default") return via(dev);',
    ])
      expect([line, parser.claims.sniff([line, line, line])]).toEqual([line, 0]);
  });
});

test.each([
  ['ip-neigh', {}],
  ['ip-neigh-noarp', { scope: { nud: 'noarp' } }],
  ['ip-neigh-proxy', { scope: { proxy: '' } }],
  ['ip-6-neigh-show', { scope: { family: '6' } }],
])('%s says what the file holds, where no command line does', (name, claim) => {
  expect(ipNeigh.claims.named?.(name)).toEqual(claim);
});

describe('the family of a default route', () => {
  test.each([
    ['default via 10.0.0.1 dev eth0', 4],
    ['default via fe80::1 dev eth0', 6],
    ['default via inet6 fe80::1 dev eth0 proto bgp', 4],
    ['default via inet 10.0.0.1 dev eth0 metric 1024', 6],
    ['default dev eth0 scope link', 4],
    ['default dev eth0 metric 1024 pref medium', 6],
    ['unreachable default dev lo metric 4294967295 error -101', 6],
    ['unreachable default metric 4278198272', 4],
    [
      'default proto ra metric 1024\n\tnexthop via fe80::1 dev eth0 weight 1\n\tnexthop via fe80::2 dev eth0 weight 1',
      6,
    ],
    ['default proto bgp metric 20\n\tnexthop via inet6 fe80::1 dev eth0 weight 1', 4],
    ['default proto bgp metric 20 \\\tnexthop via fe80::1 dev eth0 weight 1', 6],
  ])('%s', (text, family) => {
    expect(routes(text).map((r) => [r.family, r.prefix])).toEqual([[family, family === 6 ? '::/0' : '0.0.0.0/0']]);
  });

  test('comes from the command or the file when the line tells nothing', () => {
    const line = 'default dev wg0 metric 5';
    expect(routes(line, 'ip -6 route')[0]?.family).toBe(6);
    expect(ipRoute.claims.named?.('ip-6-route-show-table-all')).toEqual({ scope: { family: '6' } });
    expect(ipRoute.claims.named?.('node-6-ip-route')).toEqual({});
    expect(routes(line, 'ip route')[0]?.family).toBe(4);
    expect(routes(`fe80::/64 dev eth0\n${line}`)[1]?.family).toBe(6);
  });
});

describe('the table of a route', () => {
  const line = 'local 10.0.0.1 dev eth0 proto kernel scope host src 10.0.0.1';
  test.each([
    ['', '', 'local'],
    ['ip route show table all', '', 'main'],
    ['ip route show table local', '', 'local'],
    ['ip route show table 255', '', 'local'],
    ['ip ro ls t 150', '', '150'],
    ['ip route show vrf blue', '', 'blue'],
    ['', 'ip-routes-table150.log', '150'],
    ['', 'ip_route_show_table_all', 'local'],
  ])('%s %s', (command, file, table) => {
    expect(routes(line, command, file)[0]?.table).toBe(table);
  });

  test('is main where anything else is listed', () => {
    expect(routes(`10.0.0.0/24 dev eth0\n${line}`).map((r) => r.table)).toEqual(['main', 'main']);
  });
});

test('what a selection leaves out of the lines is put back', () => {
  expect(routes('10.1.0.0/16 via 10.0.0.1', 'ip route show dev eth7')[0]?.nexthops).toEqual([
    { via: '10.0.0.1', dev: 'eth7', flags: [] },
  ]);
  expect(routes('10.1.0.0/16 dev eth7', 'ip route show via 10.0.0.1')[0]?.nexthops[0]?.via).toBe('10.0.0.1');
  expect(routes('10.1.0.0/16 dev eth7', 'ip route list proto bird scope link')[0]).toMatchObject({
    proto: 'bird',
    scope: 'link',
  });
});

test.each([
  ['ip r', {}],
  ['ip -4 ro s', { family: '4' }],
  ['ip -d -o route list table 0', { table: 'all' }],
  ['ip -f inet6 route', { family: '6' }],
  ['ip route show 10.244.2.0/24', { prefix: '10.244.2.0/24' }],
  ['ip route show match 10.244.2.5', { prefix: '10.244.2.5' }],
  ['ip route show default', { prefix: 'default' }],
  ['ip route show cache', { cache: '' }],
  ['ip route show dev cni0 table 100', { dev: 'cni0', table: '100' }],
  ['ip r g 10.244.2.5', { get: '10.244.2.5' }],
  ['ip route add 10.0.0.0/8 dev eth0', undefined],
  ['ip route flush cache', undefined],
  ['ip -j route', undefined],
  ['ip rule', undefined],
  ['ip route show __proto__', { prefix: '__proto__' }],
])('%s selects', (command, scope) => {
  expect(scopeOf(ipRoute, command)).toEqual(scope);
});

test('netconf and rule are told from their neighbours in the list of objects', () => {
  expect(scopeOf(ipNetconf, 'ip netc')).toEqual({});
  expect(scopeOf(ipNetconf, 'ip net')).toBeUndefined();
  expect(scopeOf(ipNetconf, 'ip netconf show dev cni0')).toEqual({ dev: 'cni0' });
  expect(scopeOf(ipRule, 'ip ru')).toEqual({});
  expect(scopeOf(ipRule, 'ip r')).toBeUndefined();
});

test.each(['ip-route', 'ip_r.txt', 'ip_-6_route_show_table_all', 'ipv4_route', 'iproute.txt', 'ip6route.txt'])(
  'the file name %s says routes',
  (name) => expect(ipRoute.claims.file?.test(normaliseName(name))).toBe(true),
);

test('masked addresses and unknown words make gaps, never routes', () => {
  for (const line of [
    '10.xx.x6.0/24 dev eth0',
    '10.0.0.0/8 via 10.xx.x6.112 dev eth0',
    '10.0.0.0/8 dev eth0 src 10.18x.2.38',
    '10.0.0.0/8 dev eth0 is broken',
    '10.0.0.0/8 via 10.0.0.1 dev',
    '300.0.0.0/8 dev eth0',
    '10.0.0.0/33 dev eth0',
  ])
    expect([line, read(ipRoute, line).tally]).toEqual([line, { facts: 0, noise: 0, gaps: 1 }]);
});

test('words that every object knows are no families and no values', () => {
  for (const line of [
    'constructor eth0 forwarding on',
    'inet eth0 forwarding constructor',
    'inet eth0 forwarding __proto__',
  ])
    expect([line, read(ipNetconf, line).tally]).toEqual([line, { facts: 0, noise: 0, gaps: 1 }]);
});

test.each([
  '5: from all fwmark',
  '5: from all fwmark x lookup 7',
  '5: from 10.x.0.0/16 lookup 7',
  '5: from all goto x',
  '5: lookup 7',
  '5: from all',
])('half a policy rule is none: %s', (line) =>
  expect(read(ipRule, line).tally).toEqual({ facts: 0, noise: 0, gaps: 1 }),
);

test('a neighbour table is no routing table', () => {
  const line = '10.244.24.0 dev flannel.1 lladdr da:77:5d:47:e8:42 PERMANENT';
  expect(ipRoute.claims.sniff([line, line])).toBe(0);
});

test('a hundred thousand next hops are read in one go', () => {
  const hops = '\tnexthop via 10.0.0.1 dev eth0 weight 1'.repeat(100_000);
  expect(routes(`10.1.0.0/16\n${hops}`)[0]?.nexthops).toHaveLength(100_000);
  expect(routes(`10.1.0.0/16${hops}`)[0]?.nexthops).toHaveLength(100_000);
});
