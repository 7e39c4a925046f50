import type { DnsQueryFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's answer: one row per name, or per name server with `-C`. */
interface Answer {
  readonly hostname?: string;
  readonly address?: readonly string[];
  readonly 'v6-address'?: readonly string[];
  readonly mail?: readonly string[];
  readonly nameserver?: string;
  readonly zone?: string;
  readonly mname?: string;
}

export const host: CorpusCommand = {
  command: 'host',
  folders: ['host'],
  oracle(file, facts) {
    const answers = file.answer as readonly Answer[];
    const of = (f: DnsQueryFact, type: string): readonly string[] =>
      f.answers.filter((a) => a.type === type).map((a) => a.data);
    return {
      ours: (facts as readonly DnsQueryFact[]).map((f, i) =>
        answers[i]?.nameserver === undefined
          ? [f.name, of(f, 'A'), of(f, 'AAAA'), of(f, 'MX').map((m) => m.replace(/^\d+ /, ''))]
          : [f.name, f.server, of(f, 'SOA').map((s) => s.split(' ')[0])],
      ),
      theirs: answers.map((a) =>
        a.nameserver === undefined
          ? [a.hostname, a.address ?? [], (a['v6-address'] ?? []).map((v) => canonicalAddress(v)), a.mail ?? []]
          : [a.zone, canonicalAddress(a.nameserver), [a.mname]],
      ),
    };
  },
};
