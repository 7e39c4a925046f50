import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { styles } from './styles.js';

test('there are many styles, each with a name of its own', () => {
  expect(styles.length).toBeGreaterThan(40);
  expect(new Set(styles.map((s) => s.name)).size).toBe(styles.length);
});

test('every stored bundle is pasted', () => {
  const root = join(import.meta.dirname, '..', '..', 'samples', 'bundles');
  const bundles = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory());
  expect(bundles.filter((name) => !existsSync(join(import.meta.dirname, `${name}.test.ts`)))).toEqual([]);
});
