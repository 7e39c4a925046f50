import { type Arrival, drop, type Walk } from './context.js';
import { ipOf } from './ip.js';
import { receiveLocal } from './local.js';
import type { Machine } from './machine.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import type { Packet } from './types.js';

/** All addresses of IPv4 are one neighbour of lo (__ipv4_neigh_lookup_noref). */
const ANY = ipOf('0.0.0.0');

/**
 * An entry of lo with another lladdr than its own, which is all zeros. What goes by it comes in again as somebody else's (eth_type_trans gives it
 * PACKET_OTHERHOST), and ip_rcv, ip6_rcv drop it.
 */
function astray(machine: Machine, { dst }: Packet) {
  const key = dst.family === 4 ? ANY : dst;
  return key && machine.neighbours('lo', key).find((n) => n.lladdr !== undefined && !/^[0:]+$/.test(n.lladdr));
}

/** By lo back to the stack that sends it, with its flow and its route still attached (loopback_xmit). */
export function overLoopback(w: Walk, machine: Machine, packet: Packet, passage: Passage): Arrival {
  const done = runHook(w, machine, 'postrouting', packet, { oif: 'lo', nexthop: packet.dst }, passage);
  if (done) return done;
  const lo = machine.devices.get('lo');
  if (lo?.up === false) return drop(w, 'transmit', machine, 'lo is down', [lo.at], { dev: 'lo' });
  const entry = astray(machine, packet);
  if (entry) {
    const says = `an entry of lo gives what the stack sends to itself the lladdr ${entry.lladdr}, which lo does not have`;
    return drop(w, 'neighbour', machine, says, [entry.at], { dev: 'lo' });
  }
  return (
    runHook(w, machine, 'prerouting', packet, { iif: 'lo' }, passage) ?? receiveLocal(w, machine, 'lo', packet, passage)
  );
}
