import type { IptablesTableFact } from '../../../src/facts/index.js';
import { canonicalPrefix } from '../../../src/kit/index.js';
import { eachRule } from '../../../src/model/lookups/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's chain with its rows. */
interface Chain {
  readonly chain: string;
  readonly default_policy?: string;
  readonly default_packets?: number;
  readonly rules: readonly {
    readonly pkts?: number;
    readonly target: string | null;
    readonly prot: string;
    readonly in?: string;
    readonly out?: string;
    readonly source: string;
    readonly destination: string;
    readonly options?: string;
  }[];
}

const ANY = new Set(['0.0.0.0/0', '::/0', 'anywhere', '*', 'any', 'all', '']);
const said = (text: string | null | undefined): string => (text == null || ANY.has(text) ? '' : text);
/** `loopback` is the name of 127.0.0.0 in /etc/networks. */
const address = (text: string): string => {
  const bare = text.replace(/^!/, '').replace(/^loopback(?=\/)/, '127.0.0.0');
  return said(bare) === '' ? '' : `${text.startsWith('!') ? '!' : ''}${canonicalPrefix(bare) ?? bare}`;
};
const prefix = (s: { readonly negated: boolean; readonly prefix: string } | undefined): string =>
  s === undefined ? '' : `${s.negated ? '!' : ''}${s.prefix}`;
const side = (s: { readonly negated: boolean; readonly name: string } | undefined): string =>
  s === undefined ? '' : `${s.negated ? '!' : ''}${s.name}`;

export const iptablesList: CorpusCommand = {
  command: 'iptables-list',
  folders: ['iptables-L'],
  incomplete: [
    { file: 'moby+moby__iptablesdoc', because: 'pages of a manual with listings in them' },
    { file: 'ssup2+blog-old', because: 'cut by hand: `...` between rows' },
  ],
  oracle(file, facts) {
    const tables = (facts as readonly IptablesTableFact[]).filter((f) => f.kind === 'iptables-table');
    const chains = file.answer as readonly Chain[];
    return {
      ours: [
        ...tables.flatMap((t) =>
          // jc reads a policy only beside its counters.
          t.chains.name.map((name, i) => {
            const packets = t.chains.packets[i];
            return { name, policy: packets === undefined ? undefined : t.chains.policy[i], packets };
          }),
        ),
        ...[...eachRule(tables)].map(({ chain, spec, packets }) => ({
          chain,
          packets,
          target: spec.target?.name ?? '',
          goto: spec.target?.kind === 'goto',
          protocol: side(spec.protocol),
          inside: side(spec.inInterface),
          outside: side(spec.outInterface),
          source: prefix(spec.source),
          destination: prefix(spec.destination),
          states: spec.matches.flatMap((m) => m.options.filter((o) => o.name === '--ctstate').flatMap((o) => o.values)),
        })),
      ],
      theirs: [
        ...chains.map((c) => ({ name: c.chain, policy: c.default_policy, packets: c.default_packets })),
        ...chains.flatMap((c) =>
          c.rules.map((r) => ({
            chain: c.chain,
            packets: r.pkts,
            target: r.target ?? '',
            goto: r.options?.includes('[goto]') ?? false,
            protocol: said(r.prot),
            inside: said(r.in),
            outside: said(r.out),
            source: address(r.source),
            destination: address(r.destination),
            states: /ctstate (\S+)/.exec(r.options ?? '')?.slice(1) ?? [],
          })),
        ),
      ],
    };
  },
};
