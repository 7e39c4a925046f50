import { ipvsServiceOf, ipvsTakers } from '../../model/lookups/index.js';
import { type Arrival, drop, type Walk } from '../context.js';
import type { Machine } from '../machine.js';
import type { Packet } from '../types.js';

/**
 * IPVS takes what is for this host behind the rules of INPUT (net/netfilter/ipvs/ip_vs_core.c, ip_vs_ops4: NF_IP_PRI_NAT_SRC - 2). Where it
 * sends it on to is not walked; that nothing listens on a service's address says nothing. A service without a destination that takes
 * connections answers itself (ip_vs_leave). Undefined: no service takes the packet.
 */
export function throughIpvs(w: Walk, machine: Machine, packet: Packet, dev: string): Arrival | undefined {
  if (packet.role !== 'request') return undefined;
  const service = ipvsServiceOf(machine.facts('ipvs-service'), {
    protocol: packet.proto,
    family: packet.dst.family,
    destination: packet.dst.text,
    port: packet.dport,
    mark: packet.mark,
  });
  if (!service) return undefined;
  const name =
    service.fwmark === undefined
      ? `IPVS service ${packet.proto} ${packet.dst.text}:${service.port}`
      : `IPVS service of mark ${service.fwmark}`;
  if (ipvsTakers(service).length === 0 && !service.unread) {
    const at = [service.at];
    return drop(w, 'netfilter', machine, `${name} has no destination`, at, { dev, answer: 'icmp port-unreachable' });
  }
  const { node } = machine;
  return {
    kind: 'unknown',
    missing: { node, input: name, reason: 'unsupported', detail: 'IPVS sends it on', at: service.at },
  };
}
