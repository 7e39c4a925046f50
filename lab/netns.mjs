import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SLOW } from './slow.mjs';

/**
 * @typedef {{ stdout: string, stderr: string, status: number | null }} Output
 * @typedef {ReturnType<typeof openLab>} Lab
 */

const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

/** Namespaces of all labs open in this process, so that two labs in one process get different prefixes. */
let opened = 0;

/**
 * @param {readonly string[]} argv
 * @param {{ input?: string, mayFail?: boolean, timeout?: number }} [options]
 * @returns {Output}
 */
export function run(argv, { input, mayFail = false, timeout = 20_000 * SLOW } = {}) {
  const [program = '', ...rest] = argv;
  const done = spawnSync(program, rest, { encoding: 'utf8', input, env, timeout, maxBuffer: 2 ** 26 });
  if (done.error) throw done.error;
  if (done.status !== 0 && !mayFail) {
    throw new Error(`${argv.join(' ')}: exit ${done.status ?? done.signal}\n${done.stderr || done.stdout}`);
  }
  return { stdout: done.stdout, stderr: done.stderr, status: done.status };
}

/**
 * The same without waiting, for probes that run side by side.
 * @param {readonly string[]} argv
 * @returns {Promise<Output>}
 */
export function start(argv) {
  const [program = '', ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const text = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (s) => (text.stdout += s));
    child.stderr.setEncoding('utf8').on('data', (s) => (text.stderr += s));
    child.on('error', reject).on('close', (status) => resolve({ ...text, status }));
  });
}

/**
 * A set of network namespaces with a prefix of its own. All that it makes (namespaces, processes, one temporary
 * folder) is ended by `close()`, also when this process exits or is interrupted; nothing else is ever touched.
 */
export function openLab() {
  const prefix = `dl${process.pid.toString(36)}${(opened++).toString(36)}-`;
  const folder = mkdtempSync(join(tmpdir(), prefix));
  /** @type {Set<string>} */
  const names = new Set();
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const children = new Set();
  let closed = false;

  const full = (name) => `${prefix}${name}`;

  function close() {
    if (closed) return;
    closed = true;
    for (const child of children) child.kill('SIGKILL');
    for (const name of names) run(['ip', 'netns', 'delete', name], { mayFail: true });
    rmSync(folder, { recursive: true, force: true });
    process.off('exit', close);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  const onSignal = (signal) => {
    close();
    process.kill(process.pid, signal);
  };
  const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  process.on('exit', close);
  for (const signal of SIGNALS) process.on(signal, onSignal);

  return {
    prefix,
    folder,
    /** Seconds since boot when the lab was opened: older kernel messages are not its own. */
    uptime: Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]),
    close,
    /** The name that `ip netns` knows. */
    full,
    /** @param {string} name */
    add(name) {
      run(['ip', 'netns', 'add', full(name)]);
      names.add(full(name));
      // No duplicate address detection: it would delay each device by a second and leave `tentative` in captures.
      this.ip(name, ['link', 'set', 'lo', 'up']);
      this.sysctl(name, { 'net.ipv6.conf.all.accept_dad': 0, 'net.ipv6.conf.default.accept_dad': 0 });
    },
    /** Takes one namespace away again, and what is in it. @param {string} name */
    remove(name) {
      run(['ip', 'netns', 'delete', full(name)]);
      names.delete(full(name));
    },
    /** Runs any program in the namespace. */
    exec: (name, argv, options) => run(['ip', 'netns', 'exec', full(name), ...argv], options),
    /** The same, not waiting. */
    start: (name, argv) => start(['ip', 'netns', 'exec', full(name), ...argv]),
    /** `ip -n NAME …`: no process in the namespace is needed. */
    ip: (name, argv) => run(['ip', '-n', full(name), ...argv]),
    /** Many `ip` commands at once, one per line. */
    batch(name, lines) {
      run(['ip', '-n', full(name), '-batch', '-'], { input: `${lines.join('\n')}\n` });
    },
    /** @param {Record<string, string | number>} settings */
    sysctl(name, settings) {
      this.exec(name, ['sysctl', '-qw', ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)]);
    },
    /**
     * A process that lives as long as the lab. `ip netns exec` replaces itself by the program, so the child's pid is
     * the program's and only that one is ever signalled.
     */
    spawn(name, argv) {
      const child = spawn('ip', ['netns', 'exec', full(name), ...argv], { env, stdio: ['pipe', 'pipe', 'pipe'] });
      children.add(child);
      child.on('exit', () => children.delete(child));
      return child;
    },
  };
}
