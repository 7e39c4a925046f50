import type { SysctlFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

export const sysctl: CorpusCommand = {
  command: 'sysctl',
  folders: ['sysctl'],
  foreign: [
    { file: 'freebsd12', because: 'FreeBSD prints `key: value`, and no Kubernetes node runs it' },
    { file: 'osx-10.14.6', because: 'macOS prints `key: value`, and no Kubernetes node runs it' },
  ],
  oracle(file, facts) {
    const answer = Object.entries(file.answer as Readonly<Record<string, unknown>>);
    const wanted = answer.filter(([key]) => key.startsWith('net.') || key === 'kernel.hostname');
    const ours = (facts as readonly (SysctlFact | { readonly kind: 'other' })[]).filter((f) => f.kind === 'sysctl');
    return {
      ours: ours.map((f) => [f.key, f.value]).sort(),
      theirs: wanted.map(([key, value]) => [key, String(value).trim()]).sort(),
    };
  },
};
