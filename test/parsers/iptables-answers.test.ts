import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseText } from '../../src/capture/parse.js';
import type { IptablesTableFact } from '../../src/facts/index.js';
import { textFrom } from '../../src/kit/index.js';
import { eachRule } from '../../src/model/lookups/index.js';
import { iptablesList } from '../../src/parsers/iptables-list.js';
import { iptablesSave } from '../../src/parsers/iptables-save.js';

const answers = join(import.meta.dirname, '..', '..', 'samples', 'answers');
const folders = readdirSync(answers).flatMap((bundle) =>
  readdirSync(join(answers, bundle))
    .filter((name) => name.startsWith('node-'))
    .map((node) => join(answers, bundle, node)),
);

function tablesOf(folder: string, name: string): readonly IptablesTableFact[] {
  const argv = name.replace(/\.txt$/, '').split('_');
  const parser = argv[0]?.endsWith('-save') || argv.includes('-S') ? iptablesSave : iptablesList;
  const scope = parser.claims.command?.(argv)?.scope;
  if (scope === undefined) throw new Error(`${argv.join(' ')} is not claimed`);
  const parsed = parseText(parser, textFrom(readFileSync(join(folder, name), 'utf8')), 0, {
    argv,
    fileName: '',
    scope,
  });
  expect([name, parsed.gaps]).toEqual([name, []]);
  return (parsed.facts as readonly IptablesTableFact[]).filter((f) => f.kind === 'iptables-table');
}

/** In the order of print. What is not known is not equal. */
const rules = (table: IptablesTableFact): readonly string[] =>
  [...eachRule([table])].map((r) => {
    const unread = r.unread === undefined ? '' : ` ?${r.unread.join()}`;
    return `${r.chain} ${r.spec.text}${unread}`;
  });
/** Pairs of a node: each listing, and the dump of the same family. */
const listings = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /^ip6?tables_/.test(name))
    .map((name) => [join(folder, name).slice(answers.length + 1), folder, name] as const),
);

describe('what a node says of its rules in every form', () => {
  test.each(listings)('%s', (_, folder, name) => {
    const dump = tablesOf(folder, name.startsWith('ip6') ? 'ip6tables-save.txt' : 'iptables-save.txt');
    const [listed, ...more] = tablesOf(folder, name);
    if (!listed || more.length > 0) throw new Error(`${more.length + (listed ? 1 : 0)} tables`);
    const saved = dump.find((t) => t.table === listed.table);
    // A table that nobody used is listed with its built-in chains, and is in no dump.
    if (!saved) expect([rules(listed), listed.chains.name.filter((c) => !/^[A-Z]+$/.test(c))]).toEqual([[], []]);
    else expect([listed.chains.name.toSorted(), rules(listed)]).toEqual([saved.chains.name.toSorted(), rules(saved)]);
  });

  test.each(folders.map((f) => [f.slice(answers.length + 1), f] as const))(
    'the dump with counters has the rules of the one without: %s',
    (_, folder) => {
      for (const program of ['iptables', 'ip6tables']) {
        const plain = tablesOf(folder, `${program}-save.txt`);
        expect(tablesOf(folder, `${program}-save_-c.txt`).map(rules)).toEqual(plain.map(rules));
      }
    },
  );
});
