import type { SocketFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { Missing, Scope } from '../model/types.js';
import type { Machine } from './machine.js';
import type { Ip, Packet } from './types.js';
import type { World } from './world.js';

/** `0.0.0.0`, `::` and `*` take any address; `::` IPv4 as well (bindv6only is off unless somebody set it), `0.0.0.0` no IPv6. */
const ANY: Readonly<Record<4 | 6, ReadonlySet<string>>> = {
  4: new Set(['0.0.0.0', '::', '*']),
  6: new Set(['::', '*']),
};

/** What `ss` calls a socket that takes whatever comes. */
const STATE: Readonly<Record<string, string>> = { tcp: 'LISTEN', udp: 'UNCONN' };
const scopeOf = ({ proto }: Packet): Scope => ({ protocol: proto, state: STATE[proto] ?? '' });

/** `dev`: the packet came in by it. What is bound to a device takes nothing else (inet_bound_dev_eq). */
function takes(socket: SocketFact, packet: Packet, dev: string): boolean {
  if (socket.protocol !== packet.proto) return false;
  if (socket.dev !== undefined && socket.dev !== dev) return false;
  // Names in place of a port or an address may be the one that is asked for.
  if (socket.port !== undefined && socket.port !== packet.dport) return false;
  return takesAddress(socket, packet.dst);
}

const takesAddress = ({ address, v6only }: SocketFact, { family, text }: Ip): boolean =>
  address === undefined || address === text || (ANY[family].has(address) && !(family === 4 && v6only === true));

/** Why nothing takes the packet: only a full list of the sockets can say so. Undefined: something listens, or nobody knows. */
export function listening(
  machine: Machine,
  packet: Packet,
  dev: string,
): { readonly says: string; readonly at: readonly At[] } | undefined {
  if (!machine.captured || (packet.proto !== 'tcp' && packet.proto !== 'udp')) return undefined;
  if (machine.missing('socket', 'sockets', scopeOf(packet))) return undefined;
  const sockets = machine.facts('socket').filter((s) => takes(s, packet, dev));
  if (sockets.length > 0) return undefined;
  return { says: `nothing listens on ${packet.proto} port ${packet.dport}`, at: [] };
}

/** The listener that takes no SYN any more, because as many connections as may wait for accept, and one, do (sk_acceptq_is_full, tcp_conn_request). */
export function overflown(machine: Machine, packet: Packet, dev: string): SocketFact | undefined {
  if (packet.proto !== 'tcp' || !machine.captured) return undefined;
  const sockets = machine.facts('socket').filter((s) => s.state === STATE['tcp'] && takes(s, packet, dev));
  const isFull = ({ recvQ, sendQ }: SocketFact): boolean => recvQ !== undefined && sendQ !== undefined && recvQ > sendQ;
  return sockets.every(isFull) ? sockets[0] : undefined;
}

/** Sockets that wait for whoever asks `ip`, by whichever device, in the stacks that count; none: no capture tells one. */
export const openSockets = (
  world: World,
  ip: Ip,
  counts: (machine: Machine) => boolean = () => true,
): readonly SocketFact[] =>
  world
    .owners(ip)
    .flatMap((m) => (m.captured && counts(m) ? m.facts('socket') : []))
    .filter((s) => s.state === STATE[s.protocol] && s.port !== undefined && s.dev === undefined && takesAddress(s, ip));

/** A TCP port that something listens on for whoever asks `ip`; undefined: no capture tells one. */
export const openPort = (world: World, ip: Ip): number | undefined =>
  openSockets(world, ip).find((s) => s.protocol === 'tcp')?.port;

const listed = new WeakMap<World, Map<string, boolean>>();

/** Were the sockets of any stack like it captured, of a node or of a pod? Then those of this one could be known. */
function areListed(world: World, { netns }: Machine, scope: Scope): boolean {
  const known = listed.get(world) ?? new Map<string, boolean>();
  listed.set(world, known);
  const key = `${scope['protocol']} ${netns === ''}`;
  const value =
    known.get(key) ??
    world.machines.some(
      (m) => (m.netns === '') === (netns === '') && m.missing('socket', 'sockets', scope)?.reason !== 'not-captured',
    );
  known.set(key, value);
  return value;
}

/** An address that is a pod's own: an endpoint there is the pod's promise, not that of a node which takes the address for its own. */
const isOfPod = ({ model }: World, ip: string): boolean =>
  model.facts('pod').some((p) => p.ips.includes(ip) && p.hostIp !== ip && p.hostNetwork !== true) &&
  !model.facts('node').some((n) => n.internalIps.includes(ip));

/** A NodePort that comes to the node's own stack was translated by no rule, and no process serves it: at most kube-proxy holds it. */
const isNodePort = ({ model }: World, { netns }: Machine, { proto, dport }: Packet): boolean =>
  netns === '' &&
  model.facts('service').some((s) => s.ports.some((p) => p.nodePort === dport && p.protocol.toLowerCase() === proto));

/**
 * A port of a stack whose sockets were not captured, while those of others like it were, and of which no endpoint tells that it is open. Where no
 * such stack's sockets were captured, a port that somebody asks for is taken to be open, but not one that only a redirecting rule names.
 */
export function unlistedPort(world: World, machine: Machine, packet: Packet, dev: string): Missing | undefined {
  const { proto, dport, dst } = packet;
  if (machine === world.outside || (proto !== 'tcp' && proto !== 'udp')) return undefined;
  const scope = scopeOf(packet);
  const missing = machine.captured
    ? machine.missing('socket', 'sockets', scope)
    : { node: machine.node, reason: 'not-captured' as const };
  const isDoubtful =
    packet.redirected === true || areListed(world, machine, scope) || isNodePort(world, machine, packet);
  if (!missing || !isDoubtful) return undefined;
  if (machine.facts('socket').some((s) => takes(s, packet, dev))) return undefined;
  const isEndpoint = world.model
    .facts('endpoints')
    .some((e) => e.addresses.some((a) => a.ip === dst.text) && e.ports.some((p) => p.port === dport));
  if (isEndpoint && !(machine.captured && machine.netns === '' && isOfPod(world, dst.text))) return undefined;
  return { ...missing, input: `whether anything listens on ${proto} port ${dport} of ${dst.text}`, supply: 'socket' };
}
