import type { ConnectionsFact, SocketFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { type Located, numberAt, textAt } from '../text/located.js';
import { addressAt } from './values.js';

/*
 * {"l":"0.0.0.0","lp":10250,"r":"0.0.0.0","rp":0,"p":"tcp","st":0}
 *
 * Listeners (0), connections (1), and all other states in one (2), which no fact can say (pkg/skoop/netstack/socket.go).
 */
const LISTEN = 0;
const ESTABLISHED = 1;

const column = <T>(rows: readonly Located[], of: (row: Located) => T): readonly T[] => rows.map(of);

/** The connections of one protocol. */
function connectionsOf(rows: readonly Located[], protocol: string, firstLine: number): Draft<ConnectionsFact> {
  return {
    kind: 'connections',
    protocol,
    state: column(rows, () => 'ESTAB'),
    local: column(rows, (r) => addressAt(r, 'l') ?? ''),
    localPort: column(rows, (r) => numberAt(r, 'lp') ?? 0),
    peer: column(rows, (r) => addressAt(r, 'r') ?? ''),
    peerPort: column(rows, (r) => numberAt(r, 'rp') ?? 0),
    process: column(rows, () => ''),
    lines: column(rows, (r) => firstLine + r.line),
    recvQ: {},
    sendQ: {},
  };
}

function push(lists: Map<string, Located[]>, key: string, row: Located): void {
  const list = lists.get(key);
  if (list) list.push(row);
  else lists.set(key, [row]);
}

/** Listeners one by one, connections by protocol. `firstLine` is the number of the text's first line. */
export function readSockets(
  rows: readonly Located[],
  firstLine: number,
  fact: (line: number, fact: Draft<SocketFact | ConnectionsFact>) => void,
): void {
  const connected = new Map<string, Located[]>();
  for (const row of rows) {
    const protocol = textAt(row, 'p') ?? '';
    const state = numberAt(row, 'st');
    const address = addressAt(row, 'l');
    const port = numberAt(row, 'lp');
    if (!/^[a-z]{3,8}$/.test(protocol) || address === undefined || port === undefined) continue;
    if (state === ESTABLISHED) push(connected, protocol, row);
    else if (state === LISTEN)
      fact(row.line, {
        kind: 'socket',
        protocol,
        family: address.includes(':') ? 6 : 4,
        state: protocol === 'tcp' ? 'LISTEN' : 'UNCONN',
        address,
        port,
      });
  }
  for (const [protocol, of] of connected) fact(of[0]?.line ?? 0, connectionsOf(of, protocol, firstLine));
}
