import { LintCommand } from '../lint-command.js';

export default class Triage extends LintCommand {
  static override summary =
    'Write the findings as Markdown for a ticket: cause, proof, repair, and what to capture next.';
  static override description = 'As `lint`, with Markdown for its format; exit codes are the same.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> case.tgz',
    '<%= config.bin %> <%= command.id %> case.tgz -f markdown=ticket.md',
  ];
  protected readonly format = 'markdown';
}
