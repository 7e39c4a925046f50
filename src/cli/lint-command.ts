import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import type { Effective } from '../config/index.js';
import { atLevel, toJson } from '../report/index.js';
import { lintFlags } from './flags.js';
import { type Target, targetsOf, wantsColor, writeReport } from './output.js';
import { assertNoCommandMeant, configFor, inputsOf, judgeInputs } from './session.js';

export const PATHS = {
  paths: Args.string({
    description: 'Folders, archives or files of one cluster; - for standard input.',
    ignoreStdin: true,
  }),
};

/** The effective configuration with where it came from. */
function effective(config: Effective): string {
  const { origin, settings, suppress, failOn, level, bundles, ruleModules, notes } = config;
  return toJson({ origin, rules: settings, suppress, failOn, level, bundles, ruleModules, notes });
}

/** `lint` and `triage`: one run, another default format. */
export abstract class LintCommand extends Command {
  static override strict = false;
  static override args = PATHS;
  static override flags = lintFlags;
  protected abstract readonly format: string;

  async run(): Promise<void> {
    const { flags, argv } = await this.parse({ args: PATHS, flags: lintFlags, strict: false });
    const paths = argv.map(String);
    assertNoCommandMeant(paths, this.config.commandIDs);
    const targets: readonly Target[] = targetsOf(flags.format ?? [this.format]);
    const config = await configFor(flags, paths);
    if (flags['print-config']) {
      process.stdout.write(effective(config));
      return;
    }
    const started = performance.now();
    const { report, exit } = await judgeInputs(
      inputsOf(paths, config, this.id ?? 'lint'),
      flags,
      config,
      this.config.version,
    );
    process.exitCode = exit;
    writeReport(atLevel(report, flags.level ?? config.level), targets, flags.color);
    if (process.stderr.isTTY && targets.every((t) => t.file === undefined))
      process.stderr.write(dim(`${((performance.now() - started) / 1000).toFixed(1)} s\n`, flags.color));
  }
}

const dim = (text: string, color: boolean | undefined): string => (wantsColor(color) ? `\x1b[2m${text}\x1b[0m` : text);
