import * as Args from '@oclif/core/args';
import { Command } from '@oclif/core/command';
import { rules as shipped } from '../../index.js';
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
    const rule = ruleOf(named.rule, rules);
    const format = { width: widthOf(), color: wantsColor(given.color) };
    const isShipped = shipped.some((r) => r.id === rule.id);
    process.stdout.write(await explain(rule, rules, isShipped, format));
  }
}
