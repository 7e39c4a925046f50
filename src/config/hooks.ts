/**
 * Module hooks for rule files: `dumplint` and `dumplint/rule` are the running package wherever the file lies, and TypeScript loses its
 * types. Works in both of Node's ways to run hooks: on a thread (`register`, promises) and in place (`registerHooks`, values).
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}
interface Loaded {
  readonly format: string;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}
type Next<T> = (what: string, context?: unknown) => T | Promise<T>;

function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'oclif.manifest.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const PUBLIC: Readonly<Record<string, string>> = {
  dumplint: 'dist/lib/src/index.js',
  'dumplint/rule': 'dist/lib/src/rule.js',
};

export function resolve(specifier: string, context: unknown, next: Next<Resolved>): Resolved | Promise<Resolved> {
  const file = PUBLIC[specifier];
  if (file === undefined) return next(specifier, context);
  return { url: pathToFileURL(join(packageRoot(), file)).href, format: 'module', shortCircuit: true };
}

type Strip = (
  source: string,
  options: { readonly mode: 'strip-only'; readonly filename: string },
) => { readonly code: string };

export function load(url: string, context: unknown, next: Next<Loaded>): Loaded | Promise<Loaded> {
  const path = url.startsWith('file:') ? fileURLToPath(url) : '';
  // Packages ship JavaScript, as Node demands it too.
  if (!/\.m?ts$/.test(path) || path.includes('node_modules')) return next(url, context);
  const { transformSync } = createRequire(import.meta.url)('@swc/wasm-typescript') as { readonly transformSync: Strip };
  const { code } = transformSync(readFileSync(path, 'utf8'), { mode: 'strip-only', filename: path });
  return { format: 'module', source: code, shortCircuit: true };
}
