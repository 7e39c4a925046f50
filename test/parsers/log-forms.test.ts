import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText } from '../../src/capture/decode.js';
import { parseText } from '../../src/capture/parse.js';
import type { AnyFact, LogSpanFact } from '../../src/facts/index.js';
import { lineOf } from '../../src/kit/index.js';
import { dmesg } from '../../src/parsers/dmesg.js';
import { journal } from '../../src/parsers/journal.js';

/**
 * One journal in all forms that journalctl prints: samples/parsers/journal/form-*.txt come from one journal file (systemd 252,
 * `systemd-journal-remote` made it, `journalctl --file X -o FORM` printed it). They differ in what they say of the time, in nothing else.
 */
const folder = join(import.meta.dirname, '..', '..', 'samples', 'parsers', 'journal');
const forms = readdirSync(folder).flatMap((f) => /^form-(.*)\.txt$/.exec(f)?.[1] ?? []);
const lined = forms.filter((f) => !f.startsWith('cat'));

const factsOf = (form: string): readonly AnyFact[] => {
  const bytes = new Uint8Array(readFileSync(join(folder, `form-${form}.txt`)));
  const argv = form.startsWith('cat') ? ['journalctl', form === 'cat-kernel' ? '-k' : '-uflanneld', '-o', 'cat'] : [];
  const scope = (argv.length > 0 && journal.claims.command?.(argv)?.scope) || {};
  return parseText(journal, decodeText(bytes).text, 0, { argv, fileName: '', scope }).facts as readonly AnyFact[];
};

type Loose = Readonly<Record<string, unknown>>;

/** The fact without its line and its time. */
const said = (fact: AnyFact): Loose => {
  const { at, time, clock, dated, uptime, from, to, ...rest } = JSON.parse(JSON.stringify(fact)) as Loose;
  return rest;
};
/** What a form without host and tag can tell. */
const bare = (fact: AnyFact): Loose => {
  const { host, unit, ...rest } = said(fact);
  return rest;
};

test('the forms are there', () => {
  expect([...lined].sort()).toEqual(
    [
      ...['short', 'short-full', 'short-iso', 'short-iso-precise', 'short-precise', 'short-monotonic', 'short-delta'],
      ...['short-unix', 'with-unit', 'verbose', 'export', 'json', 'json-pretty', 'json-sse', 'json-seq'],
    ].sort(),
  );
});

test.each(lined)('%s tells what short tells', (form) => {
  expect(factsOf(form).map(said)).toEqual(factsOf('short').map(said));
});

test.each([
  // `-k` is of this boot; line 18 of `short` is where it begins.
  ['cat-kernel', (f: AnyFact) => f.kind === 'kernel-log', 18],
  ['cat-flanneld', (f: AnyFact) => f.kind === 'flannel-log' || f.kind === 'flannel-lease', 0],
] as const)('%s tells what short tells of it', (form, wanted, behind) => {
  const told = factsOf('short').filter((f) => wanted(f) && lineOf(f.at) > behind);
  expect(factsOf(form).filter(wanted).map(bare)).toEqual(told.map(bare));
});

const FIRST = 1_710_666_600.12045;
const LAST = 1_710_666_722;

test.each([
  ['verbose', FIRST],
  ['export', FIRST],
  ['json', FIRST],
  ['json-pretty', FIRST],
  ['json-sse', FIRST],
  ['json-seq', FIRST],
  ['short-unix', FIRST],
  ['short-iso-precise', FIRST],
  ['short-iso', Math.floor(FIRST)],
  ['short-full', Math.floor(FIRST)],
  ['with-unit', Math.floor(FIRST)],
])('%s knows the times', (form, from) => {
  const span = factsOf(form).find((f): f is LogSpanFact => f.kind === 'log-span');
  expect([span?.from, span?.to, span?.lines, span?.host]).toEqual([from, LAST, 19, 'node-1']);
});

test.each(lined)('%s is known by its content', (form) => {
  const head = decodeText(new Uint8Array(readFileSync(join(folder, `form-${form}.txt`)))).text;
  const lines = Array.from({ length: Math.min(200, head.count) }, (_, i) => head.line(i));
  expect(journal.claims.sniff(lines)).toBe(3);
});

describe('one ring buffer', () => {
  const ring = join(folder, '..', 'dmesg');
  const names = readdirSync(ring).flatMap((f) => /^form-(.*)\.txt$/.exec(f)?.[1] ?? []);
  const bytesOf = (name: string) => decodeText(new Uint8Array(readFileSync(join(ring, `form-${name}.txt`)))).text;
  const read = (name: string) => {
    const command = join(ring, `form-${name}.cmd`);
    const argv = existsSync(command) ? readFileSync(command, 'utf8').trim().split(' ') : [];
    return parseText(dmesg, bytesOf(name), 0, { argv, fileName: '', scope: {} });
  };

  test.each(names)('%s tells what the others tell', (name) => {
    const { facts, gaps } = read(name);
    expect(gaps).toEqual([]);
    const told = (all: readonly unknown[]) => (all as readonly AnyFact[]).map(said);
    expect(told(facts)).toEqual(told(read('default').facts));
    expect(told(facts)).toHaveLength(12);
  });

  test.each(names.filter((n) => n !== 'no-time'))('%s is known by its content', (name) => {
    const text = bytesOf(name);
    const lines = Array.from({ length: Math.min(200, text.count) }, (_, i) => text.line(i));
    expect([dmesg.claims.sniff(lines), journal.claims.sniff(lines) < 3]).toEqual([3, true]);
  });
});
