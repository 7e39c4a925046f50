import { load } from '../../src/index.js';
import { withFiles } from '../folder.js';
import { dump, dump64, kubeadmDind } from './kubeadm-dind.js';
import { stores } from './store.js';

const KINDS = ['address', 'link', 'route', 'component-log'] as const;

/** What is known of each node, without the places where it stands. */
const known = (files: Readonly<Record<string, string | Uint8Array>>): Promise<unknown> =>
  withFiles(files, async (folder) => {
    const { model, unread } = await load([folder]);
    // The words around an envelope are nobody's output.
    expect(unread.filter((u) => !u.file.endsWith('build.log'))).toEqual([]);
    return model.nodes.map((node) => [
      node.name,
      KINDS.map((kind) =>
        node.host
          .facts(kind)
          .map((fact) => JSON.stringify(fact, (key, v: unknown) => (/^(?:at|lines?|runs)$/.test(key) ? undefined : v)))
          .sort(),
      ),
    ]);
  });

test.each(stores.map((s) => [s.name, s] as const))('%s: a dump, packed or split, is one', async (_, store) => {
  const [split] = kubeadmDind;
  const expected = await known((await split?.write(store))?.files ?? {});
  expect(expected).toEqual(store.nodes.map((name) => [name, expect.anything()]));
  expect(await known({ 'dump.txt': dump(store) })).toEqual(expected);
  expect(await known({ 'dump.txt': dump(store).replaceAll('\n', '\r\n') })).toEqual(expected);
  expect(await known({ 'build.log': dump64(store) })).toEqual(expected);
});
