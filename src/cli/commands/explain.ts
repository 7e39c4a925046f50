import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import { explain } from '../explain.js';
import { colorFlags, configFlags } from '../flags.js';
import { wantsColor, widthOf } from '../output.js';
import { configFor, ruleOf } from '../session.js';

const args = {
  rule: Args.string({ required: true, description: 'Id of the rule, as a finding shows it.', ignoreStdin: true }),
};
const flags = { ...configFlags, ...colorFlags };

export default class Explain extends Command {
  static override summary = 'Explain a rule: why it matters, what it needs, its options, how to repair.';
  static override examples = ['<%= config.bin %> <%= command.id %> kernel/forwarding-disabled'];
  static override args = args;
  static override flags = flags;

  async run(): Promise<void> {
    const { flags: given, args: named } = await this.parse({ args, flags });
    const { rules } = await configFor(given, []);
    const page = await explain(ruleOf(named.rule, rules), rules, { width: widthOf(), color: wantsColor(given.color) });
    process.stdout.write(page);
  }
}
