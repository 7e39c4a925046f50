import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import { didYouMean, printable } from '../../kit/index.js';
import { scaffold, type Thing } from '../scaffold.js';
import { UsageError } from '../usage.js';

const THINGS: readonly Thing[] = ['parser', 'layout'];
const isThing = (word: string): word is Thing => (THINGS as readonly string[]).includes(word);

const args = {
  thing: Args.string({ description: 'What to add: parser or layout.', required: true }),
  name: Args.string({ description: 'Its name: ip-route.', required: true }),
};

export default class New extends Command {
  static override summary = 'Write the skeleton of a parser or a layout into a checkout of dumplint.';
  static override description =
    'The file, its line in the list, a sample or a writer that its test needs; it compiles and passes its own test as it stands. docs/guide.md says more.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> parser ip-token',
    '<%= config.bin %> <%= command.id %> layout my-collector',
  ];
  static override args = args;

  async run(): Promise<void> {
    const { args: given } = await this.parse({ args });
    if (!isThing(given.thing))
      throw new UsageError(`${given.thing} is neither parser nor layout.${didYouMean(given.thing, THINGS)}`);
    const { files, next } = scaffold(process.cwd(), given.thing, given.name);
    const lines = ['Written:', ...files.map((f) => `  ${f}`), 'Next:', ...next.map((n) => `  ${n}`)];
    process.stdout.write(`${lines.map(printable).join('\n')}\n`);
  }
}
