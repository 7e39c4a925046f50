/**
 * `node tools/lock.mjs` after each `npm install` that changed package-lock.json. A registry that mirrors some platforms only makes npm
 * leave the others' optional packages out of the lock file, and `npm ci` then refuses it everywhere. Puts them back: their version is the
 * exact one that the package asks for, their platform is in their name. npm skips those of other platforms before it fetches anything.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const lock = JSON.parse(readFileSync(file, 'utf8'));
const PLATFORM =
  /-(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(?:-(\w+))?$/;

/** Where Node would look for `name` from `folder`, innermost first. */
function isLocked(folder, name) {
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`]) return true;
    if (at === '') return false;
  }
}

let added = 0;
for (const [folder, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = PLATFORM.exec(name);
    if (!platform || isLocked(folder, name)) continue;
    if (!/^\d+\.\d+\.\d+/.test(version))
      throw new Error(`${folder} asks for ${name} ${version}, which is no exact version`);
    const [, os, cpu, abi = ''] = platform;
    const libc = os !== 'linux' ? undefined : abi === 'musl' ? 'musl' : abi.startsWith('gnu') ? 'glibc' : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      ...(libc && { libc: [libc] }),
      optional: true,
      os: [os],
    };
    added++;
  }
}
const [own, ...others] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([own, ...others.sort(([a], [b]) => (a < b ? -1 : 1))]);
if (added > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(
  added === 0 ? 'package-lock.json is complete' : `added ${added} packages of other platforms to package-lock.json`,
);
