import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import { printNft, readNft, textFrom } from '../../src/kit/index.js';
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
  const argv = readFileSync(`${base}.cmd`, 'utf8').trim().split(' ');
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

describe('nft', () => {
  const twins = namesOf('nft-list').filter((name) => namesOf('nft-list-json').includes(name));
  test.each(twins)('text and JSON of %s say the same', (name) => {
    expect(texts(told('nft-list-json', name), NOT_IN_JSON)).toEqual(texts(told('nft-list', name), NOT_IN_JSON));
  });

  test.each(['handles', 'numeric', 'stateless', 'services'])('%s say what the plain listing says', (name) => {
    expect(texts(told('nft-list', name), COUNTS)).toEqual(texts(told('nft-list', 'everything'), COUNTS));
  });

  test('the normal form is one that is read as itself', () => {
    const rules = told('nft-list', 'everything').flatMap(
      (f) => (f['rules'] as { text: string[] } | undefined)?.text ?? [],
    );
    expect(rules.length).toBeGreaterThan(100);
    for (const rule of rules) expect(normal(rule)).toBe(rule);
  });
});
