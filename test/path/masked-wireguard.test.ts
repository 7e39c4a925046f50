import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import { withFiles } from '../folder.js';

/** What whoever sent `wg show` masked is not known, and neither lacks nor differs: node-1 has a new key that its peers don't know. */
const root = join(
  import.meta.dirname,
  '..',
  '..',
  'samples',
  'machine',
  'flannel-wireguard+wireguard.new-key-of-node',
  'bundle',
);
const bundle = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((e) => e.isFile())
  .map((e) => join(e.parentPath, e.name))
  .map((path) => [path.slice(root.length + 1), readFileSync(path, 'utf8')] as const);

async function walked(mask: (wg: string) => string, src: string, dst: string): Promise<string> {
  const files = Object.fromEntries(bundle.map(([name, text]) => [name, name.endsWith('wg.txt') ? mask(text) : text]));
  return withFiles(files, async (folder) => {
    const traced = traceProbe(makeWorld((await load([folder])).model), { src, dst, proto: 'icmp' });
    return traced.kind === 'error' ? traced.says : `${traced.trace.verdict}: ${traced.trace.because?.reason ?? ''}`;
  });
}

const keysMasked = (wg: string): string => wg.replace(/(public key|peer): .*/g, '$1: REDACTED=');
const endpointsMasked = (wg: string): string => wg.replace(/endpoint: [\d.]+/g, 'endpoint: x.x.x.x');

test('with its keys masked nobody is a stranger', async () => {
  expect(await walked((wg) => wg, 'node:node-2', 'node:node-3')).toMatch(/^delivered/);
  const [known, masked] = [
    await walked((wg) => wg, '10.244.1.0', '10.244.0.0'),
    await walked(keysMasked, '10.244.1.0', '10.244.0.0'),
  ];
  expect(known).toMatch(/^dropped: .*key/);
  expect(masked).not.toMatch(/^dropped/);
});

test('an endpoint that was masked is none that lacks', async () => {
  expect(await walked((wg) => wg, '10.244.1.0', '10.244.2.0')).toMatch(/^delivered/);
  expect(await walked(endpointsMasked, '10.244.1.0', '10.244.2.0')).toMatch(/^unknown/);
});
