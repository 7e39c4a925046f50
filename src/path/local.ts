import type { At } from '../kit/index.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { isTracking, unjoined } from './fragments.js';
import { byPolicy } from './ipsec.js';
import { listening, overflown, unlistedPort } from './listen.js';
import type { Machine } from './machine.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import { decapsulate } from './tunnel.js';
import type { Packet } from './types.js';
import { presumeOf } from './unplaced.js';
import { doubtSetting, settingWithheld } from './withheld.js';

/** A packet for this stack itself (ip_local_deliver): INPUT, then a tunnel or a socket. */
export function receiveLocal(w: Walk, machine: Machine, dev: string, packet: Packet, passage: Passage): Arrival {
  const tracked = isTracking(machine.ruleset(packet.src.family));
  const stuck = tracked ? undefined : unjoined(w, machine, dev, packet, 'stack');
  if (stuck) return stuck;
  const ended = runHook(w, machine, 'input', packet, { iif: dev }, passage);
  if (ended) return ended;
  const blocked = byPolicy(w, machine, 'in', packet, { iif: dev, conn: passage.conn });
  if (blocked) return blocked;
  if (packet.inner) return decapsulate(w, machine, packet, packet.inner);
  const device = machine.devices.get(dev);
  // tcp_v4_rcv takes PACKET_HOST only.
  if (packet.group && packet.proto === 'tcp')
    return drop(w, 'deliver', machine, 'TCP takes no packet that came as a frame for all', [], { dev });
  if (packet.role === 'request') {
    const closed = listening(machine, packet, dev);
    if (closed)
      return drop(w, 'deliver', machine, closed.says, closed.at, {
        dev,
        by: 'closed-port',
        answer: packet.proto === 'tcp' ? 'tcp reset' : 'icmp port-unreachable',
      });
    const full = overflown(machine, packet, dev);
    if (full) {
      const says = `tcp port ${packet.dport} takes no more connections: ${full.recvQ} wait to be accepted, and ${full.sendQ} may`;
      return drop(w, 'deliver', machine, says, [full.at], { dev, by: 'accept-queue' });
    }
    const key = packet.dst.family === 4 ? 'icmp_echo_ignore_all' : 'icmp.echo_ignore_all';
    const ignore = machine.sysctl(`net.ipv${packet.dst.family}.${key}`);
    if (packet.proto === 'icmp' && (ignore?.value ?? '0') !== '0')
      return drop(w, 'deliver', machine, `${key} is on`, [ignore?.at], { dev });
    if (packet.proto === 'icmp') doubtSetting(w, machine, `net.ipv${packet.dst.family}.${key}`);
  }
  presumeOf(w, machine);
  const unlisted = packet.role === 'request' ? unlistedPort(w.world, machine, packet, dev) : undefined;
  if (unlisted) doubt(w, unlisted, 'lost');
  note(w, 'deliver', machine, `${packet.dst.text} receives it from ${packet.src.text}`, [], dev);
  return { kind: 'arrived', machine, packet, dev: device };
}

/** What is for a broadcast address is no TCP, and no echo request unless the stack is told to answer those (tcp_conn_request, icmp_echo). */
export function askedOfAll(
  w: Walk,
  { machine, name }: Device,
  { proto, dst, role }: Packet,
  at: readonly At[],
): Arrival | undefined {
  const key = 'net.ipv4.icmp_echo_ignore_broadcasts';
  const ignores = machine.sysctl(key);
  const isEcho = proto === 'icmp' && role === 'request' && (ignores?.value ?? '1') !== '0';
  if (proto !== 'tcp' && !isEcho) return undefined;
  const missing = isEcho && !ignores ? settingWithheld(machine, key) : undefined;
  if (missing) return { kind: 'unknown', missing };
  return drop(w, 'deliver', machine, `${dst.text} is a broadcast address: nobody answers`, at, { dev: name });
}
