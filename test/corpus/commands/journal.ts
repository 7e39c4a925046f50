import type { HostnameFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

/** One row of jc's answer to a syslog file. */
interface Row {
  readonly hostname?: string | null;
  readonly date?: string | null;
  readonly timestamp?: string | null;
}

export const journal: CorpusCommand = {
  command: 'journal',
  folders: ['journal', 'syslog', 'flannel', 'kubectl-misc'],
  argv: (file) => (file.name.includes('Ubuntu22-user.cat') ? ['journalctl', '-o', 'cat'] : []),
  foreign: [
    { file: 'journalctl_--list-boots', because: 'a table of boots' },
    { file: '_describe_', because: 'a description' },
    { file: '_get_-o_json', because: 'objects' },
  ],
  incomplete: [
    { file: 'kellyjonbrazil+jc__generic_syslog', because: 'has lines that its author made to be malformed' },
  ],
  oracle(file, facts) {
    const rows = file.answer as readonly Row[];
    // A row without a stamp (RFC 5424 allows `-`) is no log line to us: too much else looks like one.
    const stamped = rows.filter((r) => r.date ?? r.timestamp);
    const theirs = new Set(stamped.flatMap((r) => r.hostname ?? []));
    const ours = (facts as readonly HostnameFact[]).flatMap((f) => (f.kind === 'hostname' ? [f.name] : []));
    return { ours: ours.sort(), theirs: [...theirs].sort() };
  },
};
