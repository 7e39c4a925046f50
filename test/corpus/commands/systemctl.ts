import type { UnitFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Row {
  readonly unit?: string;
  readonly load?: string;
  readonly active?: string;
  readonly sub?: string;
  readonly unit_file?: string;
  readonly state?: string;
}

const isService = (r: Row): boolean => /\.service$/.test(r.unit_file ?? r.unit ?? '');

export const systemctl: CorpusCommand = {
  command: 'systemctl',
  folders: ['systemctl'],
  oracle(file, facts) {
    const rows = file.answer as readonly Row[];
    // Sockets and jobs are no facts.
    if (/systemctl-l[sj]\.txt$/.test(file.name)) return { ours: facts, theirs: [] };
    return {
      ours: (facts as readonly UnitFact[]).map((f) => [f.name, f.enabled ?? `${f.load} ${f.active} ${f.sub}`]),
      theirs: rows
        .filter(isService)
        .map((r) => (r.unit_file === undefined ? [r.unit, `${r.load} ${r.active} ${r.sub}`] : [r.unit_file, r.state])),
    };
  },
};
