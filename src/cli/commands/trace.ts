import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { load, ProbeError } from '../../index.js';
import { toJson } from '../../report/json.js';
import { traceText } from '../../report/path/text.js';
import { traceBundle } from '../../walk.js';
import { probeOf } from '../ends.js';
import { walkExitCode } from '../exit.js';
import { walkFlags } from '../flags.js';
import { targetsOf, wantsAscii, writePages } from '../output.js';
import { configFor, inputsOf } from '../session.js';
import { UsageError } from '../usage.js';

const args = {
  paths: Args.string({
    description: 'Folders, archives or files of one cluster, then the two ends: SRC and DST.',
    ignoreStdin: true,
  }),
};

const flags = {
  proto: Flags.option({
    options: ['icmp', 'tcp', 'udp'] as const,
    summary: 'What is sent; default: icmp, with --port tcp, to a service what its port takes.',
  })(),
  port: Flags.integer({ min: 1, max: 65535, helpValue: 'N', summary: 'Port that is asked.' }),
  size: Flags.integer({
    min: 20,
    max: 65535,
    helpValue: 'BYTES',
    summary: 'Length of the IP packet, headers included; default: 84 of icmp, 60 of tcp and udp, and 20 more in IPv6.',
  }),
  df: Flags.boolean({ summary: 'The packet must not be fragmented; of tcp it never may.' }),
  verbose: Flags.boolean({ char: 'v', summary: 'Show every step of every way, with the lines that it rests on.' }),
  ...walkFlags,
};

/** The last two words are the ends. */
function wordsOf(argv: readonly string[]): {
  readonly paths: readonly string[];
  readonly src: string;
  readonly dst: string;
} {
  const [src, dst] = argv.slice(-2);
  if (src === undefined || dst === undefined)
    throw new UsageError(
      'A trace needs an input and two ends: `dumplint trace case.tgz node:node-2 10.244.1.7`. An end is an address, node:NAME, pod:NAMESPACE/NAME or svc:NAMESPACE/NAME.',
    );
  return { paths: argv.slice(0, -2), src, dst };
}

export default class Trace extends Command {
  static override summary = 'Walk one packet and its answer through the nodes as their kernels would, step by step.';
  static override description =
    'An end is an address, node:NAME, pod:NAMESPACE/NAME or svc:NAMESPACE/NAME; an address that no captured stack owns is an outside host.\n' +
    'Exit codes: 2 usage, an end that the input does not know, or a crash of dumplint; 1 packets are lost (see --fail-on); 3 input unreadable, cut or capped, or it does not tell the way; 0 the packet arrives and its answer comes back.';
  static override usage = 'trace PATH... SRC DST [FLAGS]';
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.tgz node:node-2 10.244.1.7',
    '<%= config.bin %> <%= command.id %> case.tgz pod:default/web-0 svc:kube-system/kube-dns --proto udp --port 53',
    '<%= config.bin %> <%= command.id %> case.tgz node:node-1 node:node-2 --size 1500 --df --verbose',
  ];
  static override strict = false;
  static override args = args;
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given, argv } = await this.parse({ args, flags, strict: false });
    const { paths, src, dst } = wordsOf(argv.map(String));
    const targets = targetsOf(given.json ? ['json'] : (given.format ?? ['text']), ['text', 'json']);
    const config = await configFor(given, paths);
    const loaded = await load(inputsOf(paths, config, 'trace'));
    const probe = probeOf(loaded, src, dst, given);
    const answer = await traceBundle(loaded, probe).catch((error: unknown) => {
      throw error instanceof ProbeError ? new UsageError(error.message) : error;
    });
    process.exitCode = walkExitCode({
      verdicts: [answer.verdict],
      failOn: given['fail-on'] ?? 'partly',
      crashed: loaded.crashes.length > 0,
      damaged: loaded.damaged,
    });
    const more = { verbose: given.verbose, ascii: wantsAscii(given.ascii) };
    writePages(targets, given.color, (format, options) =>
      format === 'json' ? toJson(answer) : traceText(answer, { ...options, ...more }),
    );
  }
}
