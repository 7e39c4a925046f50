import {
  atLeastKernel,
  capturedName,
  defineRule,
  finding,
  kernelOf,
  type NeighbourFact,
  type RuleResult,
  type StackView,
  type SysctlFact,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'sysctl' | 'neigh' | 'kernel-release' | 'node' | 'pod';
type Family = 4 | 6;

interface Thresholds {
  readonly family: Family;
  readonly soft: SysctlFact;
  readonly softLimit: number;
  readonly hard?: SysctlFact;
  readonly hardLimit?: number;
}

const keyOf = (family: Family, n: 2 | 3): string => `net.${family === 4 ? 'ipv4' : 'ipv6'}.neigh.default.gc_thresh${n}`;

const numberOf = (fact: SysctlFact | undefined): number | undefined =>
  fact && /^\d{1,10}$/.test(fact.value.trim()) ? Number(fact.value) : undefined;

function thresholdsOf(host: StackView<Seen>, family: Family): Thresholds | undefined {
  const soft = host.facts.sysctl.find((s) => s.key === keyOf(family, 2));
  const hard = host.facts.sysctl.find((s) => s.key === keyOf(family, 3));
  const softLimit = numberOf(soft);
  const hardLimit = numberOf(hard);
  if (!soft || softLimit === undefined) return undefined;
  return { family, soft, softLimit, ...(hard && hardLimit !== undefined && { hard, hardLimit }) };
}

/**
 * Entries that gc_thresh counts. Proxy entries live in a table of their own; since 5.0 permanent and externally learned ones are exempt
 * (net/core/neighbour.c, gc_entries). The table is one for all namespaces of the kernel, so pods' entries count too.
 */
function counted(view: View<Seen>, host: StackView<Seen>, family: Family, exempt: boolean): readonly NeighbourFact[] {
  const stacks = [host, ...view.podStacks.filter((p) => p.node === host.node)];
  return stacks.flatMap((s) =>
    s.facts.neigh.filter(
      (n) =>
        n.family === family &&
        !n.flags.includes('proxy') &&
        !(exempt && (n.state === 'PERMANENT' || n.flags.includes('extern_learn'))),
    ),
  );
}

const fixFor = (node: string, t: Thresholds) => ({
  summary: `on ${node}, in the host's network namespace, raise the limits above the number of nodes, pods and clients, and keep them in sysctl.d`,
  commands: [
    `sysctl -w ${keyOf(t.family, 3)}=16384`,
    `sysctl -w ${keyOf(t.family, 2)}=8192`,
    `sysctl -w ${keyOf(t.family, 2).replace(/2$/, '1')}=4096`,
  ],
});

function* judgeCount(
  host: StackView<Seen>,
  t: Thresholds,
  entries: readonly NeighbourFact[],
  percent: number,
): Generator<RuleResult, boolean> {
  const n = entries.length;
  const [first] = entries;
  const nearHard = t.hard !== undefined && t.hardLimit !== undefined && t.hardLimit > 0 && n >= t.hardLimit * 0.9;
  if (!first || !(n >= (t.softLimit * percent) / 100 || nearHard)) return false;
  const limit = nearHard ? `gc_thresh3 is ${t.hardLimit}` : `gc_thresh2 is ${t.softLimit}`;
  const breaks = nearHard
    ? 'when the table is full, packets to new neighbours are dropped'
    : 'above it entries are thrown out after five seconds, and peers must be resolved anew all the time';
  yield finding({
    nodes: [host.node],
    subject: t.family === 4 ? 'ipv4' : 'ipv6',
    message: `${host.node} has at least ${n} IPv${t.family} neighbours that count and ${limit}: ${breaks}.`,
    evidence: [shows(nearHard && t.hard ? t.hard : t.soft), shows(first, `first of ${n} neighbours that count`)],
    fix: fixFor(host.node, t),
  });
  return true;
}

/** What the cluster needs at least: each pod in the host's table and its gateway in the pod's own, and every other node. */
function* judgeNeed(view: View<Seen>, host: StackView<Seen>, t: Thresholds): Iterable<RuleResult> {
  if (t.family !== 4) return;
  const pods = view.cluster.pod.filter(
    (p) =>
      p.node !== undefined &&
      p.hostNetwork !== true &&
      p.status !== 'Completed' &&
      p.status !== 'Succeeded' &&
      p.status !== 'Failed' &&
      p.ips.length > 0 &&
      capturedName(view.nodes, p.node) === host.node,
  );
  const peers = Math.max(0, view.cluster.node.length - 1);
  const need = pods.length * 2 + peers;
  const [cause] = pods.length * 2 >= peers ? pods : view.cluster.node;
  if (need <= t.softLimit || !cause) return;
  yield finding({
    nodes: [host.node],
    subject: 'ipv4',
    message: `gc_thresh2 is ${t.softLimit} on ${host.node}, which with ${pods.length} pods and ${peers} other nodes may need ${need} neighbours: entries will be thrown out and resolved anew all the time.`,
    severity: 'info',
    confidence: 'likely',
    evidence: [
      shows(t.soft),
      shows(cause, `one of ${pods.length * 2 >= peers ? `${pods.length} pods on ${host.node}` : `${peers + 1} nodes`}`),
    ],
    fix: fixFor(host.node, t),
  });
}

export default defineRule({
  id: 'kernel/neigh-thresholds-low',
  since: '0.1.0',
  severity: 'warning',
  title: 'The limits of the neighbour table are close to what the node uses',
  why:
    'gc_thresh2 and gc_thresh3 limit the neighbour (ARP, ND) entries per address family over all network namespaces of a kernel. Above gc_thresh2 entries older than five seconds are collected ' +
    'by force, at gc_thresh3 packets to new neighbours are dropped. The defaults 512 and 1024 suit a desktop; a node has entries for its pods, their gateways, other nodes and clients.',
  fix: "Raise net.ipv4.neigh.default.gc_thresh1/2/3 (and ipv6) in the host's namespace, for example to 4096, 8192 and 16384.",
  addresses: 'none',
  needs: ['sysctl'],
  uses: ['neigh', 'kernel-release', 'node', 'pod'],
  seeAlso: ['kernel/neigh-table-overflow'],
  options: {
    defaults: { percent: 80 },
    schema: (z) => z.strictObject({ percent: z.number().min(1).max(100) }).partial(),
    describe: { percent: 'Share of gc_thresh2, in percent, from which the number of neighbours is reported.' },
  },
  *check(view, options) {
    for (const host of view.hosts) {
      const limits = ([4, 6] as const).map((f) => thresholdsOf(host, f)).filter((t) => t !== undefined);
      if (!limits.some((t) => t.family === 4)) {
        const absence = host.absence('sysctl', { key: keyOf(4, 2) });
        // gc_thresh exists in the host's namespace only, and a full listing without it was taken in another.
        yield unknown({
          node: host.node,
          input: `sysctl ${keyOf(4, 2)}`,
          reason: absence.known ? 'filtered' : absence.reason,
          ...(!absence.known && absence.detail !== undefined && { detail: absence.detail }),
        });
      }
      const kernel = kernelOf(view, host);
      const exempt = kernel === undefined || atLeastKernel(kernel, 5, 0);
      const listed = host.absence('neigh');
      for (const t of limits) {
        const found = yield* judgeCount(host, t, counted(view, host, t.family, exempt), options.percent);
        if (found) continue;
        yield* judgeNeed(view, host, t);
        if (!listed.known && t.family === 4)
          yield unknown({
            node: host.node,
            input: 'neigh',
            reason: listed.reason,
            ...(listed.detail !== undefined && { detail: listed.detail }),
          });
      }
    }
  },
});
