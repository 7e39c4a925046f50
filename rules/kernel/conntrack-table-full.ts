import {
  defineRule,
  type EvidenceDraft,
  finding,
  type KernelLogFact,
  type StackView,
  type SysctlFact,
  shows,
} from '#rule';

type Host = StackView<'kernel-log' | 'sysctl'>;

const COUNT = /^net\.(?:netfilter|ipv4\.netfilter|nf)[./](?:nf|ip)_conntrack_count$/;
const MAX = /^net\.(?:netfilter\.nf_conntrack_max|nf_conntrack_max|ipv4\.netfilter\.ip_conntrack_max)$/;

/** Shares of the table from which node-problem-detector's plugin and this rule speak. */
const NEARLY_FULL = 0.9;
const FILLING = 0.75;

interface Use {
  readonly count: SysctlFact;
  readonly max: SysctlFact;
  readonly share: number;
}

const numberOf = (fact: SysctlFact): number => (/^\d{1,12}$/.test(fact.value.trim()) ? Number(fact.value) : Number.NaN);

function useOf({ facts }: Host): Use | undefined {
  const count = facts.sysctl.find((s) => COUNT.test(s.key));
  const max = facts.sysctl.find((s) => MAX.test(s.key));
  if (!count || !max) return undefined;
  const share = numberOf(count) / numberOf(max);
  // A maximum of 0 means no limit.
  return Number.isFinite(share) ? { count, max, share } : undefined;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const fixFor = (node: string) => ({
  summary: `on ${node}, raise the limit and keep it in sysctl.d (kube-proxy sets it from conntrack.maxPerCore and conntrack.min), and see who fills the table`,
  commands: [
    'sysctl -w net.netfilter.nf_conntrack_max=1048576',
    `conntrack -L 2>/dev/null | awk '{print $1, $4}' | sort | uniq -c | sort -rn | head   # which states`,
  ],
});

export default defineRule({
  id: 'kernel/conntrack-table-full',
  since: '0.1.0',
  severity: 'error',
  title: 'The table of the connection tracker is full',
  why:
    'Every connection through netfilter has an entry in a table of nf_conntrack_max entries. When it is full and no entry may be dropped early, the first packet of each new connection is dropped, while those that exist go on: ' +
    'whatever is opened anew fails at random, DNS first.',
  fix: 'Raise net.netfilter.nf_conntrack_max (with the hash size), and find what fills the table: many short UDP flows, or connections that nobody closes.',
  addresses: 'none',
  needs: [['kernel-log', 'sysctl']],
  uses: ['kernel-log', 'sysctl'],
  *check(view) {
    for (const host of view.hosts) {
      const lines = host.facts['kernel-log'].filter((l) => l.event.kind === 'conntrack-full');
      const use = useOf(host);
      const [first] = lines;
      const last: KernelLogFact | undefined = lines.at(-1);
      if (first && last) {
        const total = lines.reduce((n, l) => n + 1 + (l.repeats ?? 0), 0);
        const evidence: [EvidenceDraft, ...EvidenceDraft[]] = [
          shows(first, total > 1 ? `first of ${total} lines` : undefined),
          ...(last !== first ? [shows(last, 'the last one')] : []),
        ];
        yield finding({
          nodes: [host.node],
          subject: 'nf_conntrack',
          message: `The connection tracker of ${host.node} was full ${total === 1 ? 'once' : `at least ${total} times`}, expected never: new connections were dropped meanwhile${use ? `; when the settings were captured it held ${percent(use.share)} of what it may` : ''}.`,
          evidence: [...evidence, ...(use ? [shows(use.count), shows(use.max, 'the limit as captured')] : [])],
          fix: fixFor(host.node),
        });
      } else if (use && use.share >= FILLING)
        yield finding({
          nodes: [host.node],
          subject: 'nf_conntrack',
          message: `The connection tracker of ${host.node} holds ${use.count.value} of ${use.max.value} entries (${percent(use.share)}): when it is full, new connections are dropped.`,
          severity: use.share >= NEARLY_FULL ? 'warning' : 'info',
          evidence: [shows(use.count), shows(use.max, 'the limit')],
          fix: fixFor(host.node),
        });
    }
  },
});
