import type { DnsQueryFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Record {
  readonly name: string;
  readonly type: string;
  readonly data: string;
}

/** jc's answer to one query of dig. */
interface Answer {
  readonly status?: string;
  readonly flags?: readonly string[];
  readonly question?: { readonly name: string; readonly type: string };
  readonly answer?: readonly Record[];
  readonly query_time?: number;
  readonly server?: string;
  readonly axfr?: readonly Record[];
}

const bare = (name: string): string => (name.length > 1 ? name.replace(/\.$/, '') : name);

/** jc strips quotes off texts and keeps the final dot of names. */
const comparable = (r: Record): unknown => [
  bare(r.name),
  r.type,
  canonicalAddress(r.data) ?? bare(r.data.replace(/"/g, '').replace(/\s+/g, ' ').trim()),
];

const theirs = (a: Answer): unknown => {
  const records = a.axfr ?? a.answer ?? [];
  return [
    a.status,
    a.flags,
    a.question && [bare(a.question.name), a.question.type],
    a.query_time,
    canonicalAddress((a.server ?? '').replace(/#.*$/, '')),
    records.length,
    records.slice(0, 32).map((r) => comparable({ ...r, data: r.data.slice(0, 190) })),
  ];
};

export const dig: CorpusCommand = {
  command: 'dig',
  folders: ['dig'],
  oracle(file, facts) {
    // jc lists what `+qr` shows of the question as if it had been answered.
    const answers = (file.answer as readonly Answer[]).filter((a) => !a.flags || a.flags.includes('qr'));
    const ours = (facts as readonly DnsQueryFact[]).map((f, i) => [
      f.status,
      f.flags,
      answers[i]?.question && [f.name, f.type],
      f.milliseconds,
      f.server,
      f.answerCount ?? f.answers.length,
      f.answers.map((r) => comparable({ ...r, data: r.data.slice(0, 190) })),
    ]);
    return { ours, theirs: answers.map(theirs) };
  },
};
