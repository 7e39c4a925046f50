#!/usr/bin/env node
import { readFileSync } from 'node:fs';

/** `--version` alone is answered before anything is loaded. */
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const json = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    name: string;
    version: string;
  };
  process.stdout.write(`${json.name}/${json.version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  const { start } = await import('./start.js');
  await start();
}
