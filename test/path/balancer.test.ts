import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reach } from '../../src/index.js';

/** What a host outside sends to a service's address outside comes in by one of the nodes: only what holds for each is said. */
const sample = join(import.meta.dirname, '..', '..', 'samples', 'judged', 'flannel-dual-stack', 'healthy', 'bundle');
let bundle = '';
beforeEach(() => {
  bundle = mkdtempSync(join(tmpdir(), 'dumplint-'));
  cpSync(sample, bundle, { recursive: true });
});
afterEach(() => rmSync(bundle, { recursive: true }));

async function ask(port: number) {
  const probe = { src: '192.168.50.200', dst: '203.0.113.84', proto: 'tcp' as const, port };
  return (await reach([bundle], { probes: [probe] })).probes[0];
}

test('every node would serve it', async () => {
  expect(await ask(80)).toMatchObject({ verdict: 'delivered' });
});

test('another port is none of the service', async () => {
  expect((await ask(81))?.verdict).not.toBe('delivered');
});

test('one node would not: it is not known which gets it', async () => {
  const file = join(bundle, 'node-2', 'iptables-save.txt');
  const text = readFileSync(file, 'utf8');
  const without = text.replace(/^.*-A KUBE-SERVICES -d 203\.0\.113\.84\/32 .*\n/m, '');
  expect(without).not.toBe(text);
  writeFileSync(file, without);
  const said = await ask(80);
  expect(said?.verdict).toBe('unknown');
  expect(said?.missing.map((m) => m.input)).toContain('which node gets what is sent to 203.0.113.84 from outside');
});
