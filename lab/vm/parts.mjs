import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../netns.mjs';

/**
 * What the virtual machine is made of and the repository does not hold: qemu and a Debian kernel. Both come from Debian's archive by apt; the
 * kernel is only unpacked, into a folder of caches.
 */

/** Kernels that have IPIP, GRE, WireGuard and IPVS as modules; the first that the archive offers is taken. */
const KERNELS = ['linux-image-cloud-amd64', 'linux-image-amd64'];
const WANTED = [
  'ipip.ko',
  'ip_gre.ko',
  'wireguard.ko',
  'ip_vs.ko',
  'vxlan.ko',
  'veth.ko',
  'br_netfilter.ko',
  'virtio_console.ko',
];

export const cacheFolder = () => join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dumplint-lab');

/** An error whose message is all that the user has to read. */
export const unable = (why) => new Error(`the virtual machine cannot run: ${why}`);

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const lastLine = (text) => text.trim().split('\n').at(-1) ?? '';

const isInstalled = (name) => spawnSync('dpkg', ['-L', name], { stdio: 'ignore' }).status === 0;

/** Debian packages, those installed that are not there. @param {readonly string[]} names */
export function needPackages(names) {
  if (!has('apt-get') || !has('dpkg'))
    throw unable('its programs come from Debian packages, and there is no apt-get or dpkg here');
  const absent = names.filter((name) => !isInstalled(name));
  if (absent.length === 0) return;
  process.stderr.write(`installing ${absent.join(' ')}\n`);
  const words = ['apt-get', 'install', '-y', '--no-install-recommends', ...absent];
  const done = run(words, { mayFail: true, timeout: 600_000 });
  const left = absent.filter((name) => !isInstalled(name));
  if (left.length > 0)
    throw unable(`${left.join(', ')} not installed, and apt-get install failed: ${lastLine(done.stderr)}`);
}

/** The package that a metapackage stands for today: `linux-image-6.1.0-56-cloud-amd64`. */
function kernelPackage() {
  for (const name of KERNELS) {
    const { stdout } = run(['apt-cache', 'depends', name], { mayFail: true });
    const real = /^ +Depends: (linux-image-\S+)$/m.exec(stdout)?.[1];
    if (real) return real;
  }
  throw unable(`the package lists know no ${KERNELS.join(' or ')}: apt-get update, or another archive`);
}

const filesBelow = (folder) => readdirSync(folder, { recursive: true }).map(String);

/** The package unpacked below `folder`, where it was not yet. */
function unpackKernel(name, folder) {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  process.stderr.write(`fetching ${name}\n`);
  const { status, stderr } = run(['sh', '-c', `cd '${part}' && apt-get download ${name}`], {
    mayFail: true,
    timeout: 600_000,
  });
  const file = readdirSync(part).find((f) => f.endsWith('.deb'));
  if (status !== 0 || !file) throw unable(`apt-get download ${name} failed: ${lastLine(stderr)}`);
  run(['dpkg-deb', '-x', join(part, file), part], { timeout: 120_000 });
  rmSync(join(part, file));
  renameSync(part, folder);
}

/**
 * A kernel image with its modules.
 * @returns {{ image: string, modules: string, release: string }} `modules`: the folder of that release
 */
export function kernelParts() {
  if (process.arch !== 'x64')
    throw unable(`its kernel and this machine's programs must be amd64, this is ${process.arch}`);
  const name = kernelPackage();
  const folder = join(cacheFolder(), name);
  if (!existsSync(folder)) unpackKernel(name, folder);
  const release = name.replace('linux-image-', '');
  const modules = join(folder, 'lib', 'modules', release);
  const image = join(folder, 'boot', `vmlinuz-${release}`);
  if (!existsSync(image)) throw unable(`${name} holds no boot/vmlinuz-${release}`);
  const names = new Set(filesBelow(modules).map((f) => f.split('/').at(-1)));
  const absent = WANTED.filter((f) => !names.has(f));
  if (absent.length > 0) throw unable(`${name} has no ${absent.join(', ')}`);
  return { image, modules, release };
}

/** @returns {string} the emulator */
export function emulator() {
  needPackages(['qemu-system-x86', 'cpio', 'kmod']);
  return 'qemu-system-x86_64';
}
