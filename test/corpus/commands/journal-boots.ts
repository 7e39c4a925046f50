import type { CorpusCommand } from '../corpus.js';

export const journalBoots: CorpusCommand = {
  command: 'journal-boots',
  folders: ['journal'],
  foreign: [
    { file: 'rendered_Ubuntu22', because: 'a log' },
    { file: '--disk-usage', because: 'a sentence about the size' },
    { file: '--catalog', because: 'a log' },
    { file: 'gravity_networking', because: 'a log' },
    { file: 'mysql-5.7.16', because: 'a log' },
    { file: 'docs_command_tool_journalctl', because: 'a log' },
  ],
};
