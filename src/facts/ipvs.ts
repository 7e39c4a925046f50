import type { Fact } from '../kit/index.js';

/** A real server of a virtual service. */
export interface IpvsDestination {
  /** Canonical; absent where `name` is printed in its place. */
  readonly address?: string;
  readonly name?: string;
  /** Absent where only its name is printed and the name is not a well-known one; 0 of a service by mark is the packet's own port. */
  readonly port?: number;
  /**
   * ipvsadm's words in lower case: `masq` (NAT), `route` (the packet goes on unchanged to the server's MAC), `tunnel`, `local`; `bypass` and
   * `unknwn` of /proc. Absent in listings of counters. A `-g` of ipvsadm -S is `route` also for a local server.
   */
  readonly forward?: string;
  readonly tunnel?: {
    readonly type: string;
    readonly port?: number;
    /** Checksum of the tunnel's header: `nocsum`, `csum`, `remcsum`. */
    readonly checksum?: string;
  };
  /** 0: no new connections go there. */
  readonly weight?: number;
  readonly active?: number;
  readonly inactive?: number;
  /** Columns of `--stats`, `--rate`, `--thresholds`, `--persistent-conn` by their titles, without `--exact` rounded. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Line in the file of the service. */
  readonly line: number;
}

/** A virtual service of IPVS and where it sends to. */
export interface IpvsServiceFact extends Fact {
  readonly kind: 'ipvs-service';
  /** `tcp`, `udp`, `sctp`. Absent for a service by mark. */
  readonly protocol?: string;
  readonly family: 4 | 6;
  /** Canonical; absent for a service by mark, and where `name` is printed in its place. */
  readonly address?: string;
  readonly name?: string;
  /** 0: all ports (of a persistent service). Absent: by mark, or printed as a name that is not well-known. */
  readonly port?: number;
  /** Packets with this mark. */
  readonly fwmark?: number;
  /** `rr`, `wrr`, `lc`, `sh`, `mh` …; absent in listings of counters. */
  readonly scheduler?: string;
  /** `sh-port`, `mh-fallback`, `flag-1`. */
  readonly schedulerFlags?: readonly string[];
  /** Seconds for which a client stays with its destination. */
  readonly persistent?: number;
  /** Prefix length within which clients count as one; absent: each for itself. */
  readonly persistentPrefix?: number;
  /** Persistence engine: `sip`. */
  readonly engine?: string;
  /** `ops`: each packet of UDP is scheduled for itself. */
  readonly onePacket?: true;
  readonly counts?: Readonly<Record<string, number>>;
  readonly destinations: readonly IpvsDestination[];
  /** How many destinations there are beside those: masked, in columns that nothing here knows. */
  readonly unread?: number;
}

/**
 * IPVS' connections of one capture, in its order. Columns and no object per line: a busy node has a hundred thousand. An address that is
 * printed as a name is '', such a port -1.
 */
export interface IpvsConnectionsFact extends Fact {
  readonly kind: 'ipvs-connections';
  /** `tcp`, `udp`, `sctp`, `ip` (templates of services by mark). */
  readonly protocol: readonly string[];
  /** `ESTABLISHED`, `FIN_WAIT`; `NONE` for a template, which keeps a client with its destination. */
  readonly state: readonly string[];
  /** Seconds that it has left. */
  readonly expires: readonly number[];
  readonly client: readonly string[];
  readonly clientPort: readonly number[];
  readonly virtual: readonly string[];
  readonly virtualPort: readonly number[];
  readonly destination: readonly string[];
  readonly destinationPort: readonly number[];
  readonly lines: readonly number[];
}

/** What IPVS is set to as a whole. */
export interface IpvsSettingsFact extends Fact {
  readonly kind: 'ipvs-settings';
  /** `1.2.1` */
  readonly version?: string;
  /** Buckets of the table of connections. */
  readonly tableSize?: number;
  /** Seconds. */
  readonly timeouts?: { readonly tcp: number; readonly tcpFin: number; readonly udp: number };
}

/** A daemon that sends its connections to another load balancer, or takes them. */
export interface IpvsDaemonFact extends Fact {
  readonly kind: 'ipvs-daemon';
  readonly role: 'master' | 'backup';
  readonly dev: string;
  readonly syncId: number;
  readonly maxLength?: number;
  readonly group?: string;
  readonly port?: number;
  readonly ttl?: number;
}
