import { readFileSync } from 'node:fs';
import { Command } from '@oclif/core/command';

export default class Collect extends Command {
  static override summary = 'Print the script that captures everything dumplint reads, to run on each node.';
  static override description =
    'A POSIX shell script, busybox is enough: read-only, bounded in time and size, installs nothing. It writes one tar.gz per node; lint them together. `sh collect.sh -h` lists its options.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> > collect.sh',
    'ssh node-1 sudo sh -s -- -o - < collect.sh > node-1.tar.gz',
    '<%= config.bin %> lint dumplint-*.tar.gz',
  ];

  async run(): Promise<void> {
    await this.parse(Collect);
    // Beside the built commands (tools/prepare.mjs).
    process.stdout.write(readFileSync(new URL('../collect.sh', import.meta.url), 'utf8'));
  }
}
