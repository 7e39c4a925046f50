import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { type ParsedText, parseText } from '../../src/capture/parse.js';
import type { IptablesTableFact } from '../../src/facts/index.js';
import { readSpec, textFrom, textOf } from '../../src/kit/index.js';
import { eachRule } from '../../src/model/lookups/index.js';
import { iptablesList } from '../../src/parsers/iptables-list.js';
import { iptablesSave } from '../../src/parsers/iptables-save.js';

const samples = join(import.meta.dirname, '..', '..', 'samples', 'parsers');
const read = (parser: string, name: string): string => readFileSync(join(samples, parser, name), 'utf8');
const argvOf = (parser: string, name: string): string[] => read(parser, `${name}.cmd`).trim().split(/\s+/);

function run(parser: typeof iptablesList, text: string, argv: readonly string[], fileName = ''): ParsedText {
  const scope = parser.claims.command?.(argv)?.scope ?? {};
  return parseText(parser, textFrom(text), 0, { argv, fileName, scope });
}
const tables = (p: ParsedText): readonly IptablesTableFact[] =>
  (p.facts as readonly IptablesTableFact[]).filter((f) => f.kind === 'iptables-table');

/** What a listing does not print, or otherwise: the name of hashlimit's table, the end of time, padding, and names for numbers. */
const unprinted = (text: string): string =>
  text
    .replace(/ --hashlimit-name \S+/, '')
    .replace(/--set-class 0*(\w+):0*(\w+)/, '--set-class $1:$2')
    .replace(' --datestop 2038-01-19T03:14:07', '')
    .replace('--tos 0x10/0x3f', '--tos Minimize-Delay')
    .replace(/--([ug])id-owner 0\b/, '--$1id-owner root');

const pairs = readdirSync(join(samples, 'iptables-save'))
  .filter((f) => f.startsWith('listed-') && f.endsWith('.txt'))
  .map((f) => f.slice('listed-'.length, -'.txt'.length));

describe('the same rules of the kernel, as iptables -S and as iptables -L', () => {
  test.each(pairs)('%s', (name) => {
    const saved = run(
      iptablesSave,
      read('iptables-save', `listed-${name}.txt`),
      argvOf('iptables-save', `listed-${name}`),
    );
    const listed = run(iptablesList, read('iptables-list', `${name}.txt`), argvOf('iptables-list', name));
    expect([saved.gaps, listed.gaps]).toEqual([[], []]);
    const [a, b] = [tables(saved)[0], tables(listed)[0]];
    if (!a || !b) throw new Error('no table');
    expect([b.table, b.family, b.backend]).toEqual([a.table, a.family, a.backend]);
    expect(b.chains.name.toSorted()).toEqual(a.chains.name.toSorted());
    const hidden = b.lacks?.includes('interfaces');
    const rule = (f: IptablesTableFact) =>
      [...eachRule([f])].map((r) => {
        const text = unprinted(r.spec.text);
        return `${r.chain} ${hidden ? text.replace(/(?:! )?-[io] \S+ /g, '') : text}`;
      });
    expect(rule(b)).toEqual(rule(a));
    expect(b.rules.unread ?? {}).toEqual({});
  });
});

describe('damage', () => {
  const files = readdirSync(join(samples, 'iptables-list')).filter((f) => f.endsWith('.txt'));
  const bytes = files.map((f) => new Uint8Array(readFileSync(join(samples, 'iptables-list', f))));
  const holds = (b: Uint8Array): void => {
    const text = textOf(b);
    const parsed = parseText(iptablesList, text, 0, { argv: [], fileName: '', scope: {} });
    expect(parsed.crash).toBeUndefined();
    expect(parsed.tally.facts + parsed.tally.noise + parsed.tally.gaps).toBe(text.count);
    for (const { rules } of tables(parsed)) for (const rule of rules.text) expect(readSpec(rule).kind).toBe('spec');
  };

  test('a cut anywhere', () => {
    for (const b of bytes) for (let end = 0; end < b.length; end += 97) holds(b.subarray(0, end));
  });

  test('changed bytes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...bytes),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
        (b, changes) => {
          const copy = Uint8Array.from(b);
          for (const [at, value] of changes) copy[at % copy.length] = value;
          holds(copy);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('a line of a million words costs no more than its length', () => {
    const head = 'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \n';
    const start = Date.now();
    for (const words of ['nflog-x "a" ', '! ', '/* ', 'ctstate NEW ', '[0] reqid 1 ', 'tcp dpt:1 '])
      run(iptablesList, `${head}NFLOG all  --  anywhere anywhere ${words.repeat(50_000)}`, []);
    expect(Date.now() - start).toBeLessThan(5000);
  });
});

describe('what a listing tells and what not', () => {
  const head = 'target     prot opt source               destination         ';
  const only = (rows: string, argv = 'iptables -nL'): IptablesTableFact => {
    const [table] = tables(run(iptablesList, `Chain INPUT (policy ACCEPT)\n${head}\n${rows}\n`, argv.split(' ')));
    if (!table) throw new Error('no table');
    return table;
  };

  test('words that nothing here knows leave the rule unknown, with what is known of it', () => {
    const table = only('FANCY  tcp  --  10.0.0.0/8  0.0.0.0/0  tcp dpt:80 fancy thing:7');
    expect(table.rules.text).toEqual(['-s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j FANCY']);
    expect(table.rules.unread).toEqual({ 0: ['matches', 'target'] });
    expect([...eachRule([table])][0]?.unread).toEqual(['interfaces', 'matches', 'target']);
  });

  test('a host by its name is an address that is not known', () => {
    const table = only('ACCEPT  all  --  db.example.net  anywhere', 'iptables -L');
    expect(table.rules).toMatchObject({ text: ['-j ACCEPT'], unread: { 0: ['source'] } });
  });

  test('a rule without a target and a chain called like a protocol', () => {
    const table = only('           tcp  --  0.0.0.0/0  0.0.0.0/0\ntcp        all  --  0.0.0.0/0  0.0.0.0/0');
    expect(table.rules.text).toEqual(['-p tcp', '-j tcp']);
  });

  test('table and family: from the command, the name of the file, or the chains and addresses', () => {
    const nat = (address: string): string =>
      ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']
        .map((c) => `Chain ${c} (policy ACCEPT)\n${head}\nACCEPT     all      ${address}  ${address}\n`)
        .join('\n');
    const told = (text: string, argv: string, file = ''): unknown[] =>
      tables(run(iptablesList, text, argv === '' ? [] : argv.split(' '), file)).map((t) => [t.family, t.table]);
    expect(told(nat('::/0'), '')).toEqual([[6, 'nat']]);
    expect(told(nat('0.0.0.0/0'), '')).toEqual([[4, 'nat']]);
    expect(told(`${nat('0.0.0.0/0')}${nat('fd00::/8')}`, '')).toEqual([
      [4, 'nat'],
      [6, 'nat'],
    ]);
    const chain = `Chain KUBE-X (1 references)\n${head}\n`;
    expect(told(chain, '', 'ip6tables_-t_nat_-nvL')).toEqual([[6, 'nat']]);
    expect(told(chain, 'ip6tables -t raw -L KUBE-X')).toEqual([[6, 'raw']]);
  });

  test('is claimed by its command with what it selects', () => {
    const scope = (command: string) => iptablesList.claims.command?.(command.split(' '))?.scope;
    expect(scope('iptables -L')).toEqual({ table: 'filter' });
    expect(scope('iptables -vnxL')).toEqual({ table: 'filter' });
    expect(scope('ip6tables-legacy -t nat -nvL KUBE-SERVICES')).toEqual({
      family: '6',
      table: 'nat',
      chain: 'KUBE-SERVICES',
    });
    expect(scope('iptables --table nat --list INPUT 3')).toEqual({ table: 'nat', chain: 'INPUT', rule: '3' });
    expect(scope('iptables -n --list -t mangle')).toEqual({ table: 'mangle' });
    for (const c of ['iptables -S', 'iptables-save', 'iptables -A INPUT -j LOG', 'iptables -V', 'ipset -L'])
      expect(scope(c)).toBeUndefined();
  });
});
