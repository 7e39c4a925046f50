import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { toJson } from '../../report/index.js';
import { configFlags } from '../flags.js';
import { configFor } from '../session.js';

const flags = { json: Flags.boolean({ summary: 'Print JSON.' }), ...configFlags };

export default class Rules extends Command {
  static override summary = 'List the rules.';
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given } = await this.parse({ flags });
    const { rules, settings } = await configFor(given, []);
    const rows = rules.map((r) => ({
      id: r.id,
      severity: settings[r.id]?.severity ?? r.severity,
      title: r.title,
      since: r.since,
    }));
    const width = Math.max(0, ...rows.map((r) => r.id.length));
    process.stdout.write(
      given.json
        ? toJson(rows)
        : rows.map((r) => `${r.id.padEnd(width)}  ${r.severity.padEnd(7)}  ${r.title}\n`).join(''),
    );
  }
}
