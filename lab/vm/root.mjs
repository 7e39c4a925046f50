import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES } from '../needs.mjs';
import { run } from '../netns.mjs';
import { needPackages } from './parts.mjs';

/**
 * The guest's root as an initramfs: this machine's own programs with their libraries, node, the lab, and the kernel's modules. Nothing of it is
 * written to a disk of the guest, so each start is the first.
 */

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
/** Of the checkout all that the judge reads. */
const CHECKOUT = ['package.json', 'lab', 'src/cli/collect.sh'];
/** Debian packages beside those that the lab needs anyway. */
const BASE = [
  'wireguard-tools',
  'ipvsadm',
  'dash',
  'coreutils',
  'sed',
  'grep',
  'mawk',
  'findutils',
  'hostname',
  'tar',
  'kmod',
  'mount',
  'iproute2',
  'netbase',
  'procps',
];
const WITHOUT =
  /^\/(?:usr\/share|usr\/lib\/(?:python|systemd|udev|tmpfiles|sysusers)|lib\/(?:systemd|udev)|etc\/(?:init|cron|default|apparmor|logrotate|systemd))/;
/** Parts of the kernel that a network lab loads modules of. */
const MODULES = ['net', 'lib', 'crypto', 'arch', 'drivers/net', 'drivers/virtio', 'drivers/char'];

const isFile = (path) => {
  try {
    return !lstatSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Files of an installed package. */
function filesOf(name) {
  const { stdout } = run(['dpkg', '-L', name]);
  return stdout.split('\n').filter((f) => f.startsWith('/') && !WITHOUT.test(f) && isFile(f));
}

/** Libraries that programs and plugins ask for. */
function librariesOf(files) {
  const { stdout } = spawnSync('ldd', files, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return [...new Set([...stdout.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path]) => path))];
}

const isElf = (path) => {
  try {
    return readFileSync(path).subarray(0, 4).toString('latin1') === '\x7fELF';
  } catch {
    return false;
  }
};

/** A link is copied, and what it leads to. */
const withTargets = (path) => (existsSync(path) ? [path, realpathSync(path)] : []);

function stagePrograms(stage) {
  const packages = [...new Set([...PACKAGES, ...BASE])];
  needPackages(packages);
  const files = packages.flatMap(filesOf);
  const node = realpathSync(process.execPath);
  const programs = [...files, node].filter((f) => isElf(f));
  const links = ['/bin/sh', '/usr/bin/awk', '/etc/protocols', '/etc/services'].flatMap(withTargets);
  const all = [...files, ...links, ...librariesOf(programs)].flatMap(withTargets);
  const list = [...new Set(all)].map((f) => f.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/'));
  run(['tar', '-C', '/', '--no-recursion', '-cf', join(stage, 'x.tar'), '-T', '-'], {
    input: [...new Set(list)].map((f) => f.slice(1)).join('\n'),
  });
  run(['tar', '-C', stage, '-xf', join(stage, 'x.tar')]);
  rmSync(join(stage, 'x.tar'));
  mkdirSync(join(stage, 'etc'), { recursive: true });
  cpSync('/etc/alternatives', join(stage, 'etc/alternatives'), { recursive: true, verbatimSymlinks: true });
  for (const name of ['iptables', 'ip6tables'])
    for (const more of ['', '-save', '-restore']) {
      const link = join(stage, 'usr/sbin', `${name}${more}`);
      if (!existsSync(link)) symlinkSync(`${name}-nft${more}`, link);
    }
  cpSync(node, join(stage, 'usr/bin/node'));
  writeFileSync(join(stage, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(stage, 'etc/group'), 'root:x:0:\n');
}

function stageModules(stage, { modules, release }) {
  const to = join(stage, 'usr/lib/modules', release);
  for (const part of MODULES) cpSync(join(modules, 'kernel', part), join(to, 'kernel', part), { recursive: true });
  for (const file of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    if (existsSync(join(modules, file))) cpSync(join(modules, file), join(to, file));
  run(['depmod', '-b', join(stage, 'usr'), release], { timeout: 120_000 });
}

/**
 * @param {ReturnType<typeof import('./parts.mjs').kernelParts>} kernel
 * @param {string} folder where it is made @param {readonly string[]} words what the judge is asked in the guest
 * @returns {string} the archive
 */
export function makeRoot(kernel, folder, words) {
  const stage = join(folder, 'root');
  mkdirSync(stage, { recursive: true });
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    mkdirSync(join(stage, 'usr', name), { recursive: true });
    symlinkSync(`usr/${name}`, join(stage, name));
  }
  for (const name of ['proc', 'sys', 'dev', 'run/netns', 'tmp', 'out', 'root', 'var/run'])
    mkdirSync(join(stage, name), { recursive: true });
  stagePrograms(stage);
  stageModules(stage, kernel);
  for (const path of CHECKOUT) {
    mkdirSync(dirname(join(stage, 'dumplint', path)), { recursive: true });
    cpSync(join(REPOSITORY, path), join(stage, 'dumplint', path), { recursive: true });
  }
  writeFileSync(join(stage, 'dumplint/words.json'), JSON.stringify(words));
  cpSync(fileURLToPath(new URL('init.sh', import.meta.url)), join(stage, 'init'));
  run(['chmod', '755', join(stage, 'init')]);
  const archive = join(folder, 'root.cpio');
  run(['sh', '-c', `cd '${stage}' && find . -print0 | cpio --null --create --quiet --format=newc >'${archive}'`], {
    timeout: 120_000,
  });
  rmSync(stage, { recursive: true });
  return archive;
}
