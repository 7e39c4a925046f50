import type { Address, At } from '../kit/index.js';
import type { Missing } from '../model/types.js';

/** An address with its text: compared by text, matched by number. */
export interface Ip extends Address {
  readonly text: string;
}

/** What IP carries. Tunnels have their own numbers; anything else is its number as text. */
export type Proto = 'icmp' | 'tcp' | 'udp' | 'ipip' | 'gre' | 'esp' | (string & {});

/**
 * What the packet is for its flow: a TCP handshake's steps and the data that the asked end sends behind them, a question and its answer, an
 * error about another packet.
 */
export type Role = 'request' | 'reply' | 'ack' | 'data' | 'error';

/** One IP packet on its way. NAT, marks and TTL change it, so it is mutable within one walk. */
export interface Packet {
  src: Ip;
  dst: Ip;
  readonly proto: Proto;
  /** Of ICMP: the id of the echo in both. */
  sport: number;
  dport: number;
  readonly role: Role;
  /** Of ICMP: `echo-request`, `echo-reply`, `destination-unreachable/4`. */
  readonly icmp?: string;
  /** Whole length in octets, IP header included. */
  readonly size: number;
  /** Of the longest of its pieces, once it was cut. Pieces travel as one packet here and are never joined to longer ones (frag_max_size). */
  piece?: number;
  /** Put together on a bridge, where the length of its pieces was forgotten on the way up: cut anew by who forwards it, in IPv6 too (ignore_df). */
  joined?: true;
  readonly df: boolean;
  ttl: number;
  /** It comes from outside: how many routers have counted its TTL down, from which value, nobody captured. */
  anyTtl?: boolean;
  /** The rule that set it. */
  ttlSetBy?: At;
  mark: number;
  /** A rule sent it to a port of the stack itself, for which nobody asked. */
  redirected?: true;
  /** It came as a frame for all or for several (PACKET_BROADCAST, PACKET_MULTICAST). */
  group?: boolean;
  /** Of a tunnel's packet: its UDP checksum is whole while the one inside is still to be filled in (CHECKSUM_PARTIAL). */
  readonly partial?: true;
  /** Of TCP's first two packets: what they say of the longest segment (RFC 9293). Absent: not known. */
  mss?: number;
  /** TCP's refusal. */
  readonly reset?: true;
  /** It comes from a socket of the kernel's own, which has no file, or from none at all; absent: from a program's. */
  readonly sender?: 'kernel' | 'nobody';
  /** DSCP and ECN; 0 unless a rule sets them. */
  tos?: number;
  /** The packet that an ICMP error is about, as its sender saw it. */
  readonly about?: Packet;
  /** What a tunnel's packet carries. */
  readonly inner?: Frame;
}

/** A packet with what layer 2 wraps around it; a layer 3 tunnel has no addresses. */
export interface Frame {
  readonly packet: Packet;
  readonly srcMac?: string;
  readonly dstMac?: string;
  readonly vni?: number;
  /** It is for somebody whom nobody captured, behind the card of a bridge on its way. */
  readonly outside?: true;
  /** Of VXLAN over IPv6: the sender leaves the checksum of UDP out. */
  readonly unsummed?: true;
  /** Of VXLAN with group policies: the mark that the packet had. */
  readonly policy?: number;
  /** Of GRE. */
  readonly key?: number;
  /** Of a device without addresses of layer 2: where the route leads. */
  readonly nexthop?: Ip;
  /** Of WireGuard: the keys of the sender, if it is known, and of the one that can open it. */
  readonly sealed?: { readonly by: string | undefined; readonly to: string | undefined };
}

/** Where in a stack a step happens, in the kernel's order. */
export type StepKind =
  | 'send'
  | 'route'
  | 'source'
  | 'netfilter'
  | 'neighbour'
  | 'bridge'
  | 'transmit'
  | 'receive'
  | 'encapsulate'
  | 'decapsulate'
  | 'forward'
  | 'mtu'
  | 'deliver'
  | 'wire';

/** What NAT, or IPVS, gives a packet on its way: another destination or another source. */
export interface Translation {
  readonly side: 'src' | 'dst';
  /** Absent: the port alone changes. */
  readonly address?: string;
  readonly port?: number;
  /** `iptables nat`, `nft ip kube-proxy`, `IPVS`, and the chain that the rule stands in. */
  readonly table: string;
  readonly chain?: string;
}

/** One decision, and the lines that it rests on. */
export interface Step {
  readonly kind: StepKind;
  readonly node: string;
  /** Network namespace; '' is the node's own. */
  readonly netns: string;
  readonly dev?: string;
  readonly says: string;
  readonly at: readonly At[];
  readonly translates?: Translation;
  /** The rule that took the packet out of conntrack, or into a zone of its own: its answer must be taken there too. */
  readonly untracks?: string;
}

/** What kind of decision ended the way, where the step alone does not say it. */
export type DropBy =
  | 'rp-filter'
  | 'martian-source'
  | 'forwarding'
  | 'rule'
  | 'policy'
  | 'reject'
  | 'closed-port'
  /** The program that listens does not accept. */
  | 'accept-queue'
  | 'ipsec';

/** Where packets meet chains. `ingress` and `egress` are of devices. */
export type HookName = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress';

export type Verdict = 'delivered' | 'dropped' | 'partly' | 'unknown';

/** Where the packet of one direction went. */
export interface Leg {
  readonly direction: 'request' | 'reply' | 'ack' | 'data' | 'error';
  readonly steps: readonly Step[];
}

export interface Because {
  readonly direction: Leg['direction'];
  readonly step: StepKind;
  readonly node: string;
  readonly netns: string;
  readonly device?: string;
  readonly reason: string;
  readonly evidence: readonly At[];
  /** What the packet's sender is told: `icmp host-unreachable`, `tcp reset`, `ENETUNREACH`; absent: nothing. */
  readonly answer?: string;
  /** Does that answer reach who asked? Its way is the leg `error`. Only of packets of the one who asks. */
  readonly heard?: Heard;
  readonly by?: DropBy;
  readonly hook?: HookName;
  readonly table?: string;
  readonly chain?: string;
  readonly tunnel?: true;
}

/** Whether an error comes back. `because`: where it is lost, or what is not known. */
export interface Heard {
  readonly verdict: 'heard' | 'lost' | 'unknown';
  readonly because?: string;
}

/** What happens along one way that load balancing may choose. */
export interface Outcome {
  /** The address that in the end receives: an endpoint of the service, or the destination itself. */
  readonly endpoint: string;
  /** Between 0 and 1, as far as the rules say it. */
  readonly share: number;
  readonly verdict: 'delivered' | 'dropped' | 'unknown';
  readonly because?: Because;
  readonly missing: readonly Missing[];
  readonly legs: readonly Leg[];
  /** Source address as the receiver sees it. */
  readonly seenSource?: string;
}

export interface Trace {
  readonly src: string;
  readonly dst: string;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  readonly size?: number;
  readonly df?: boolean;
  readonly verdict: Verdict;
  readonly because?: Because;
  readonly outcomes: readonly Outcome[];
  readonly assumptions: readonly string[];
  readonly missing: readonly Missing[];
  /** What somebody saw of the same: pings and queries in the captures. */
  readonly observed: readonly Observation[];
}

/** A probe that somebody sent for real. */
export interface Observation {
  readonly ok: boolean;
  readonly says: string;
  readonly at: At;
}

/** A question: who sends what to whom. Endpoints are already resolved to a stack and addresses. */
export interface Probe {
  readonly src: string;
  readonly dst: string;
  readonly proto: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  /** Length of the IP packet in octets; default 84 for ICMP, 60 for TCP and UDP. */
  readonly size?: number;
  readonly df?: boolean;
}
