import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';

/** `--help`, of all or of one command, and `--version` among other words. */
export async function help(argv: string[]): Promise<void> {
  const config = await Config.load(fileURLToPath(new URL('../..', import.meta.url)));
  await run(argv, config);
}
