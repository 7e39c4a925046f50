import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { coverage, toJson } from '../../report/index.js';
import { colorFlags, configFlags } from '../flags.js';
import { PATHS } from '../lint-command.js';
import { wantsColor, widthOf } from '../output.js';
import { configFor, inputsOf, judgeInputs } from '../session.js';

const flags = { json: Flags.boolean({ summary: 'Print JSON.' }), ...configFlags, ...colorFlags };

export default class Coverage extends Command {
  static override summary =
    'Say what was captured of each node, what was not understood, and what could not be checked.';
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
      inputsOf(paths, config, 'coverage'),
      { 'fail-on': 'never' },
      config,
      this.config.version,
    );
    process.exitCode = exit;
    const missing = report.rules
      .filter((r) => r.applicable && r.missing.length > 0)
      .map(({ id, missing }) => ({ id, missing }));
    const json = () =>
      toJson({ schema: 'dumplint/coverage@1', bundle: report.bundle, coverage: report.coverage, rules: missing });
    process.stdout.write(given.json ? json() : coverage(report, { width: widthOf(), color: wantsColor(given.color) }));
  }
}
