import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, reachAll } from '../../src/path/index.js';
import { withFiles } from '../folder.js';

const root = join(import.meta.dirname, '..', '..', 'samples');
const paste = readFileSync(join(root, 'rules/route/missing-peer-subnet/unknown-jump-host.txt'), 'utf8');

const besideIn = (text: string): Promise<readonly string[]> =>
  withFiles({ 'paste.txt': text }, async (folder) =>
    (await load([join(folder, 'paste.txt')])).model.nodes.filter((n) => n.beside).map((n) => n.name),
  );

test('a machine that Kubernetes does not list, and that has no pods, is beside the cluster', async () =>
  expect(await besideIn(paste)).toEqual(['jump']));

test('where nobody listed the nodes, or only some of them, none is', async () => {
  const listing = paste.indexOf('root@jump:~# kubectl get nodes');
  expect(await besideIn(paste.slice(0, listing))).toEqual([]);
  expect(await besideIn(paste.replace('kubectl get nodes -o wide', 'kubectl get nodes -o wide | grep node-'))).toEqual(
    [],
  );
});

test('a node that was taken off the list keeps its pods, and is none', async () =>
  expect(await besideIn(paste.replace(/^node-3 .*\n/m, ''))).toEqual(['jump']));

test('a captured router asks what anybody outside may ask, and serves nobody', async () => {
  const { model } = await load([join(root, 'walked', 'router-with-bridges', 'bundle')]);
  expect(model.nodes.filter((n) => n.beside).map((n) => n.name)).toEqual(['vpc']);
  const { sources, destinations } = reachAll(makeWorld(model));
  expect(sources.filter((c) => c.node === 'vpc').map((c) => c.kind)).toEqual(['outside']);
  expect(destinations.filter((c) => c.node === 'vpc')).toEqual([]);
});
