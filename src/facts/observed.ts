import type { Fact } from '../kit/index.js';

/**
 * Why a probe or packet did not arrive. With an address beside it the host of that address said so by ICMP; without one the asking host's
 * own kernel did (`blocked`: its firewall, EPERM; `name-unresolved`: nothing was sent at all).
 */
export type ProbeError =
  | 'net-unreachable'
  | 'host-unreachable'
  | 'protocol-unreachable'
  | 'port-unreachable'
  | 'prohibited'
  | 'fragmentation-needed'
  | 'ttl-exceeded'
  | 'reassembly-timeout'
  | 'redirect'
  | 'source-quench'
  | 'parameter-problem'
  | 'blocked'
  | 'name-unresolved'
  | 'other';

/** One message about a probe. */
export interface ProbeMessage {
  /** Who reported it; absent when the asking host did. */
  readonly from?: string;
  readonly what: string;
  readonly error: ProbeError;
  /** Of `fragmentation-needed`. */
  readonly mtu?: number;
  readonly line: number;
}

/** One run of ping. Its evidence is the first line; a run without statistics has `received` counted from its replies. */
export interface PingFact extends Fact {
  readonly kind: 'ping';
  readonly target: string;
  /** Address behind the name, when the header prints one. */
  readonly address?: string;
  readonly family: 4 | 6;
  /** Address or device that `-I` chose, when header or command line tell. */
  readonly source?: string;
  readonly dev?: string;
  readonly transmitted?: number;
  readonly received: number;
  readonly duplicates?: number;
  /** Were closing statistics printed? Without them silence proves nothing. */
  readonly complete: boolean;
  readonly size?: number;
  /** Of the command line: fragmentation was forbidden (`-M do`, BSD `-D`, Windows `-f`). */
  readonly dontFragment?: true;
  readonly ttl?: number;
  /** Sequence number of the first reply (iputils counts from 1, busybox and the BSDs from 0): only the first lost is ARP at work. */
  readonly firstReply?: number;
  /** Who answered in the target's place. */
  readonly repliedBy?: readonly string[];
  readonly errors: readonly ProbeMessage[];
}

/** What a packet says of itself above its link. */
export interface PacketLayer {
  /** An address, or a host name where tcpdump ran without `-n`. */
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** `icmp`, `icmp6`, `tcp`, `udp`, `arp`, `ipip`, `vxlan`, `geneve`, `gre`, `esp` … */
  readonly protocol?: string;
  readonly ttl?: number;
  /** Identification of the IPv4 header: the same packet on two devices has the same one. */
  readonly ipId?: number;
  readonly dontFragment?: true;
  /** Bytes in front of it, and whether more follow; absent for a whole packet. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  /** TCP flags as printed: `S`, `S.`, `R.`. */
  readonly tcpFlags?: string;
  /** First sequence number of a TCP segment, as printed: mostly relative to the first packet of the stream. */
  readonly sequence?: number;
  /** Payload of TCP and UDP, else of what the line says. */
  readonly length?: number;
  readonly icmp?: PacketIcmp;
  /** Who is asked for stands in `destination`, who asks or answers in `source`. */
  readonly arp?: { readonly operation: 'request' | 'reply'; readonly lladdr?: string };
  readonly dns?: PacketDns;
  /** Messages of BGP in it (`-v`): `open`, `update`, `notification`, `keepalive`, `route refresh`. */
  readonly bgp?: readonly string[];
  /** Checksums that are wrong. On the sender's own device those of offloaded packets are always. */
  readonly badChecksums?: readonly ('ip' | 'udp' | 'tcp' | 'icmp')[];
  /** UDP without a checksum: as VXLAN is mostly sent. */
  readonly noChecksum?: true;
  /** Of the GRE header, or the VNI of Geneve and VXLAN on the packet inside. */
  readonly vni?: number;
  readonly greKey?: number;
  readonly vlan?: number;
  /** The snapshot ended in it. */
  readonly cut?: true;
}

export interface PacketIcmp {
  /** `echo request`, `host unreachable`, `udp port 53 unreachable` … */
  readonly type: string;
  readonly id?: number;
  readonly sequence?: number;
  readonly error?: ProbeError;
  readonly mtu?: number;
  /** Whom the message is about: `host 10.0.0.1 unreachable`. */
  readonly about?: string;
  /** Of `port-unreachable`. */
  readonly port?: number;
  /** Better gateway that a redirect names. */
  readonly gateway?: string;
  /** The packet that caused the message, when its header was printed. */
  readonly quoted?: PacketLayer;
}

export interface PacketDns {
  readonly id: number;
  /** `A`, `AAAA`, and the name as asked. */
  readonly type?: string;
  readonly name?: string;
  /** Answers only: `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` … */
  readonly status?: string;
  readonly answers?: number;
}

/** One packet that tcpdump or tshark printed. */
export interface PacketFact extends Fact, PacketLayer {
  readonly kind: 'packet';
  /** Device of the capture; absent when no header or command line names it. */
  readonly dev?: string;
  /** Seconds since midnight. */
  readonly clock?: number;
  /** Date of `-tttt`, which prints no zone: `2020-01-23`. */
  readonly dated?: string;
  /** Seconds since the epoch (`-tt`). */
  readonly time?: number;
  /** Seconds since the packet before (`-ttt`) or the first one (`-ttttt`), as the command line or the analyser says. */
  readonly since?: { readonly seconds: number; readonly of: 'previous' | 'first' };
  /** `In`/`Out` of `-i any`. */
  readonly direction?: string;
  readonly sourceMac?: string;
  readonly destinationMac?: string;
  /** Inner packet of a tunnel: VXLAN, Geneve, IPIP, GRE. */
  readonly inner?: InnerPacket;
  readonly info?: string;
}

/** A packet inside another one. */
export interface InnerPacket extends PacketLayer {
  readonly sourceMac?: string;
  readonly destinationMac?: string;
  readonly inner?: InnerPacket;
}

/** Header and closing counts of one tcpdump run. */
export interface PacketCaptureFact extends Fact {
  readonly kind: 'packet-capture';
  readonly dev?: string;
  readonly filter?: string;
  readonly captured?: number;
  readonly receivedByFilter?: number;
  readonly droppedByKernel?: number;
  readonly droppedByInterface?: number;
  /** Where the text says that packets were lost. */
  readonly lossLine?: number;
  /** First and last packet that stand in the text: what the capture's window covers. */
  readonly first?: number;
  readonly last?: number;
}
