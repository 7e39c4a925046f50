import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { load } from '../../index.js';
import { toJson } from '../../report/json.js';
import { reachText } from '../../report/path/reach.js';
import { reachAllBundle, reachBundle } from '../../walk.js';
import { walkExitCode } from '../exit.js';
import { walkFlags } from '../flags.js';
import { targetsOf, wantsAscii, writePages } from '../output.js';
import { probesOf } from '../probes.js';
import { configFor, inputsOf } from '../session.js';

const args = {
  paths: Args.string({
    description: 'Folders, archives or files of one cluster; - is standard input.',
    ignoreStdin: true,
  }),
};

const flags = {
  all: Flags.boolean({
    summary: 'Every pair of pods, nodes, services and NodePorts (the default).',
    exclusive: ['probes'],
  }),
  probes: Flags.string({
    helpValue: 'FILE',
    summary:
      'The probes of a file, one in each line: SRC DST [tcp|udp|icmp][/PORT] [size=BYTES] [df]; or a list as JSON.',
  }),
  verbose: Flags.boolean({ char: 'v', summary: 'Show every cause.' }),
  ...walkFlags,
};

export default class Reach extends Command {
  static override summary =
    'Walk packets between all pods, nodes and services: who reaches whom, and what loses the rest.';
  static override description =
    'Rows of the grid ask, columns answer; ends that are alike are one line. Each cause of lost packets is told once, with its line and the pairs that it costs.\n' +
    'Exit codes: 2 usage or a crash of dumplint; 1 packets are lost (see --fail-on); 3 input unreadable, cut or capped, or it tells the way of no packet; 0 none of these.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.tgz',
    '<%= config.bin %> <%= command.id %> case.tgz --probes probes.txt -f json=reach.json -f text',
  ];
  static override strict = false;
  static override args = args;
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given, argv } = await this.parse({ args, flags, strict: false });
    const paths = argv.map(String);
    const targets = targetsOf(given.json ? ['json'] : (given.format ?? ['text']), ['text', 'json']);
    const config = await configFor(given, paths);
    const inputs = inputsOf(paths, config, 'reach');
    const loaded = await load(inputs);
    const answer =
      given.probes === undefined
        ? await reachAllBundle(loaded)
        : await reachBundle(loaded, await probesOf(loaded, given.probes));
    process.exitCode = walkExitCode({
      verdicts: answer.probes.map((p) => p.verdict),
      failOn: given['fail-on'] ?? 'partly',
      crashed: loaded.crashes.length > 0,
      damaged: loaded.damaged,
    });
    const more = { verbose: given.verbose, ascii: wantsAscii(given.ascii), paths: inputs };
    writePages(targets, given.color, (format, options) =>
      format === 'json' ? toJson(answer) : reachText(answer, { ...options, ...more }),
    );
  }
}
