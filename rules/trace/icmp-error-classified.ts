import {
  type At,
  clusterEnds,
  defineRule,
  type EndKind,
  finding,
  lineBeside,
  type ProbeError,
  shows,
  type View,
} from '#rule';

type Seen = 'ping' | 'packet' | EndKind;

/** What each error says of its sender (net/ipv4/route.c ip_error, xt_REJECT, net/ipv4/ip_forward.c). */
const MEANS: Partial<Readonly<Record<ProbeError, string>>> = {
  'net-unreachable': 'it has no route there',
  'host-unreachable': 'it gets no answer to its ARP for the next hop, or a rule of its firewall REJECTs',
  prohibited: 'a rule of its firewall REJECTs',
  'port-unreachable': 'nothing listens there, or kube-proxy has no endpoints for the service',
  'fragmentation-needed': 'the packet is larger than the MTU of its next device and must not be cut',
  'ttl-exceeded': 'the packet goes in a circle',
  redirect: 'a better gateway stands on the same network',
};

interface Told {
  readonly node: string;
  /** Undefined: the asking node's own kernel. */
  readonly from: string | undefined;
  readonly about: string;
  readonly error: ProbeError;
  readonly at: At;
  readonly mtu?: number;
}

function toldOn(view: View<Seen>): readonly Told[] {
  return [...view.allHosts, ...view.podStacks].flatMap(({ node, facts }) => [
    ...facts.ping.flatMap((p) =>
      p.errors.slice(0, 3).map(
        (e): Told => ({
          node,
          from: e.from,
          about: p.address ?? p.target,
          error: e.error,
          at: lineBeside(p, e.line),
          ...(e.mtu !== undefined && { mtu: e.mtu }),
        }),
      ),
    ),
    ...facts.packet.flatMap((p): readonly Told[] => {
      const { icmp } = p;
      const about = icmp?.about ?? icmp?.quoted?.destination;
      if (icmp?.error === undefined || about === undefined || p.source === undefined) return [];
      return [
        { node, from: p.source, about, error: icmp.error, at: p.at, ...(icmp.mtu !== undefined && { mtu: icmp.mtu }) },
      ];
    }),
  ]);
}

export default defineRule({
  id: 'trace/icmp-error-classified',
  since: '0.1.0',
  severity: 'info',
  title: 'An ICMP error tells where packets end',
  why:
    'An ICMP error names the machine that gave up a packet, and why: Net Unreachable has no route, Host Unreachable gets no ARP answer or is a REJECT, Prohibited is a firewall, Port Unreachable a closed port or a service ' +
    'without endpoints, Fragmentation Needed an MTU, Time Exceeded a loop. Silence is told by a drop, or by a device that does not forward. The address of the reporter says on which node to look.',
  fix: 'Look at the node that reported it.',
  needs: [['ping', 'packet']],
  uses: ['address', 'link', 'route', 'subnet-env', 'flannel-log', 'flannel-lease', 'node', 'pod', 'service'],
  onMissing: 'skip',
  causedBy: [
    'route/missing-peer-subnet',
    'route/blackhole-remote-pods',
    'route/wrong-device-or-gateway',
    'iptables/reject-before-cni',
    'link/mtu-exceeds-underlay',
    'flannel/subnet-overlap',
    'flannel/fdb-wrong-dst',
    'neigh/peer-failed',
    'trace/path-lost',
  ],
  *check(view) {
    const endOf = clusterEnds({ nodes: view.nodes, cluster: view.cluster, hosts: view.allHosts, pods: view.podStacks });
    for (const told of toldOn(view)) {
      const means = MEANS[told.error];
      const about = endOf(told.about);
      const reporter = told.from === undefined ? undefined : endOf(told.from);
      const node = told.from === undefined ? told.node : reporter?.node;
      // A stranger's word about strangers is not about this cluster.
      if (means === undefined || !about || node === undefined) continue;
      const who = told.from === undefined ? `${told.node} itself` : `${told.from} (${reporter?.name})`;
      yield finding({
        nodes: [node],
        subject: `${told.error} for ${told.about} from ${told.from ?? 'itself'}`,
        message: `${who} reports ${told.error.replaceAll('-', ' ')} for ${told.about} (${about.name}): ${means}${told.mtu === undefined ? '' : ` (MTU ${told.mtu})`}.`,
        evidence: [shows({ at: told.at })],
        fix: { summary: `look at ${node}`, commands: [`dumplint trace BUNDLE node:${told.node} ${told.about}`] },
      });
    }
  },
});
