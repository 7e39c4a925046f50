import {
  defineRule,
  type EvidenceDraft,
  finding,
  type KernelLogFact,
  type StackView,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'kernel-log' | 'component-log' | 'neigh' | 'sysctl';

interface Overflow {
  readonly cache: string;
  readonly lines: readonly KernelLogFact[];
  /** Messages that the kernel's rate limit swallowed beside them. */
  readonly suppressed: number;
}

/** A burst shorter than this (seconds) may be one scan of a subnet and not a table that is too small. */
const BURST = 60;

const isOverflow = (fact: KernelLogFact | undefined): boolean => fact?.event.kind === 'neighbour-overflow';

/** Overflows by cache. `callbacks suppressed` counts for the message that it stands beside: net_ratelimit is shared by all of the network code. */
function overflows(log: readonly KernelLogFact[]): readonly Overflow[] {
  const found = new Map<string, { lines: KernelLogFact[]; suppressed: number }>();
  for (const [i, fact] of log.entries()) {
    if (fact.event.kind === 'neighbour-overflow') {
      const one = found.get(fact.event.cache) ?? { lines: [], suppressed: 0 };
      one.lines.push(fact);
      found.set(fact.event.cache, one);
    } else if (fact.event.kind === 'suppressed') {
      const neighbour = isOverflow(log[i - 1]) ? log[i - 1] : isOverflow(log[i + 1]) ? log[i + 1] : undefined;
      if (neighbour?.event.kind !== 'neighbour-overflow') continue;
      const one = found.get(neighbour.event.cache) ?? { lines: [], suppressed: 0 };
      one.suppressed += fact.event.callbacks;
      found.set(neighbour.event.cache, one);
    }
  }
  return [...found].map(([cache, o]) => ({ cache, ...o }));
}

/** Seconds between the first and the last line, when both stamps count alike. */
function span(lines: readonly KernelLogFact[]): number | undefined {
  const [first] = lines;
  const last = lines.at(-1);
  for (const key of ['time', 'uptime', 'clock'] as const) {
    const from = first?.[key];
    const to = last?.[key];
    if (from !== undefined && to !== undefined) return Math.abs(to - from);
  }
  return undefined;
}

const familyOf = (cache: string): string => (cache === 'ndisc_cache' ? 'ipv6' : 'ipv4');

/** Lines that the log holds, also those that the last fact stands for. */
const count = (lines: readonly KernelLogFact[]): number => lines.reduce((n, line) => n + 1 + (line.repeats ?? 0), 0);

const times = (n: number): string => (n === 1 ? 'once' : `${n} times`);

function evidenceOf(host: StackView<Seen>, overflow: Overflow): readonly [EvidenceDraft, ...EvidenceDraft[]] {
  const [first] = overflow.lines as readonly [KernelLogFact, ...KernelLogFact[]];
  const last = overflow.lines.at(-1);
  const many = overflow.lines.length > 1;
  const limit = host.facts.sysctl.find((s) => s.key === `net.${familyOf(overflow.cache)}.neigh.default.gc_thresh3`);
  return [
    shows(first, many ? `first of ${count(overflow.lines)} lines` : undefined),
    ...(many && last ? [shows(last, 'the last one')] : []),
    ...(limit ? [shows(limit, 'the limit as captured')] : []),
    ...host.facts['component-log']
      .filter((c) => c.event === 'no-buffer-space')
      .slice(0, 2)
      .map((c) => shows(c, `symptom: ${c.component} could not send`)),
  ];
}

const fixFor = (node: string, family: string) => ({
  summary: `on ${node}, in the host's network namespace, raise the limits above the number of nodes, pods and clients, and keep them in sysctl.d`,
  commands: [
    `sysctl -w net.${family}.neigh.default.gc_thresh3=16384`,
    `sysctl -w net.${family}.neigh.default.gc_thresh2=8192`,
    `sysctl -w net.${family}.neigh.default.gc_thresh1=4096`,
  ],
});

const askedForLog = (view: View<Seen>): ReadonlySet<string> =>
  new Set(
    view.model.captures.flatMap((c) =>
      c.place.kind === 'stack' &&
      (c.command === 'dmesg' ||
        (c.command === 'journal' && c.scope['unit'] === undefined && c.scope['pod'] === undefined))
        ? [c.place.node]
        : [],
    ),
  );

export default defineRule({
  id: 'kernel/neigh-table-overflow',
  since: '0.1.0',
  severity: 'error',
  title: 'The neighbour table overflowed',
  why:
    'The kernel keeps one table of neighbours (ARP, ND) per address family for all network namespaces together, limited by gc_thresh3. When it is full and nothing can be ' +
    'collected, a packet to an address that is not in it is dropped and the sender gets ENOBUFS ("no buffer space available"). Which peers fail changes with every entry that ages out, ' +
    'so the loss looks random.',
  fix: "Raise net.ipv4.neigh.default.gc_thresh1/2/3 (and ipv6) in the host's namespace above the number of nodes, pods and clients.",
  addresses: 'none',
  needs: [['kernel-log', 'component-log', 'neigh']],
  uses: ['sysctl'],
  onMissing: 'skip',
  causedBy: ['kernel/neigh-thresholds-low'],
  seeAlso: ['kernel/neigh-thresholds-low'],
  *check(view) {
    const asked = askedForLog(view);
    for (const host of view.hosts) {
      const enobufs = host.facts['component-log'].filter((c) => c.event === 'no-buffer-space');
      const found = overflows(host.facts['kernel-log']);
      for (const overflow of found) {
        const total = count(overflow.lines) + overflow.suppressed;
        const between = span(overflow.lines);
        const burst =
          overflow.suppressed === 0 &&
          enobufs.length === 0 &&
          (total === 1 || (between !== undefined && between <= BURST));
        const what = overflow.cache === 'ndisc_cache' ? 'IPv6 neighbour table' : 'neighbour table';
        yield finding({
          nodes: [host.node],
          subject: overflow.cache === 'unknown' ? 'neighbour table' : overflow.cache,
          message: burst
            ? `The ${what} of ${host.node} overflowed ${times(total)} in one burst, expected never: packets to new neighbours were dropped meanwhile; a scan of a subnet can do that once.`
            : `The ${what} of ${host.node} overflowed at least ${times(total)}, expected never: packets to addresses that are not in it are dropped, so connections fail at random.`,
          ...(burst && { severity: 'warning' as const }),
          evidence: evidenceOf(host, overflow),
          fix: fixFor(host.node, familyOf(overflow.cache)),
        });
      }
      const [failed] = enobufs;
      const log = host.absence('kernel-log');
      // Nobody asked for the log, or for a daemon's only, is one thing; asked and not got another.
      if (found.length === 0 && !log.known && asked.has(host.node))
        yield unknown({
          node: host.node,
          input: 'kernel-log',
          reason: log.reason,
          ...(log.detail !== undefined && { detail: log.detail }),
        });
      if (found.length === 0 && failed)
        yield finding({
          nodes: [host.node],
          subject: 'no buffer space',
          message: `${failed.component} on ${host.node} could not send for want of buffer space: a full neighbour table says so, and no kernel log captured here names it.`,
          severity: 'info',
          confidence: 'possible',
          evidence: [shows(failed), ...enobufs.slice(1, 2).map((c) => shows(c))],
          fix: {
            summary: `on ${host.node} look whether the kernel says so`,
            commands: ['dmesg -T | grep -i "neighbo.* table overflow"', 'sysctl net.ipv4.neigh.default.gc_thresh3'],
          },
        });
    }
  },
});
