#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

const imported = (specifier: string): Promise<unknown> =>
  import(specifier.startsWith('./') ? new URL(specifier, import.meta.url).href : specifier);
const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/**
 * The script with the compiled code that the build left beside it. V8 takes the code only if version and flags are its own, and compiles
 * the script otherwise; nothing is ever written here.
 */
function quick(): { run(): Promise<void> } | undefined {
  const file = path('./quick.cjs');
  const compiled = path('./quick.cache');
  if (!existsSync(file)) return undefined;
  const script = new Script(
    `(function(exports,require,module,__filename,__import){${readFileSync(file, 'latin1')}\n})`,
    {
      filename: file,
      ...(existsSync(compiled) && { cachedData: readFileSync(compiled) }),
    },
  );
  const module = { exports: {} as { run(): Promise<void> } };
  script.runInThisContext()(module.exports, createRequire(file), module, file, imported);
  return module.exports;
}

/** `--version` alone is answered before anything is loaded. */
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const json = JSON.parse(readFileSync(path('../../package.json'), 'utf8')) as { name: string; version: string };
  process.stdout.write(`${json.name}/${json.version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  const loaded = quick();
  if (loaded) await loaded.run();
  else await (await import('./start.js')).start();
}
