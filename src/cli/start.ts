import { readdirSync, readFileSync } from 'node:fs';
import type { Config } from '@oclif/core/config';
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

const package_ = (): { readonly version: string } =>
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };

/** What a command of ours asks of oclif's configuration; reading all of it, the user's theme included, costs as much as a small lint. */
function lightConfig(commandIDs: readonly string[]): Config {
  const light = {
    bin: 'dumplint',
    name: 'dumplint',
    version: package_().version,
    commandIDs,
    runHook: async () => ({ successes: [], failures: [] }),
  };
  return light as unknown as Config;
}

type CommandClass = new (argv: string[], config: Config) => { id?: string | undefined; run(): Promise<void> };

/** Commands that are loaded already. */
export type Loaded = Readonly<Record<string, CommandClass>>;

async function commandOf(id: string): Promise<CommandClass> {
  const module = (await import(new URL(`./commands/${id}.js`, import.meta.url).href)) as {
    readonly default: CommandClass;
  };
  return module.default;
}

/** Help, and what is no command, is oclif's; a command runs without the rest of it. */
async function runCommand(argv: readonly string[], commands: readonly string[], loaded: Loaded): Promise<void> {
  const [id = '', ...rest] = argv;
  const end = rest.indexOf('--');
  const asks = (end === -1 ? rest : rest.slice(0, end)).some((a) => a === '--help' || a === '-h');
  if (!commands.includes(id) || asks) {
    const { help } = await import('./help.js');
    await help([...argv]);
    return;
  }
  const Command = (Object.hasOwn(loaded, id) ? loaded[id] : undefined) ?? (await commandOf(id));
  const command = new Command(rest, lightConfig(commands));
  command.id = id;
  await command.run();
}

/** Runs the command line. Never exits by force: output that is still on its way to a pipe would be lost. */
export async function start(loaded: Loaded = {}): Promise<void> {
  // A reader that has seen enough (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode);
  });
  const commands = readdirSync(new URL('./commands', import.meta.url)).flatMap((f) =>
    f.endsWith('.js') ? [f.slice(0, -3)] : [],
  );
  try {
    await runCommand(arrange(process.argv.slice(2), commands), commands, loaded);
  } catch (error) {
    explainFailure(error);
  }
}
