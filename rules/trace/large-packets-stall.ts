import { clusterEnds, defineRule, type EndKind, finding, type PingFact, type StackView, shows, type View } from '#rule';

type Seen = 'ping' | EndKind;

const LARGE = 1000;

interface Stall {
  readonly large: PingFact;
  readonly small: PingFact;
  readonly target: string;
}

/** A small ping that was answered and a large one that was not, of one stack for one target. */
function stallsOf({ facts }: StackView<Seen>): readonly Stall[] {
  const targetOf = (p: PingFact): string => p.address ?? p.target;
  const out = new Map<string, Stall>();
  for (const large of facts.ping) {
    const target = targetOf(large);
    const lost = large.received === 0 && large.complete && (large.transmitted ?? 0) > 1;
    if (!lost || (large.size ?? 56) < LARGE || out.has(target)) continue;
    const small = facts.ping.find((p) => targetOf(p) === target && (p.size ?? 56) < LARGE && p.received > 0);
    if (small) out.set(target, { large, small, target });
  }
  return [...out.values()];
}

/** What the walk says of a packet of that size. */
function predicted(view: View<Seen>, node: string, { large, target }: Stall): string | undefined {
  const asked = view.paths.trace({
    src: `node:${node}`,
    dst: target,
    proto: 'icmp',
    // 20 of IP and 8 of ICMP before ping's own octets.
    size: (large.size ?? 56) + 28,
    ...(large.dontFragment && { df: true }),
  });
  return asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because?.reason : undefined;
}

export default defineRule({
  id: 'trace/large-packets-stall',
  since: '0.1.0',
  severity: 'warning',
  title: 'Large packets are lost where small ones pass',
  why:
    'Pings of the default size and TCP handshakes are small. When only packets near the MTU vanish, handshakes succeed and then TLS, HTTP answers or image pulls hang: a device on the way carries less than the ' +
    'sender believes, and the ICMP error that would tell it (fragmentation needed) does not come back.',
  fix: "Lower the overlay's MTU to what the network below carries, or let ICMP type 3 code 4 pass.",
  needs: ['ping'],
  uses: ['address', 'link', 'route', 'subnet-env', 'flannel-log', 'flannel-lease', 'node', 'pod', 'service'],
  onMissing: 'skip',
  causedBy: [
    'link/mtu-exceeds-underlay',
    'link/mtu-mismatch-across-nodes',
    'link/mtu-pod-mismatch',
    'kernel/no-room-for-fragments',
  ],
  *check(view) {
    const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
    for (const stack of [...view.hosts, ...view.podStacks])
      for (const stall of stallsOf(stack)) {
        const { large, small, target } = stall;
        const end = endOf(target);
        if (!end) continue;
        const told = large.errors.find((e) => e.error === 'fragmentation-needed');
        const says = stack.netns === '' ? predicted(view, stack.node, stall) : undefined;
        // The sender's own device refuses what is larger than itself: no fault, and no packet was sent.
        if (told && told.from === undefined && large.dontFragment) continue;
        yield finding({
          nodes: [stack.node],
          subject: target,
          message: `${stack.node} reaches ${target} (${end.name}) with packets of ${small.size ?? 56} octets and not with ${large.size}: something on the way carries less${says === undefined ? '' : `; the walk says so too: ${says}`}.`,
          evidence: [shows(large, 'large: no answer'), shows(small, 'small: answered')],
          fix: {
            summary: 'find the largest size that passes, and set the MTU of the overlay to it',
            commands: [`ping -M do -s 1372 ${target}   # and so on, up and down`, `tracepath -n ${target}`],
          },
        });
      }
  },
});
