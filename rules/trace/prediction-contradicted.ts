import {
  type At,
  type DnsQueryFact,
  defineRule,
  type EvidenceDraft,
  finding,
  natureOf,
  type PingFact,
  type Probe,
  type StackView,
  shows,
  type TcpAttemptFact,
  type Trace,
} from '#rule';

type Seen = 'ping' | 'dns-query' | 'tcp-attempt' | 'address';

interface Observed {
  readonly probe: Probe;
  readonly ok: boolean;
  readonly says: string;
  readonly at: At;
}

const ofPing = (src: string, p: PingFact): Observed | undefined => {
  const dst = p.address ?? p.target;
  if (p.family !== 4 || p.source !== undefined || p.dev !== undefined || p.dontFragment) return undefined;
  if (p.received === 0 && !(p.complete && (p.transmitted ?? 0) > 1)) return undefined;
  return { probe: { src, dst, proto: 'icmp' }, ok: p.received > 0, says: `the ping of ${dst}`, at: p.at };
};

const ofQuery = (src: string, q: DnsQueryFact): Observed | undefined => {
  if (q.server === undefined || (q.outcome !== 'answered' && q.outcome !== 'timeout')) return undefined;
  if (q.transport !== undefined && q.transport !== 'udp' && q.transport !== 'tcp') return undefined;
  return {
    probe: { src, dst: q.server, proto: q.transport ?? 'udp', port: q.port ?? 53 },
    ok: q.outcome === 'answered',
    says: `the query to ${q.server}`,
    at: q.at,
  };
};

const ofAttempt = (src: string, t: TcpAttemptFact): Observed | undefined => {
  const dst = t.address ?? t.target;
  if (t.port === undefined || t.protocol !== 'tcp') return undefined;
  const ok = /^(?:connected|tls-failed|reset|stalled)$/.test(t.outcome);
  if (!ok && t.outcome !== 'timeout') return undefined;
  return { probe: { src, dst, proto: 'tcp', port: t.port }, ok, says: `the connection to ${dst}:${t.port}`, at: t.at };
};

const observedBy = (src: string, { facts }: StackView<Seen>): readonly Observed[] =>
  [
    ...facts.ping.map((p) => ofPing(src, p)),
    ...facts['dns-query'].map((q) => ofQuery(src, q)),
    ...facts['tcp-attempt'].map((t) => ofAttempt(src, t)),
  ].filter((o) => o !== undefined);

/** Is it the walk that is contradicted, and not just an answer that ends otherwise? */
function isContradicted({ ok }: Observed, trace: Trace): boolean {
  if (ok) return trace.verdict === 'dropped';
  return trace.verdict === 'delivered' && trace.observed.every((o) => !o.ok);
}

export default defineRule({
  id: 'trace/prediction-contradicted',
  since: '0.1.0',
  severity: 'info',
  title: 'Somebody saw another outcome than the captures of the configuration say',
  why:
    'Pings, DNS queries and connections in the input are held against what the captured configuration does with such a packet. Where they disagree, the captures are of another moment than the probe (something was ' +
    "repaired or broken in between), the fault lies where no capture shows it (the network between the nodes, a cloud's security groups, the other end itself), or the walk is wrong. Findings about that " +
    'way deserve doubt, and a new capture.',
  fix: 'Capture the configuration and the probe again, together.',
  needs: [['ping', 'dns-query', 'tcp-attempt']],
  uses: ['address'],
  onMissing: 'skip',
  *check(view) {
    const seen = new Set<string>();
    const stacks = [
      ...view.allHosts.map((h) => ({ src: `node:${h.node}`, stack: h })),
      ...view.podStacks.flatMap((s) => {
        const own = s.facts.address.find((a) => a.dev !== 'lo' && a.family === 4 && a.scope !== 'link');
        return own ? [{ src: own.address, stack: s }] : [];
      }),
    ];
    for (const { src, stack } of stacks)
      for (const o of observedBy(src, stack)) {
        const asked = view.paths.trace(o.probe);
        if (asked.kind === 'error' || !isContradicted(o, asked.trace)) continue;
        const { because } = asked.trace;
        const place = because?.node ?? stack.node;
        const subject = `${o.probe.src} to ${o.probe.dst}${o.probe.port === undefined ? '' : `:${o.probe.port}`}`;
        if (seen.has(subject) || (because && natureOf(because) !== 'fault' && !o.ok)) continue;
        seen.add(subject);
        const decided: readonly EvidenceDraft[] = (because?.evidence ?? [])
          .slice(0, 1)
          .map((at) => ({ at, note: `here the walk loses it: ${because?.reason}` }));
        yield finding({
          nodes: [view.node(stack.node)?.name ?? stack.node],
          subject,
          message:
            o.ok && because
              ? `The captures say that a packet from ${o.probe.src} to ${o.probe.dst} is lost at ${place} (${because.reason}), and yet ${o.says} was answered: the captures are older or newer than it, or it went another way.`
              : `The captures say that a packet from ${o.probe.src} to ${o.probe.dst} arrives and is answered, and yet ${o.says} got no answer: what stops it is not in the captures (the network between the nodes, the other end), or was repaired in between.`,
          evidence: [shows({ at: o.at }, o.ok ? 'answered' : 'no answer'), ...decided],
        });
      }
  },
});
