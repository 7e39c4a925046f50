import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../../src/index.js';

/** GRE has no ports: both directions of a tunnel are one flow, and a rule that translates its source concerns only what its first packet began. */
const sample = join(import.meta.dirname, '..', '..', 'samples', 'machine', 'gre-mesh+mtu-without-key', 'bundle');
const flow = (src: string, dst: string, answer = src): string =>
  `gre      47 174 src=${src} dst=${dst} srckey=0x0 dstkey=0x0 src=${dst} dst=${answer} srckey=0x0 dstkey=0x0 [ASSURED] mark=0 use=1\n`;
const [ONE, TWO, OTHER] = ['192.168.50.11', '192.168.50.12', '192.168.50.244'] as const;

let bundle = '';
beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), 'dumplint-'));
  cpSync(sample, bundle, { recursive: true });
  const file = join(bundle, 'node-1', 'iptables-save.txt');
  const rule = `-A POSTROUTING -p gre -j SNAT --to-source ${OTHER}\n`;
  const [before = '', after = ''] = readFileSync(file, 'utf8').split(/(?<=\n\*nat\n(?::.*\n)+)(?=\[)/);
  writeFileSync(file, `${before}${rule}${after}`);
});
afterEach(() => rmSync(bundle, { recursive: true }));

async function verdictWith(conntrack: string | undefined) {
  if (conntrack !== undefined) writeFileSync(join(bundle, 'node-1', 'conntrack.txt'), conntrack);
  const probe = {
    src: 'pod:default/web-6d4f7c8b9d-m8lsn',
    dst: 'pod:default/web-6d4f7c8b9d-kng8k',
    proto: 'icmp' as const,
  };
  const [said] = (await reach([bundle], { probes: [probe] })).probes;
  return said;
}

test('no capture of flows: nobody knows who began it', async () => {
  const said = await verdictWith(undefined);
  expect(said?.verdict).toBe('unknown');
  expect(said?.missing.map((m) => m.input)).toEqual([expect.stringContaining(`which of ${ONE} and ${TWO} began`)]);
});

test('the peer began the flow: what goes to it is an answer, with its own source', async () => {
  expect((await verdictWith(flow(TWO, ONE)))?.verdict).toBe('delivered');
});

test('the node began it before the rule was there', async () => {
  expect((await verdictWith(flow(ONE, TWO)))?.verdict).toBe('delivered');
});

test('the node began it, and the rule gave it a source that the peer has no tunnel for', async () => {
  const said = await verdictWith(flow(ONE, TWO, OTHER));
  expect(said?.verdict).toBe('dropped');
  expect(said?.because?.reason).toContain(`no gre device takes packets from ${OTHER}`);
});
