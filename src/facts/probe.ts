import type { Fact } from '../kit/index.js';
import type { ProbeError } from './observed.js';

/** One question to a name server, asked by dig, host, nslookup, drill, resolvectl or getent. */
export interface DnsQueryFact extends Fact {
  readonly kind: 'dns-query';
  readonly name: string;
  /** `A`, `AAAA`, `PTR`, `SRV` …; absent when the tool asked for addresses of whichever family. */
  readonly type?: string;
  /** Address of the server that answered, or was asked in vain; absent when the tool does not tell (`host` without `-v`). */
  readonly server?: string;
  readonly port?: number;
  readonly transport?: 'udp' | 'tcp' | 'tls' | 'https';
  readonly outcome: DnsOutcome;
  /** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED` …, when an answer came. */
  readonly status?: string;
  /** `qr`, `aa`, `rd`, `ra`, `tc`, `ad` …, as printed. */
  readonly flags?: readonly string[];
  readonly answers: readonly DnsAnswer[];
  /** Number of answers when there are more than are kept. */
  readonly answerCount?: number;
  readonly milliseconds?: number;
  /** Someone else answered: the reply was not translated back. */
  readonly unexpectedSource?: {
    readonly from: string;
    readonly expected: string;
    /** When it is the port that is another one. */
    readonly fromPort?: number;
    readonly line: number;
  };
  /** Further messages about the query, in their order. */
  readonly messages: readonly { readonly what: string; readonly line: number }[];
}

/** `answered`: with whatever status. */
export type DnsOutcome = 'answered' | 'timeout' | 'connection-refused' | 'unreachable' | 'unexpected-source' | 'failed';

export interface DnsAnswer {
  readonly name: string;
  readonly type: string;
  /** Addresses are canonical. */
  readonly data: string;
}

/** One run of traceroute, tracepath or mtr. */
export interface TracerouteFact extends Fact {
  readonly kind: 'traceroute';
  /** Absent when neither output nor command line names it. */
  readonly target?: string;
  readonly address?: string;
  readonly family?: 4 | 6;
  /** Address that the probes came from, when it is told. */
  readonly source?: string;
  readonly dev?: string;
  readonly protocol?: 'udp' | 'icmp' | 'tcp';
  readonly hops: readonly TracerouteHop[];
  /** Did the target answer? Absent when neither that nor the contrary can be told. */
  readonly reached?: boolean;
  /** Smallest path MTU that tracepath or `--mtu` found. */
  readonly pathMtu?: number;
}

export interface TracerouteHop {
  readonly ttl: number;
  readonly line: number;
  readonly probes: readonly TracerouteProbe[];
  /** Reports of mtr: probes sent, and those without an answer. */
  readonly sent?: number;
  readonly lost?: number;
}

/** One probe; nothing in it is a `*`. */
export interface TracerouteProbe {
  readonly from?: string;
  /** Name or other text that stands in the address' place or beside it. */
  readonly name?: string;
  readonly milliseconds?: number;
  /** `!H`, `!N`, `!X`, `!F-1400`, `pmtu 1450`, as printed. */
  readonly note?: string;
  readonly error?: ProbeError;
}

/** One attempt to open a connection, whoever made it: curl, wget, nc, telnet, openssl, ab, iperf. */
export interface TcpAttemptFact extends Fact {
  readonly kind: 'tcp-attempt';
  /** What was asked for: a name or address as given. */
  readonly target: string;
  readonly address?: string;
  readonly port?: number;
  /** `udp` where a tool probes that (`nc -u`, `iperf -u`); no answer is then no proof. */
  readonly protocol: 'tcp' | 'udp';
  readonly outcome: TcpOutcome;
  readonly localAddress?: string;
  readonly localPort?: number;
  /** Until the connection stood, or the attempt was given up. */
  readonly milliseconds?: number;
  /** HTTP status that came over the connection. */
  readonly httpStatus?: number;
  /** What was measured over the connection. */
  readonly transfer?: { readonly bitsPerSecond: number; readonly retransmits?: number };
  /** The tool's own words on a failure. */
  readonly what?: string;
}

/**
 * `connected`: the handshake was done. `tls-failed`, `reset`, `stalled`: it was, and then broke or went silent. All others: there was none.
 */
export type TcpOutcome =
  | 'connected'
  | 'tls-failed'
  | 'reset'
  | 'stalled'
  | 'refused'
  | 'timeout'
  | 'no-route'
  | 'blocked'
  | 'dns-failed'
  | 'failed';

/** One run of arping. */
export interface ArpProbeFact extends Fact {
  readonly kind: 'arp-probe';
  readonly target: string;
  readonly source?: string;
  readonly dev?: string;
  readonly transmitted?: number;
  readonly received: number;
  readonly complete: boolean;
  /** Who answered; two of them own one address. */
  readonly answers: readonly { readonly lladdr: string; readonly address?: string; readonly line: number }[];
}

/** One flow that Cilium showed (`hubble observe`, `cilium monitor`). */
export interface FlowVerdictFact extends Fact {
  readonly kind: 'flow-verdict';
  /** `namespace/pod`, an address, or `host`, `world` …, as printed. */
  readonly source: string;
  readonly destination: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly protocol?: string;
  readonly verdict: 'forwarded' | 'dropped' | 'error' | 'audit' | 'redirected' | 'traced' | 'translated';
  /** `to-endpoint`, `Policy denied`, … */
  readonly reason?: string;
  /** TCP flags as printed. */
  readonly tcpFlags?: string;
}
