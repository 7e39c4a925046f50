import { covers, defineRule, finding, type NonEmpty, type Sighting, type StackView, shows, sightingsOf } from '#rule';

type Seen = 'packet' | 'packet-capture';

interface LostReply {
  /** Where the reply was seen, and where it should have been seen next. */
  readonly from: string;
  readonly to: string;
  readonly reply: Sighting;
  readonly request: Sighting;
  /** Both sightings are of the same ping, and not of two like it. */
  readonly same: boolean;
}

/** Replies that stand on one device of the node and on none that their request came by. */
function lostReplies({ facts }: StackView<Seen>): readonly LostReply[] {
  const all = sightingsOf(facts.packet).filter((s) => s.packet.dev !== undefined && s.packet.dev !== 'any');
  const out = new Map<string, LostReply>();
  for (const reply of all) {
    const from = reply.packet.dev;
    if (reply.role !== 'reply' || from === undefined) continue;
    const ends = (s: Sighting) => s.from === reply.from && s.to === reply.to;
    for (const request of all) {
      const to = request.packet.dev;
      if (request.role !== 'request' || to === undefined || to === from || !ends(request)) continue;
      // The request must have been seen on both: else the reply need not leave by that device.
      if (!all.some((s) => s.role === 'request' && s.packet.dev === from && ends(s))) continue;
      if (all.some((s) => s.role === 'reply' && s.packet.dev === to && ends(s))) continue;
      if (!covers(facts['packet-capture'], to, [reply.from, reply.to])) continue;
      const same = request.ids === reply.ids;
      const key = `${from} ${to} ${reply.to}`;
      const held = out.get(key);
      if (!held || (same && !held.same)) out.set(key, { from, to, reply, request, same });
    }
  }
  return [...out.values()];
}

export default defineRule({
  id: 'trace/reply-lost-in-node',
  since: '0.1.0',
  severity: 'error',
  title: 'A reply enters the node and never leaves it',
  why:
    'tcpdump sees packets as they come in, before routing and firewall, and as they go out, behind both. A reply that was seen on the device of the pods and not on the one that its request came by was ' +
    'dropped between the two, inside this node: forwarding is off on the first, its reverse-path filter refuses it, FORWARD drops it, or the route back leads elsewhere.',
  fix: 'Look at forwarding and rp_filter of the device that the reply enters by, at FORWARD, and at the route back.',
  needs: ['packet'],
  uses: ['packet-capture'],
  onMissing: 'skip',
  causedBy: [
    'kernel/ip-forward-off',
    'kernel/forwarding-disabled',
    'kernel/rp-filter-drop',
    'iptables/forward-drop',
    'iptables/reject-before-cni',
    'route/missing-peer-subnet',
    'route/wrong-device-or-gateway',
    'route/policy-routing-hijack',
    'route/blackhole-remote-pods',
    'trace/path-lost',
  ],
  *check(view) {
    for (const host of view.hosts)
      for (const { from, to, reply, request, same } of lostReplies(host)) {
        const capture = covers(host.facts['packet-capture'], to, [reply.from, reply.to]);
        yield finding({
          nodes: [host.node] satisfies NonEmpty<string>,
          subject: `${reply.to} from ${from} to ${to}`,
          message: `The reply of ${reply.to} to ${reply.from} is seen on ${from} of ${host.node} and never leaves by ${to}, where its request came in: it is dropped inside ${host.node}.`,
          confidence: same ? 'certain' : 'likely',
          evidence: [
            shows(reply.packet, `the reply, on ${from}`),
            shows(request.packet, same ? `its request, on ${to}` : `a request like it, on ${to}`),
            ...(capture ? [shows(capture, `no reply in this capture of ${to}`)] : []),
          ],
          fix: {
            summary: `on ${host.node} see why what enters by ${from} is not forwarded to ${to}`,
            commands: [
              `sysctl net.ipv4.conf.${from.replaceAll('.', '/')}.forwarding net.ipv4.conf.${from.replaceAll('.', '/')}.rp_filter`,
              'iptables -nvL FORWARD',
              `ip route get ${reply.from} from ${reply.to} iif ${from}`,
            ],
          },
        });
      }
  },
});
