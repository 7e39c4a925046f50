import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', 'samples', 'answers');

/** What the nodes of one lab cluster answered to the commands that collectors run (`npm run answers`). */
export interface Store {
  readonly name: string;
  readonly nodes: readonly string[];
  /** Output of a command on a node; undefined when it had none to give there. */
  answer(node: string, command: string): string | undefined;
  /** Output of a kubectl command. */
  object(command: string): string;
}

interface Index {
  readonly nodes: readonly string[];
  readonly commands: Readonly<Record<string, string>>;
}

function open(name: string): Store {
  const index = JSON.parse(readFileSync(join(root, name, 'index.json'), 'utf8')) as Index;
  const read = (folder: string, command: string): string | undefined => {
    const file = index.commands[command];
    // A writer that asks for what no lab ran would compare nothing with nothing.
    if (file === undefined && !STATIC.has(command)) {
      if (!Object.values(all).some((other) => other.commands[command] !== undefined))
        throw new Error(`no lab cluster was asked for ${command}: add it to lab/make-answers.mjs`);
      return undefined;
    }
    const path = join(root, name, folder, file ?? '');
    return file !== undefined && existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  };
  return {
    name,
    nodes: index.nodes,
    answer: read,
    object(command) {
      const text = read('cluster', command);
      if (text === undefined) throw new Error(`no answer to ${command}`);
      return text;
    },
  };
}

/** Command lines whose output depends on nothing. */
const STATIC: ReadonlySet<string> = new Set();

const names = readdirSync(root).sort();
const all: Readonly<Record<string, Index>> = Object.fromEntries(
  names.map((name) => [name, JSON.parse(readFileSync(join(root, name, 'index.json'), 'utf8')) as Index]),
);

export const stores: readonly Store[] = names.map(open);
