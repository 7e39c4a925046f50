import { LintCommand } from '../lint-command.js';

export default class Lint extends LintCommand {
  static override summary =
    'Say which configuration is broken, on which node, with the lines that prove it and the repair.';
  static override description =
    'The command may be left out: `dumplint case.tgz`. All paths of one call are taken as one cluster.\n' +
    'Exit codes: 2 usage, configuration or a crash of dumplint; 1 findings at or above --fail-on; 3 input unreadable, cut, capped or unrecognised; 0 otherwise.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.tgz',
    '<%= config.bin %> <%= command.id %> node-1/ node-2/ --level warning',
    '<%= config.bin %> <%= command.id %> case.tgz -f text -f json=report.json',
    'xclip -o | <%= config.bin %> <%= command.id %> -',
  ];
  protected readonly format = 'text';
}
