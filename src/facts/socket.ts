import type { Fact } from '../kit/index.js';

/**
 * One socket without a peer: a listener of TCP, a UDP or raw socket. `ss`, `netstat`, `/proc/net/tcp`. Connected ones stand in
 * ConnectionsFact.
 */
export interface SocketFact extends Fact {
  readonly kind: 'socket';
  /** `tcp`, `udp`, `raw`, `sctp`, `udplite` …, without a family's number. */
  readonly protocol: string;
  /** Absent where `*` is printed: ss means both families by it, its versions before 4.15 IPv4. */
  readonly family?: 4 | 6;
  /** ss's words: `LISTEN`, `UNCONN`. */
  readonly state: string;
  /**
   * Canonical, a mapped one (`::ffff:10.0.0.1`) as IPv4; `0.0.0.0`, `::` (which takes IPv4 as well unless bindv6only is set) or `*` for any. Absent where a name or a cut address
   * is printed in its place.
   */
  readonly address?: string;
  /** It takes no IPv4: as ss tells since 4.15 by `[::]` in the place of `*`. */
  readonly v6only?: true;
  /** The port, of a raw socket the IP protocol; absent where only its name is printed and the name is not a well-known one. */
  readonly port?: number;
  /** The name, where one is printed. */
  readonly service?: string;
  /** Device that the socket is bound to, or of a link-local address. */
  readonly dev?: string;
  /** Of a listener: connections that wait for accept. */
  readonly recvQ?: number;
  /** Of a listener, in ss: how many may wait. */
  readonly sendQ?: number;
  /** Names of the processes that hold it, each once. Absent: not printed; the kernel's own sockets have none. */
  readonly processes?: readonly string[];
}

/**
 * The sockets with a peer of one protocol in one capture, in its order. Columns and no object per line: a busy node has a hundred
 * thousand. An address that is printed as a name is '', such a port 0.
 */
export interface ConnectionsFact extends Fact {
  readonly kind: 'connections';
  readonly protocol: string;
  /** ss's words: `ESTAB`, `SYN-SENT`, `TIME-WAIT` … */
  readonly state: readonly string[];
  readonly local: readonly string[];
  readonly localPort: readonly number[];
  readonly peer: readonly string[];
  readonly peerPort: readonly number[];
  /** First process; '' where none is printed. */
  readonly process: readonly string[];
  readonly lines: readonly number[];
  /** By index, where it is not zero: bytes that the program has not read yet. */
  readonly recvQ: Readonly<Record<number, number>>;
  /** By index, where it is not zero: bytes that the peer has not acknowledged. */
  readonly sendQ: Readonly<Record<number, number>>;
}

/** How many sockets of a kind there are: `ss -s`, `/proc/net/sockstat`. */
export interface SocketUsageFact extends Fact {
  readonly kind: 'socket-usage';
  /** `TCP`, `UDP`, `RAW`, `FRAG`, `INET`, `sockets` for all. */
  readonly protocol: string;
  /** Absent: of both, or the tool does not tell them apart. */
  readonly family?: 4 | 6;
  /** The kernel's words: `inuse orphan tw alloc mem used`; of ss `estab closed` and `total` as well. */
  readonly counts: Readonly<Record<string, number>>;
}
