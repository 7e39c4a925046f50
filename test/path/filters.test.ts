import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../../src/index.js';

/** Filters of tc decide past all chains: a device that has a place for them is known only where they were listed. */
const healthy = join(import.meta.dirname, '..', '..', 'samples', 'bundles', 'healthy');
const CLSACT = 'qdisc noqueue 0: dev lo root refcnt 2 \nqdisc clsact ffff: dev eth0 parent ffff:fff1 \n';
const DROPS = `filter protocol ip pref 49152 u32 chain 0 
filter protocol ip pref 49152 u32 chain 0 fh 800: ht divisor 1 
filter protocol ip pref 49152 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid not_in_hw 
  match 0af40000/ffff0000 at 16
\taction order 1: gact action drop
\t random type none pass val 0
\t index 1 ref 1 bind 1

`;

async function verdictWith(files: Readonly<Record<string, string>>) {
  const bundle = mkdtempSync(join(tmpdir(), 'dumplint-'));
  cpSync(healthy, bundle, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(bundle, 'node-1', name), text);
  const [said] = (await reach([bundle], { probes: [{ src: 'node:node-1', dst: 'node:node-2', proto: 'icmp' }] }))
    .probes;
  rmSync(bundle, { recursive: true });
  return { verdict: said?.verdict, missing: said?.missing.map((m) => m.input) };
}

test('no discipline that filters could hang on', async () => {
  expect(await verdictWith({ 'tc-qdisc.txt': 'qdisc noqueue 0: dev eth0 root refcnt 2 \n' })).toMatchObject({
    verdict: 'delivered',
  });
});

test('clsact, and nobody listed its filters', async () => {
  const said = await verdictWith({ 'tc-qdisc.txt': CLSACT });
  expect(said.verdict).toBe('unknown');
  expect(said.missing).toContain('filters of tc behind clsact of eth0');
});

test('a filter that may drop', async () => {
  const said = await verdictWith({
    'tc-qdisc.txt': CLSACT,
    'tc-filter-show-dev-eth0-egress.txt': `$ tc filter show dev eth0 egress\n${DROPS}`,
  });
  expect(said.verdict).toBe('unknown');
  expect(said.missing).toContain('what filters of tc do with frames that eth0 sends');
});
