import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import { type NftStatement, printNft, readNft, textFrom } from '../../src/kit/index.js';
import { nftList } from '../../src/parsers/nft-list.js';
import { nftListJson } from '../../src/parsers/nft-list-json.js';

const root = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const namesOf = (command: string): string[] =>
  readdirSync(join(root, command))
    .filter((f) => f.endsWith('.txt'))
    .map((f) => f.slice(0, -4));

/** What a sample tells, without the places. */
function told(command: 'nft-list' | 'nft-list-json', name: string): Told[] {
  const base = join(root, command, name);
  const argv = existsSync(`${base}.cmd`) ? readFileSync(`${base}.cmd`, 'utf8').trim().split(' ') : [];
  const parser = command === 'nft-list' ? nftList : nftListJson;
  const text = textFrom(readFileSync(`${base}.txt`, 'utf8'));
  const { facts, gaps } = parseText(parser, text, 0, {
    argv,
    fileName: '',
    scope: parser.claims.command?.(argv)?.scope ?? {},
  });
  expect(gaps).toEqual([]);
  const kinds = parser.claims.command?.(argv)?.kinds ?? [];
  return facts.filter((f) => kinds.includes(f.kind)).map((f) => f as unknown as Told);
}

type Told = Readonly<Record<string, unknown>>;

/** Facts as texts in one order, keys in one order, without their places and `without`. */
const texts = (facts: readonly Told[], without: RegExp): string[] =>
  facts.map((f) => JSON.stringify(sorted(f, without))).sort();

function sorted(value: unknown, without: RegExp): unknown {
  if (Array.isArray(value)) return value.map((v) => sorted(v, without));
  if (typeof value !== 'object' || value === null) return value;
  const kind = String((value as Told)['kind'] ?? '');
  const entries = Object.entries(value).filter(
    ([key]) => !/^(?:at|line|runs)$/.test(key) && !without.test(`${kind} ${key}`),
  );
  return Object.fromEntries(
    entries.map(([key, v]) => [key, sorted(v, without)] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** What the JSON of nft 1.0.6 does not hold: comments and devices of chains, comments and flags of tables, the flag of sets that rules fill. */
const NOT_IN_JSON = /^nft-(?:chain|table) comment$| devices$|^nft-(?:table|set) flags$/;
const COUNTS = / (?:packets|bytes)$/;

const normal = (line: string): string => {
  const reading = readNft(line);
  return reading.kind === 'rule' ? printNft(reading.rule) : reading.reason;
};

/** The rules of a sample that have some. */
const rulesOf = (command: 'nft-list' | 'nft-list-json', name: string): string[] =>
  told(command, name).flatMap((f) => (f['rules'] as { text: string[] } | undefined)?.text ?? []);

const statements = (line: string): readonly NftStatement[] => {
  const reading = readNft(line);
  return reading.kind === 'rule' ? reading.rule.statements : [];
};

/** Of these the samples hold broken lines, or words that no nft prints. */
const STRANGE: ReadonlySet<string> = new Set(['broken', 'cut', 'grepped', 'kube-proxy', 'newer']);

describe('nft', () => {
  const twins = namesOf('nft-list').filter((name) => namesOf('nft-list-json').includes(name));
  test.each(twins)('text and JSON of %s say the same', (name) => {
    expect(texts(told('nft-list-json', name), NOT_IN_JSON)).toEqual(texts(told('nft-list', name), NOT_IN_JSON));
  });

  test.each([
    ...['handles', 'numeric', 'stateless', 'services'].map((name) => [name, 'everything'] as const),
    ...['calico', 'docker', 'firewalld', 'forms'].map((name) => [`${name}-numeric`, name] as const),
  ])('%s says what %s says', (name, plain) => {
    expect(texts(told('nft-list', name), COUNTS)).toEqual(texts(told('nft-list', plain), COUNTS));
  });

  const clean = (['nft-list', 'nft-list-json'] as const).flatMap((command) =>
    namesOf(command)
      .filter((name) => !STRANGE.has(name))
      .map((name) => [command, name] as const),
  );
  test.each(clean)('%s %s: each rule is read whole, and printed in a form that is read as itself', (command, name) => {
    for (const rule of rulesOf(command, name)) {
      expect(statements(rule).filter((s) => s.kind === 'unknown')).toEqual([]);
      expect(normal(rule)).toBe(rule);
    }
  });

  test('the samples have rules', () => {
    expect(clean.flatMap(([command, name]) => rulesOf(command, name)).length).toBeGreaterThan(1500);
  });
});

const key = (name: string): unknown => ({ kind: 'key', name });
const value = (text: string): unknown => ({ kind: 'value', text });
const list = (...words: string[]): unknown => ({ kind: 'list', values: words.map(value) });
const jump = (chain: string): unknown => ({ kind: 'jump', chain, goto: true });
const match = (left: unknown, op: string, right: unknown): unknown => ({ kind: 'match', left, op, right });

describe('a rule read', () => {
  test.each<readonly [string, unknown]>([
    // Without an operator any of the bits is enough; `==` wants the whole value.
    ['tcp flags syn', match(key('tcp flags'), 'in', value('syn'))],
    ['tcp flags == syn', match(key('tcp flags'), '==', value('syn'))],
    ['tcp flags ! syn,rst', match(key('tcp flags'), '!', list('syn', 'rst'))],
    ['ct state established,related', match(key('ct state'), 'in', list('established', 'related'))],
    ['ct state 0x2,0x4', match(key('ct state'), 'in', list('established', 'related'))],
    [
      'tcp flags syn / fin,syn',
      match({ kind: 'binary', op: '&', left: key('tcp flags'), right: list('fin', 'syn') }, '==', value('syn')),
    ],
    [
      'meta mark & 0x00004000 == 0x00000000',
      match({ kind: 'binary', op: '&', left: key('meta mark'), right: value('16384') }, '==', value('0')),
    ],
    ['ip ttl lt 5', match(key('ip ttl'), '<', value('5'))],
    [
      'ip daddr != { 10.0.0.0/8, 192.0.2.1-192.0.2.9 }',
      match(key('ip daddr'), '!=', {
        kind: 'set',
        elements: [{ key: value('10.0.0.0/8') }, { key: value('192.0.2.1-192.0.2.9') }],
      }),
    ],
    ['fib daddr type local', match(key('fib daddr type'), '==', value('local'))],
    ['@th,16,16 0x35', match(key('@th,16,16'), '==', value('53'))],
    ['socket cgroupv2 level 1 "system.slice"', match(key('socket cgroupv2 level 1'), '==', value('system.slice'))],
    [
      'meta l4proto . th dport @ports',
      match({ kind: 'concat', parts: [key('meta l4proto'), key('th dport')] }, '==', {
        kind: 'named-set',
        name: 'ports',
      }),
    ],
    [
      'numgen random mod 2 vmap { 0 : goto a, 1 : goto b }',
      {
        kind: 'vmap',
        key: key('numgen random mod 2'),
        map: {
          kind: 'set',
          elements: [
            { key: value('0'), data: jump('a') },
            { key: value('1'), data: jump('b') },
          ],
        },
      },
    ],
    [
      'dnat ip to 10.0.0.1:tcp dport map @ports',
      {
        kind: 'nat',
        action: 'dnat',
        family: 'ip',
        address: value('10.0.0.1'),
        port: { kind: 'map', key: key('tcp dport'), map: { kind: 'named-set', name: 'ports' } },
        flags: [],
      },
    ],
    [
      'dnat ip to ip saddr map @targets:80',
      {
        kind: 'nat',
        action: 'dnat',
        family: 'ip',
        address: { kind: 'map', key: key('ip saddr'), map: { kind: 'named-set', name: 'targets' } },
        port: value('80'),
        flags: [],
      },
    ],
    ['ct zone set 7', { kind: 'set-key', key: key('ct zone'), value: value('7') }],
    ['limit rate 10/second burst 5 packets', { kind: 'gate', text: 'limit rate 10/second' }],
    ['ct count over 20', { kind: 'gate', text: 'ct count over 20' }],
    [
      'meter flood size 9 { ip saddr limit rate 1/second }',
      { kind: 'gate', text: 'meter flood { ip saddr limit rate 1/second }' },
    ],
    [
      'update @seen { ip saddr timeout 1m counter packets 5 bytes 9 }',
      { kind: 'effect', text: 'update @seen { ip saddr timeout 60s }' },
    ],
    ['set update ip saddr timeout 1m @seen', { kind: 'effect', text: 'update @seen { ip saddr timeout 60s }' }],
    [
      'counter name tcp dport map { 80 : "http" }',
      { kind: 'effect', text: 'counter name tcp dport map { 80 : http }' },
    ],
    ['flow offload @fast', { kind: 'effect', text: 'flow add @fast' }],
    ['dup to 10.0.0.9 device "eth1"', { kind: 'copy', text: 'dup to 10.0.0.9 device eth1' }],
    ['fwd ip to 10.0.0.9 device "eth1"', { kind: 'taken', text: 'fwd ip to 10.0.0.9 device eth1' }],
    ['queue num 0-3 bypass', { kind: 'taken', text: 'queue bypass to 0-3' }],
    ['queue flags bypass to numgen inc mod 4', { kind: 'taken', text: 'queue bypass to numgen inc mod 4' }],
    [
      'synproxy mss 1460 wscale 7 timestamp sack-perm',
      { kind: 'taken', text: 'synproxy mss 1460 wscale 7 timestamp sack-perm' },
    ],
    // What libxtables says in place of a module that it lacks, and what nft without it prints.
    ['XT target MASQUERADE not found', { kind: 'xt', name: 'MASQUERADE', target: true }],
    ['# xt_recent', { kind: 'xt', name: 'recent', target: false }],
    ['log prefix ""DROP: "" level info', { kind: 'log', prefix: '"DROP: "', options: 'level info' }],
  ])('%s', (line, statement) => {
    expect(statements(line)).toEqual([statement]);
  });

  test('words that nothing knows stand between what is known', () => {
    expect(statements('ip saddr 10.0.0.1 frobnicate { 1, 2 } twice counter packets 3 bytes 180 drop')).toEqual([
      match(key('ip saddr'), '==', value('10.0.0.1')),
      { kind: 'unknown', text: 'frobnicate { 1, 2 } twice' },
      { kind: 'verdict', verdict: 'drop' },
    ]);
    expect(statements('frobnicate')).toEqual([{ kind: 'unknown', text: 'frobnicate' }]);
    expect(statements('add @seen { ip saddr frobnicate 5 } accept')).toEqual([
      { kind: 'unknown', text: 'add @seen { ip saddr frobnicate 5 }' },
      { kind: 'verdict', verdict: 'accept' },
    ]);
  });
});
