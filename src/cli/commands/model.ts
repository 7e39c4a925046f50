import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import { load } from '../../index.js';
import { didYouMean } from '../../kit/index.js';
import { configFlags } from '../flags.js';
import { PATHS } from '../lint-command.js';
import { modelJson } from '../model-json.js';
import { configFor, inputsOf } from '../session.js';
import { UsageError } from '../usage.js';

const flags = {
  kind: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'KIND',
    summary: 'Only facts of this kind (route, link, neigh). May be repeated.',
  }),
  node: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'NODE',
    summary: 'Only this node, by any of its names. May be repeated.',
  }),
  ...configFlags,
};

export default class Model extends Command {
  static override summary = 'Print what was read as JSON: nodes, network stacks, and each fact with its file and line.';
  static override description = 'Exit codes as of `lint`, but findings do not count.';
  static override examples = ['<%= config.bin %> <%= command.id %> case.tgz --kind route --node node-1'];
  static override strict = false;
  static override args = PATHS;
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given, argv } = await this.parse({ args: PATHS, flags, strict: false });
    const paths = argv.map(String);
    const config = await configFor(given, paths);
    const loaded = await load(inputsOf(paths, config, 'model'));
    const { model } = loaded;
    const names = model.nodes.flatMap((n) => [n.name, ...n.aliases]);
    for (const name of given.node ?? [])
      if (!model.node(name))
        throw new UsageError(
          `No single node is called ${name}.${didYouMean(name, names)} Nodes: ${names.join(', ') || 'none'}.`,
        );
    const kinds = [...new Set(model.captures.flatMap((c) => c.facts.map((f) => f.kind)))].sort();
    for (const kind of given.kind ?? [])
      if (!kinds.includes(kind))
        throw new UsageError(
          `No fact of kind ${kind} was read.${didYouMean(kind, kinds)} Kinds here: ${kinds.join(', ') || 'none'}.`,
        );
    const nodes = given.node?.map((n) => model.node(n)?.name ?? n);
    for (const piece of modelJson(loaded, { ...(nodes && { nodes }), ...(given.kind && { kinds: given.kind }) }))
      process.stdout.write(piece);
    process.exitCode = loaded.crashes.length > 0 ? 2 : loaded.damaged || model.captures.length === 0 ? 3 : 0;
  }
}
