import {
  bgpSessions,
  defineRule,
  type EvidenceDraft,
  finding,
  type NonEmpty,
  type PacketCaptureFact,
  type PacketFact,
  type StackView,
  shows,
  subnetHolding,
} from '#rule';

type Seen = 'packet' | 'packet-capture' | 'bgp-peer' | 'bird-protocol' | 'address';
type Host = StackView<Seen>;

/** Seconds: the hold time that RFC 4271 suggests, and BIRD's default. BIRD sends a keepalive each third of its 240 s. */
const HOLD = 90;
const BIRD_HOLD = 240;

const BGP = 179;

/** Filters that leave nothing of TCP 179 out; one with a direction or further ports may. */
const PLAIN = /^\(?(?:(?:ip6? )?proto \\?tcp|tcp|ip6?)?\)?(?: ?and)? ?\(?(?:tcp )?(?:port (?:179|bgp))?\)?$/;

/** Seconds that a run surely lasted, if all of TCP 179 stood in its text. */
function windowOf({ filter, first, last, captured, droppedByKernel, droppedByInterface }: PacketCaptureFact): number {
  const whole = captured !== undefined && !droppedByKernel && !droppedByInterface;
  return whole && PLAIN.test(filter ?? '') && first !== undefined && last !== undefined ? last - first : 0;
}

const isBgp = (p: PacketFact): boolean => p.protocol === 'tcp' && (p.sourcePort === BGP || p.destinationPort === BGP);

const speaks = (p: PacketFact): boolean => (p.length ?? 0) > 0 || (p.bgp ?? []).length > 0;

interface Silence {
  readonly peer: string;
  readonly says: string;
  readonly evidence: NonEmpty<EvidenceDraft>;
}

/** Peers from which no message comes in all the time of a run that would have shown it. */
function silencesIn(host: Host, capture: PacketCaptureFact): readonly Silence[] {
  const { facts } = host;
  const own = facts.address.map((a) => a.address);
  const here = facts.packet.filter((p) => isBgp(p) && (capture.dev === 'any' || p.dev === capture.dev));
  const sessions = new Map(bgpSessions(facts).map((s) => [s.peer, s]));
  const onWire = here.flatMap((p) => [p.source, p.destination]).filter((a) => a !== undefined && !own.includes(a));
  // What goes by another device cannot be seen on this one.
  const near = facts.address.filter((a) => capture.dev === 'any' || a.dev === capture.dev);
  const peers = [...sessions.keys()].filter((peer) => onWire.includes(peer) || subnetHolding(near, peer));
  const strangers = own.length === 0 ? [] : onWire.filter((a) => a !== undefined);
  return [...new Set([...peers, ...strangers])].flatMap((peer): readonly Silence[] => {
    if (here.some((p) => p.source === peer && speaks(p))) return [];
    const session = sessions.get(peer);
    const asked = here.find((p) => p.destination === peer);
    const reply = here.find((p) => p.source === peer);
    const evidence: NonEmpty<EvidenceDraft> = [
      shows(capture, 'the capture'),
      ...(asked ? [shows(asked, `to ${peer}`)] : []),
      ...(reply ? [shows(reply, `all that comes from ${peer}`)] : []),
      ...(session ? [shows(session.facts[0], 'the session')] : []),
    ];
    const says = reply
      ? `${peer} answers, and no message of BGP comes from it`
      : asked
        ? `${host.node} asks ${peer}, and nothing comes from it`
        : `nothing goes to ${peer} and nothing comes from it`;
    return [{ peer, says, evidence }];
  });
}

export default defineRule({
  id: 'trace/bgp-silent',
  since: '0.1.0',
  severity: 'warning',
  title: 'A BGP peer says nothing for longer than its hold time',
  why:
    'A BGP session that is up carries a keepalive at least each third of its hold time (90 s is usual, BIRD takes 240 s and sends each 80 s). A peer from which a capture of that length shows none is not in session: ' +
    'TCP 179 does not get there, its answers do not come back, or no BGP daemon runs there. Its routes are withdrawn when the hold time ends, or stay as stale ones with graceful restart.',
  fix: 'Look whether the peer runs its daemon, then what stands between the two on TCP 179.',
  needs: ['packet-capture'],
  uses: ['packet', 'bgp-peer', 'bird-protocol', 'address'],
  onMissing: 'skip',
  causedBy: [
    'iptables/input-blocks-overlay',
    'calico/wrong-node-ip',
    'calico/bgp-not-established',
    'neigh/peer-failed',
    'trace/path-lost',
  ],
  *check(view) {
    for (const host of view.hosts) {
      const told = new Set<string>();
      for (const capture of host.facts['packet-capture']) {
        const seconds = windowOf(capture);
        if (seconds < HOLD) continue;
        for (const { peer, says, evidence } of silencesIn(host, capture)) {
          if (told.has(peer)) continue;
          told.add(peer);
          yield finding({
            nodes: [host.node],
            subject: peer,
            message: `In ${Math.floor(seconds)} s of capture on ${capture.dev ?? 'a device'} ${says}: with a hold time of ${seconds < BIRD_HOLD ? HOLD : BIRD_HOLD} s there is no session.`,
            confidence: seconds < BIRD_HOLD ? 'likely' : 'certain',
            evidence,
            fix: {
              summary: `see whether ${peer} runs BGP and whether TCP 179 gets there`,
              commands: [`nc -vz ${peer} 179   # on ${host.node}`, `ss -ltnp 'sport = :179'   # on ${peer}`],
            },
          });
        }
      }
    }
  },
});
