import type { ConnectionsFact, SocketFact } from '../../facts/index.js';
import type { Sink, Text } from '../../kit/index.js';
import type { Endpoint } from './endpoint.js';

export type SocketsFact = SocketFact | ConnectionsFact;

/** One row of any listing of sockets. */
export interface SocketRow {
  readonly protocol: string;
  readonly family?: 4 | 6;
  /** ss's word. */
  readonly state: string;
  readonly local: Endpoint;
  readonly peer: Endpoint;
  readonly recvQ?: number;
  readonly v6only?: true;
  readonly sendQ?: number;
  processes?: readonly string[];
}

/** States of the kernel by number (include/net/tcp_states.h), in ss's words. */
const BY_NUMBER: readonly string[] = [
  '',
  'ESTAB',
  'SYN-SENT',
  'SYN-RECV',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'UNCONN',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
  'SYN-RECV',
];
export const stateByNumber = (n: number): string | undefined => BY_NUMBER[n] || undefined;

export const STATES: ReadonlySet<string> = new Set([...BY_NUMBER.slice(1), 'UNKNOWN']);

interface Columns {
  readonly first: number;
  readonly state: string[];
  readonly local: string[];
  readonly localPort: number[];
  readonly peer: string[];
  readonly peerPort: number[];
  readonly process: string[];
  readonly lines: number[];
  readonly recvQ: Record<number, number>;
  readonly sendQ: Record<number, number>;
}

/** Each text once and cut loose from its line: columns stay as they are when a fact is stored. */
function pool(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const held = known.get(text);
    if (held !== undefined) return held;
    const own = text.length < 13 ? text : ` ${text}`.slice(1);
    known.set(own, own);
    return own;
  };
}

export interface SocketTable {
  add(line: number, row: SocketRow): void;
  /** Emits what is left; returns whether there was any row. */
  close(): boolean;
  /** Protocols of the rows so far. */
  readonly protocols: ReadonlySet<string>;
}

/** A listing of an unknown command line that shows TCP and UDP was asked for both; one that shows one of them perhaps was not. */
export const showsBoth = ({ protocols }: SocketTable): boolean => protocols.has('tcp') && protocols.has('udp');

/** A socket without a peer. `*:*`, `0.0.0.0:*` and `:::*` are none; a raw socket's state says more than its peer. */
const isBound = ({ state, peer }: SocketRow): boolean =>
  state === 'LISTEN' || state === 'UNCONN' || (peer.port === 0 && /^(?:\*|0\.0\.0\.0|::)$/.test(peer.address ?? ''));

/** Sockets without a peer are facts at once, the others are gathered into columns. */
export function socketTable(text: Text, out: Sink<SocketsFact>): SocketTable {
  const byProtocol = new Map<string, Columns>();
  const own = pool();
  let some = false;
  const connect = (line: number, row: SocketRow): void => {
    let c = byProtocol.get(row.protocol);
    if (!c) {
      c = {
        first: line,
        state: [],
        local: [],
        localPort: [],
        peer: [],
        peerPort: [],
        process: [],
        lines: [],
        recvQ: {},
        sendQ: {},
      };
      byProtocol.set(row.protocol, c);
    }
    const i = c.state.length;
    c.state.push(own(row.state));
    c.local.push(own(row.local.address ?? ''));
    c.localPort.push(row.local.port ?? 0);
    c.peer.push(own(row.peer.address ?? ''));
    c.peerPort.push(row.peer.port ?? 0);
    c.process.push(own(row.processes?.[0] ?? ''));
    c.lines.push(text.firstLine + line);
    if (row.recvQ) c.recvQ[i] = row.recvQ;
    if (row.sendQ) c.sendQ[i] = row.sendQ;
    out.part(line);
  };
  const protocols = new Set<string>();
  return {
    protocols,
    add(line, row) {
      some = true;
      protocols.add(row.protocol);
      if (!isBound(row)) {
        connect(line, row);
        return;
      }
      const { local } = row;
      const family = row.family ?? local.family;
      out.fact(line, {
        kind: 'socket',
        protocol: row.protocol,
        ...(family !== undefined && { family }),
        state: row.state,
        ...(local.address !== undefined && { address: local.address }),
        ...(row.v6only && { v6only: true as const }),
        ...(local.port !== undefined && { port: local.port }),
        ...(local.service !== undefined && { service: local.service }),
        ...(local.dev !== undefined && { dev: local.dev }),
        ...(row.recvQ !== undefined && { recvQ: row.recvQ }),
        ...(row.sendQ !== undefined && { sendQ: row.sendQ }),
        ...(row.processes && { processes: row.processes }),
      });
    },
    close() {
      // The grown arrays are half empty: copies are as long as they need to be.
      for (const [protocol, { first, ...columns }] of byProtocol)
        out.fact(first, {
          kind: 'connections',
          protocol,
          state: columns.state.slice(),
          local: columns.local.slice(),
          localPort: columns.localPort.slice(),
          peer: columns.peer.slice(),
          peerPort: columns.peerPort.slice(),
          process: columns.process.slice(),
          lines: columns.lines.slice(),
          recvQ: columns.recvQ,
          sendQ: columns.sendQ,
        });
      return some;
    },
  };
}
