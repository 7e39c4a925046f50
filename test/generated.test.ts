import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

test('docs/rules, schema and the README are what the built rules and commands say', () => {
  const root = join(import.meta.dirname, '..');
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'tools/docs.mjs'), '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
