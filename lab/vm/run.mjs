import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { emulator, kernelParts, unable } from './parts.mjs';
import { makeRoot } from './root.mjs';

/** How many times longer the lab waits in the guest, whose one processor makes 500 million instructions in each of its seconds. */
const SLOW = '3';

const machine = ({ image }, root, out) => [
  ...['-accel', 'tcg,thread=single', '-cpu', 'max', '-smp', '1', '-m', '4096', '-nodefaults', '-no-reboot'],
  // The guest's clock counts its instructions: how busy this machine is changes nothing in it, and waiting takes no time.
  ...['-icount', 'shift=1,sleep=off', '-display', 'none'],
  ...['-kernel', image, '-initrd', root],
  ...['-append', `console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off LAB_SLOW=${SLOW}`],
  ...['-serial', 'stdio', '-device', 'virtio-serial-pci', '-chardev', `file,id=out,path=${out}`],
  ...['-device', 'virtserialport,chardev=out,name=cases'],
];

/** Lines of the judge go out as they are, all else is the guest's own talk. @returns {Promise<number>} the judge's end; -1: none was seen */
function follow(child) {
  let status = -1;
  child.stderr.setEncoding('utf8').on('data', (text) => process.stderr.write(`qemu: ${text}`));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const ended = /^guest ended (\d+)/.exec(line);
    if (ended) status = Number(ended[1]);
    else if (line.startsWith('{')) process.stdout.write(`${line.trimEnd()}\n`);
    else if (line.trim() !== '') process.stderr.write(`guest: ${line.trimEnd()}\n`);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(unable(error.message)));
    child.on('close', () => resolve(status));
  });
}

/**
 * Runs the judge in a Debian kernel and puts its cases into a folder, also those of a run that is interrupted.
 * @param {readonly string[]} words what the judge is asked there @param {string} into
 * @returns {Promise<number>} how the judge ended
 */
export async function runInMachine(words, into) {
  const program = emulator();
  const kernel = kernelParts();
  const folder = mkdtempSync(join(tmpdir(), 'dumplint-vm-'));
  const out = join(folder, 'cases.tar');
  let child;
  const end = () => {
    child?.kill('SIGKILL');
    mkdirSync(into, { recursive: true });
    // One archive after the other; the last is cut where the run was.
    if (existsSync(out)) spawnSync('tar', ['-C', into, '--ignore-zeros', '-xf', out], { stdio: 'ignore' });
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));
  process.stderr.write(`${program} with ${kernel.release}: without KVM all takes a while\n`);
  child = spawn(program, machine(kernel, makeRoot(kernel, folder, words), out), { stdio: ['ignore', 'pipe', 'pipe'] });
  const status = await follow(child);
  if (status < 0) throw unable('the guest ended before its judge did');
  return status;
}
