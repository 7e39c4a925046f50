import type { SysctlFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

export const sysctl: CorpusCommand = {
  command: 'sysctl',
  folders: ['sysctl'],
  oracle(file, facts) {
    const answer = Object.entries(file.answer as Readonly<Record<string, unknown>>);
    // Tables that FreeBSD prints below their key are no values.
    const tables = new Set(answer.filter(([, value]) => String(value).includes('\n')).map(([key]) => key));
    const wanted = answer.filter(([key]) => (key.startsWith('net.') || key === 'kernel.hostname') && !tables.has(key));
    const ours = (facts as readonly (SysctlFact | { readonly kind: 'other' })[]).filter(
      (f) => f.kind === 'sysctl' && !tables.has(f.key),
    ) as readonly SysctlFact[];
    return {
      ours: ours.map((f) => [f.key, f.value]).sort(),
      theirs: wanted.map(([key, value]) => [key, String(value).trim()]).sort(),
    };
  },
};
