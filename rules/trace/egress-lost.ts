import { defineRule, type EndClass, finding, type Trace, traceCommand } from '#rule';

type Walked = Trace['outcomes'][number];

/** Any address of the internet. */
const OUTSIDE = { 4: '8.8.8.8', 6: '2001:4860:4860::8888' } as const;

/**
 * What is broken, and nobody's wish: a rule that drops, or no way out at all, may be how somebody wants it (egress policies, clusters without
 * a way to the world).
 */
function faultIn({ outcomes }: Trace): Walked | undefined {
  return outcomes.find(({ verdict, because }) => {
    if (verdict !== 'dropped' || !because || because.hook !== undefined) return false;
    const isOwn = because.by === 'forwarding' || because.by === 'rp-filter' || because.by === 'martian-source';
    return (
      isOwn ||
      because.step === 'transmit' ||
      (because.step === 'neighbour' && /\((?:FAILED|INCOMPLETE)\)/.test(because.reason))
    );
  });
}

export default defineRule({
  id: 'trace/egress-lost',
  since: '0.1.0',
  severity: 'error',
  title: 'What leaves the cluster is lost on its own node',
  why:
    'Images, upstream DNS servers and webhooks are outside of the cluster. The default route decides how packets get there; where it leads to a device without carrier, to a gateway that does not answer, or where the ' +
    'packet of a pod or its answer is refused on the way, everything within the cluster works and nothing else does. A second default route with a lower metric is the usual cause: the kernel keeps using it while its device is administratively up.',
  fix: 'Correct the default route of the node, or the device it leads to.',
  needs: ['route', 'link'],
  uses: ['address', 'neigh'],
  causedBy: [
    'kernel/ip-forward-off',
    'kernel/forwarding-disabled',
    'kernel/rp-filter-drop',
    'kernel/ipv6-forwarding-off',
  ],
  seeAlso: ['iptables/missing-egress-masquerade', 'trace/path-lost'],
  *check(view) {
    const senders = new Map<string, EndClass>();
    for (const { src } of view.paths.pairs)
      if ((src.kind === 'pods' || src.kind === 'node') && src.node !== undefined && !src.odd)
        senders.set(`${src.kind} ${src.node} ${src.family}`, src);
    const told = new Set<string>();
    // Of a node first, for what it loses its pods lose too.
    for (const src of [...senders.values()].sort((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))) {
      const probe = { src: src.end, dst: OUTSIDE[src.family], proto: 'udp' as const, port: 53 };
      const asked = view.paths.trace(probe);
      const outcome = asked.kind === 'trace' ? faultIn(asked.trace) : undefined;
      const because = outcome?.because;
      const [at, ...more] = because?.evidence ?? [];
      if (!outcome || !because || at === undefined || because.node !== src.node) continue;
      const place = `${because.node} ${because.netns} ${because.step} ${because.device ?? ''} ${src.family}`;
      // What the cluster itself loses there is told as that.
      if (told.has(place) || view.paths.losses.some((l) => l.evidence[0] === at)) continue;
      told.add(place);
      const route = outcome.legs
        .flatMap((l) => l.steps)
        .find((s) => s.kind === 'route' && s.node === src.node && s.netns === '' && s.at.length > 0);
      const [by] = route?.at ?? [];
      yield finding({
        nodes: [because.node],
        subject: `${because.device ?? because.step}${src.family === 6 ? ' over IPv6' : ''}`,
        message: `What ${src.kind === 'node' ? because.node : src.name} ${src.kind === 'node' ? 'sends' : 'send'} out of the cluster${src.family === 6 ? ' over IPv6' : ''} is lost on ${because.node}: ${because.reason}.`,
        confidence: because.step === 'neighbour' ? 'likely' : 'certain',
        evidence: [
          { at },
          ...more.slice(0, 1).map((line) => ({ at: line })),
          ...(by !== undefined && by !== at ? [{ at: by, note: 'by this route it leaves' }] : []),
        ],
        restsOn: [at, ...(by === undefined ? [] : [by])],
        fix: {
          summary: `on ${because.node} correct the default route, or what it leads to`,
          commands: ['ip route show default', traceCommand({ probe })],
        },
      });
    }
  },
});
