/**
 * The one build: `npm ci` and `npm pack` run it as `prepare`, `npm run build` runs it with --clean.
 *   dist/lib   the library, by tsc
 *   dist/bin   the command line, bundled by esbuild: one file per command, shared parts split off, so that each loads only what it needs
 *   oclif.manifest.json   what oclif knows of the commands without loading them
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

/** Packages that oclif loads at start and that this command line never uses. `DEBUG=*` prints no oclif trace therefore. */
const STUBS = {
  'cli-spinners': 'const s={interval:80,frames:["-","|"]};module.exports=new Proxy({},{get:()=>s});',
  'wsl-utils': 'module.exports={isWsl:false};',
  tinyglobby: 'module.exports={glob:async()=>[]};',
  debug:
    'const d=()=>Object.assign(()=>{},{enabled:false,extend:d});module.exports=Object.assign(d,{default:d,enable(){},enabled:()=>false});',
};
const LAZY = /^(node:)?(child_process|readline|tty)$/;

/**
 * oclif's own modules require each other at load, help and terminal detection included. They say `const x_1 = require("…")` and use
 * `x_1.name` later, so the module can wait for its first use.
 */
function deferred(source) {
  const lazy =
    'const __lazy = (get) => { let m; return new Proxy({}, { get: (_, k) => (m ??= get())[k], has: (_, k) => k in (m ??= get()) }); };';
  const body = source
    .replace(/^const (\w+) = (require\("[^"]+"\));$/gm, 'const $1 = __lazy(() => $2);')
    // Loading the collation tables costs more than reading the manifest; ids are plain ASCII.
    .replace(/\b(\w+\.id)\.localeCompare\((\w+\.id)\)/g, '($1 < $2 ? -1 : $1 > $2 ? 1 : 0)');
  return body.replace('"use strict";', `"use strict"; ${lazy}`);
}

/** Keeps unused packages out, and loads built-in modules that only some paths of oclif need when they are needed. */
const slim = {
  name: 'slim',
  setup(build) {
    build.onLoad({ filter: /@oclif[/\\]core[/\\]lib[/\\].*\.js$/ }, (a) => ({
      contents: deferred(readFileSync(a.path, 'utf8')),
      loader: 'js',
    }));
    const stubbed = new RegExp(`^(${Object.keys(STUBS).join('|')})$`);
    build.onResolve({ filter: stubbed }, (a) => ({ path: a.path, namespace: 'stub' }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, (a) => ({ contents: STUBS[a.path], loader: 'js' }));
    build.onResolve({ filter: LAZY }, (a) =>
      a.namespace !== 'lazy' && a.importer.includes('node_modules') ? { path: a.path, namespace: 'lazy' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, (a) => ({
      loader: 'js',
      contents: `let c;const g=()=>c??=require(${JSON.stringify(a.path)});module.exports=new Proxy({},{get:(_,k)=>g()[k]});`,
    }));
  },
};

/** Loaded from node_modules when needed: one reads its WebAssembly from beside itself, the other is for Zstandard's checksums only. */
const EXTERNAL = ['@swc/wasm-typescript', 'xxhash-wasm'];

/** What the script of `quick` leaves to files of their own: they load zod, cosmiconfig or all of oclif. */
const LATE = ['cli/help.js', 'config/check.js', 'config/read.js'];

const late = {
  name: 'late',
  setup(build) {
    const files = new Map(LATE.map((f) => [join(root, 'dist/lib/src', f), `./${f.slice(f.lastIndexOf('/') + 1)}`]));
    build.onResolve({ filter: /^\./ }, (a) => {
      const path = files.get(join(a.resolveDir, a.path));
      return path === undefined ? undefined : { path, external: true };
    });
  },
};

function missingTools() {
  return ['typescript/package.json', 'esbuild', '@oclif/core/config'].filter((name) => {
    try {
      require.resolve(name);
      return false;
    } catch {
      return true;
    }
  });
}

function compile() {
  const bin = require.resolve('typescript/package.json');
  execFileSync(process.execPath, [join(bin, '../bin/tsc'), '-p', root], { stdio: 'inherit', cwd: root });
}

async function bundle() {
  const { build } = await import('esbuild');
  const cli = join(root, 'dist/lib/src/cli');
  const commands = readdirSync(join(root, 'src/cli/commands')).map((f) =>
    join(cli, 'commands', f.replace(/\.ts$/, '.js')),
  );
  rmSync(join(root, 'dist/bin'), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    outdir: 'dist/bin',
    entryPoints: [
      ...[
        join(cli, 'bin.js'),
        join(root, 'dist/lib/src/config/hooks.js'),
        ...LATE.map((f) => join(root, 'dist/lib/src', f)),
      ].map((f) => ({
        in: f,
        out: f.slice(f.lastIndexOf('/') + 1, -3),
      })),
      ...commands.map((f) => ({ in: f, out: f.slice(cli.length + 1, -3) })),
    ],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [slim],
    external: EXTERNAL,
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  chmodSync(join(root, 'dist/bin/bin.js'), 0o755);
  copyFileSync(join(root, 'src/cli/collect.sh'), join(root, 'dist/bin/collect.sh'));
}

/**
 * The start with lint and triage as one script, and V8's code of it as it stands after a run: the functions that a lint needs are in it
 * compiled. Both hold on the machine that built them; another version of Node compiles the script anew.
 */
async function quick() {
  const { build } = await import('esbuild');
  const file = join(root, 'dist/bin/quick.cjs');
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, 'dist/lib/src/cli/quick.js')],
    outfile: file,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    minify: true,
    legalComments: 'linked',
    logLevel: 'warning',
    plugins: [slim, late],
    external: EXTERNAL,
    define: { 'import.meta.url': '__url' },
    banner: {
      js: "const __url=require('node:url').pathToFileURL(__filename).href,__dirname=require('node:path').dirname(__filename);",
    },
  });
  // One character beyond Latin-1 would make V8 hold the whole script in two bytes a character. All stand in strings and patterns.
  // A script whose code comes from a cache has lost the way to import(): it is handed one.
  const ascii = readFileSync(file, 'utf8')
    .replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(/(?<![\w$.'"`])import\(/g, '__import(');
  writeFileSync(file, ascii);
  execFileSync(process.execPath, [join(root, 'tools/compiled.mjs'), file, join(root, 'dist/bin/quick.cache')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function manifest() {
  const { Config, Plugin } = await import('@oclif/core/config');
  const file = join(root, 'oclif.manifest.json');
  rmSync(file, { force: true });
  await new Config({ root, ignoreManifest: true }).load();
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  writeFileSync(file, `${JSON.stringify(plugin.manifest)}\n`);
}

async function main() {
  if (!existsSync(join(root, 'src'))) {
    console.error('dumplint: nothing to build, this package ships its built files.');
    return 0;
  }
  const missing = missingTools();
  if (missing.length > 0) {
    console.error(
      'dumplint: not built, because its development dependencies are not installed: run `npm ci` in the checkout.',
    );
    return 1;
  }
  if (process.argv.includes('--clean')) rmSync(join(root, 'dist'), { recursive: true, force: true });
  try {
    compile();
  } catch {
    return 1; // The compiler has said why.
  }
  await bundle();
  await quick();
  await manifest();
  return 0;
}

process.exitCode = await main();
