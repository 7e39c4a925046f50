import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config } from '@oclif/core/config';
import { run } from '@oclif/core/run';
import { printable } from '../kit/index.js';
import { arrange } from './arrange.js';

const field = (error: unknown, key: string): unknown =>
  typeof error === 'object' && error !== null && key in error ? (error as Record<string, unknown>)[key] : undefined;

/** Trouble that a sentence explains goes out as the sentence; anything else is our bug, with its trace. Both are exit 2. */
function explainFailure(error: unknown): void {
  const oclif = field(error, 'oclif');
  const code = field(oclif, 'exit');
  if (code === 0) return;
  process.exitCode = 2;
  const message = String(field(error, 'message') ?? error);
  if (field(error, 'usage') === true || code !== undefined) {
    const safe = message.split('\n').map(printable).join('\n');
    process.stderr.write(`dumplint: ${safe}\n`);
    return;
  }
  const stack = String(field(error, 'stack') ?? message);
  process.stderr.write(
    `${stack.split('\n').map(printable).join('\n')}\ndumplint crashed: this is a bug in dumplint, not in your input. Please report it with the lines above.\n`,
  );
}

/** Runs the command line. Never exits by force: output that is still on its way to a pipe would be lost. */
export async function start(): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode);
  });
  const commands = readdirSync(new URL('./commands', import.meta.url)).flatMap((f) =>
    f.endsWith('.js') ? [f.slice(0, -3)] : [],
  );
  try {
    const config = await Config.load(fileURLToPath(new URL('../..', import.meta.url)));
    await run([...arrange(process.argv.slice(2), commands)], config);
  } catch (error) {
    explainFailure(error);
  }
}
