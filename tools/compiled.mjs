/**
 * `node tools/compiled.mjs SCRIPT CACHE`: runs the built script on a sample as `dist/bin/bin.js` does, and keeps V8's code of all
 * functions that ran.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const [file, cache] = process.argv.slice(2);
const script = new Script(`(function(exports,require,module,__filename,__import){${readFileSync(file, 'latin1')}\n})`, {
  filename: file,
});
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file, (name) => import(name));
process.argv = [
  process.argv[0],
  file,
  'lint',
  '--no-config',
  'samples/bundles/wrong-interface',
  'samples/bundles/bird-stopped',
];
await module.exports.run();
process.exitCode = 0;
writeFileSync(cache, script.createCachedData());
