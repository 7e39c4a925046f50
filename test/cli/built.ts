import { type SpawnSyncOptions, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');
export const bin = join(root, 'dist/bin/bin.js');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line, as a user does; colours and configuration of whoever runs the tests stay out. */
export function dumplint(args: readonly string[], options: SpawnSyncOptions = {}): Ran {
  if (!existsSync(bin)) throw new Error('the command line is not built: run `npm run build` first');
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const ran = spawnSync(process.execPath, [bin, ...args], {
    cwd: root,
    ...options,
    encoding: 'utf8',
    env: { ...env, ...options.env },
  });
  return { status: ran.status, stdout: String(ran.stdout), stderr: String(ran.stderr) };
}

export const BROKEN = 'samples/bundles/cni0-forwarding-off';
export const HEALTHY = 'samples/bundles/healthy';
