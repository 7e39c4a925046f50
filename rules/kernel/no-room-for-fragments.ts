import {
  type AddressFact,
  defineRule,
  type EvidenceDraft,
  finding,
  type StackView,
  type SysctlFact,
  shows,
  unknown,
  type View,
} from '#rule';

type Seen = 'sysctl' | 'sysctl-config' | 'address' | 'pod' | 'service';

interface Room {
  readonly key: string;
  readonly family: 4 | 6;
  readonly usual: string;
  /** Whose packets wait there. */
  readonly of: string;
}

const IPV4: Room = {
  key: 'net.ipv4.ipfrag_high_thresh',
  family: 4,
  usual: '4194304',
  of: 'what is for the stack itself and, as conntrack puts together what it forwards, what is for its pods',
};
const IPV6: Room = {
  key: 'net.ipv6.ip6frag_high_thresh',
  family: 6,
  usual: '4194304',
  of: 'what is for the stack itself, where conntrack does not look before',
};
const CONNTRACK6: Room = {
  key: 'net.netfilter.nf_conntrack_frag6_high_thresh',
  family: 6,
  usual: '4194304',
  of: 'all of IPv6 that conntrack looks at, what is for its pods included',
};

/**
 * What the pieces of one packet of 64 KiB take, at an MTU of 1500, with what the kernel has around each: a lab's node took one at 256 KiB and none at
 * 128, packets of 4000 octets at 16 KiB and none of any size at 4 KiB.
 */
const ONE_LARGE = 131_072;

/** Pieces of a full packet are larger than that with what the kernel has around them. */
const ONE_PIECE = 2048;

/** Have pods or services addresses of IPv6? Of the other rooms nobody needs any then. */
function hasIpv6({ cluster, podStacks, allHosts }: View<Seen>): boolean {
  const isGlobal = (a: AddressFact): boolean => a.family === 6 && a.dev !== 'lo' && (a.scope ?? 'global') === 'global';
  return (
    [...cluster.pod.flatMap((p) => p.ips), ...cluster.service.flatMap((s) => s.clusterIps)].some((ip) =>
      ip.includes(':'),
    ) ||
    podStacks.some((s) => s.facts.address.some(isGlobal)) ||
    allHosts.some((h) => h.facts.address.some((a) => /^(?:cni0|cbr0|flannel-v6|vxlan-v6)/.test(a.dev) && isGlobal(a)))
  );
}

/** A path whose packets of 4000 octets end for want of room, where the small ones arrive. */
function lostInPieces(view: View<Seen>, stack: StackView<Seen>, key: string): string | undefined {
  const near = view.paths.pairs.filter(
    (p) =>
      p.trace.verdict === 'delivered' &&
      p.src.kind !== 'outside' &&
      /^(?:pods|node)$/.test(p.dst.kind) &&
      (p.dst.node === stack.node || p.src.node === stack.node),
  );
  for (const { src, dst, trace } of near.slice(0, 12)) {
    const asked = view.paths.trace({ src: trace.src, dst: trace.dst, proto: 'icmp', size: 4000 });
    const because = asked.kind === 'trace' ? asked.trace.because : undefined;
    if (because?.node === stack.node && because.netns === stack.netns && because.reason.includes(key))
      return `${src.name} to ${dst.name === src.name ? 'each other' : dst.name}`;
  }
  return undefined;
}

/** What a file of sysctl.d sets, which comes back at the next start. */
const writtenIn = (view: View<Seen>, { node }: StackView<Seen>, key: string): readonly EvidenceDraft[] =>
  view.allHosts
    .filter((h) => h.node === node)
    .flatMap((h) => h.facts['sysctl-config'])
    .filter((c) => c.key === key && Number(c.value) < ONE_LARGE)
    .slice(0, 1)
    .map((c) => shows(c, 'what sets it at the next start'));

/** What is lost by so little room. */
function meaning(value: number): string {
  if (value === 0) return 'nothing that comes in pieces is put together, and all of it is lost';
  return value <= ONE_PIECE
    ? 'one piece fills it, and what comes in two or more is lost'
    : 'large packets in pieces do not fit, nor do several at once, and are lost';
}

function* judge(view: View<Seen>, stack: StackView<Seen>, room: Room, fact: SysctlFact) {
  const value = /^\d+$/.test(fact.value.trim()) ? Number(fact.value) : undefined;
  if (value === undefined || value >= ONE_LARGE) return;
  const isHost = stack.netns === '';
  const who = isHost ? stack.node : `pod ${stack.netns} on ${stack.node}`;
  const lost = value === 0 ? lostInPieces(view, stack, room.key) : undefined;
  const example = lost === undefined ? '' : `, as packets of 4000 octets from ${lost}`;
  yield finding({
    nodes: [stack.node],
    subject: isHost ? room.key : `${stack.netns}:${room.key}`,
    message: `${room.key} is ${value} on ${who}, expected some megabytes (${room.usual} by default): ${meaning(value)}${example}.${isHost ? ` It is the room for ${room.of}.` : ''}`,
    // Whether anybody sends in pieces there only the walk tells.
    severity: lost === undefined ? 'warning' : 'error',
    evidence: [shows(fact), ...writtenIn(view, stack, room.key)],
    ...(isHost && { repair: [{ node: stack.node, kind: 'sysctl', key: room.key, value: room.usual }] as const }),
    fix: {
      summary: isHost
        ? `on ${stack.node} set it to its default, and take out of sysctl.d what made it small`
        : `take the setting out of the pod's securityContext, or out of what runs in it`,
      commands: [
        `sysctl -w ${room.key}=${room.usual}`,
        'grep -rn frag /etc/sysctl.conf /etc/sysctl.d /run/sysctl.d /usr/lib/sysctl.d',
      ],
    },
  });
}

export default defineRule({
  id: 'kernel/no-room-for-fragments',
  since: '0.1.0',
  severity: 'error',
  title: 'There is no room to put packets together that come in pieces',
  why:
    'Large UDP packets (DNS with DNSSEC, syslog, VoIP, NFS) and large pings come in pieces. Who takes them, and on a node conntrack for all that is forwarded, keeps the pieces until the last is there, in room that ipfrag_high_thresh limits ' +
    '(inet_frag_find: with 0, or with more in it than that, a piece is dropped). IPv6 has ip6frag_high_thresh, and conntrack nf_conntrack_frag6_high_thresh. Nobody is told, small packets and TCP pass, and ' +
    'ReasmFails counts. Hardening against floods of fragments sets these to 0 or to a few kilobytes; ipfrag_low_thresh has had no effect since Linux 4.17.',
  fix: 'Set the limits to their defaults of 4 MB again.',
  addresses: 'none',
  needs: ['sysctl'],
  uses: ['sysctl-config', 'address', 'pod', 'service'],
  seeAlso: ['trace/large-packets-stall'],
  *check(view) {
    const six = hasIpv6(view);
    for (const stack of [...view.hosts, ...view.podStacks]) {
      const isHost = stack.netns === '';
      const rooms = [IPV4, ...(six ? [IPV6, CONNTRACK6] : [])];
      for (const room of rooms) {
        const fact = stack.facts.sysctl.find((s) => s.key === room.key);
        if (fact) yield* judge(view, stack, room, fact);
        // Collectors that pick settings leave this one out, and nobody has it changed by accident: only where no setting is known is it asked for.
        else if (isHost && room === IPV4 && stack.facts.sysctl.length === 0) {
          const absence = stack.absence('sysctl', { key: room.key });
          yield unknown({
            node: stack.node,
            input: `sysctl ${room.key}`,
            supply: 'sysctl',
            reason: absence.known ? 'filtered' : absence.reason,
            ...(!absence.known && absence.detail !== undefined && { detail: absence.detail }),
          });
        }
      }
    }
  },
});
