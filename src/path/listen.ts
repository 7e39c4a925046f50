import type { SocketFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { Machine } from './machine.js';
import type { Packet } from './types.js';

/** `0.0.0.0`, `::` and `*` take any address; `::` IPv4 as well (bindv6only is off unless somebody set it), `0.0.0.0` no IPv6. */
const ANY: Readonly<Record<4 | 6, ReadonlySet<string>>> = {
  4: new Set(['0.0.0.0', '::', '*']),
  6: new Set(['::', '*']),
};

function takes(socket: SocketFact, packet: Packet): boolean {
  if (socket.protocol !== packet.proto) return false;
  // Names in place of a port or an address may be the one that is asked for.
  if (socket.port !== undefined && socket.port !== packet.dport) return false;
  return (
    socket.address === undefined || ANY[packet.dst.family].has(socket.address) || socket.address === packet.dst.text
  );
}

/** Why nothing takes the packet: only a full list of the sockets can say so. Undefined: something listens, or nobody knows. */
export function listening(
  machine: Machine,
  packet: Packet,
): { readonly says: string; readonly at: readonly At[] } | undefined {
  if (!machine.captured || (packet.proto !== 'tcp' && packet.proto !== 'udp')) return undefined;
  const scope = { protocol: packet.proto, state: packet.proto === 'tcp' ? 'LISTEN' : 'UNCONN' };
  if (machine.missing('socket', 'sockets', scope)) return undefined;
  if (machine.facts('socket').some((s) => takes(s, packet))) return undefined;
  return { says: `nothing listens on ${packet.proto} port ${packet.dport}`, at: [] };
}
