import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { needsOf, needsText, toJson } from '../../report/index.js';
import { colorFlags, configFlags } from '../flags.js';
import { PATHS } from '../lint-command.js';
import { wantsColor, widthOf } from '../output.js';
import { configFor, inputsOf, judgeInputs } from '../session.js';

const flags = { json: Flags.boolean({ summary: 'Print JSON.' }), ...configFlags, ...colorFlags };

export default class Needs extends Command {
  static override summary = 'Print the read-only commands, node by node, that would settle each open question.';
  static override description = 'Exit codes as of `lint`, but findings do not count.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.tgz',
    '<%= config.bin %> <%= command.id %> case.tgz --json',
  ];
  static override strict = false;
  static override args = PATHS;
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given, argv } = await this.parse({ args: PATHS, flags, strict: false });
    const paths = argv.map(String);
    const config = await configFor(given, paths);
    const { report, exit } = await judgeInputs(
      inputsOf(paths, config, 'needs'),
      { 'fail-on': 'never' },
      config,
      this.config.version,
    );
    process.exitCode = exit;
    process.stdout.write(
      given.json
        ? toJson({ schema: 'dumplint/needs@1', bundle: report.bundle, ...needsOf(report) })
        : needsText(report, { width: widthOf(), color: wantsColor(given.color) }),
    );
  }
}
