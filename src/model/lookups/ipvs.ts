import type { IpvsDestination, IpvsServiceFact } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';

/** A packet as IPVS looks for its service. */
export interface IpvsPacket {
  readonly protocol: string;
  readonly family: 4 | 6;
  /** Canonical. */
  readonly destination: string;
  readonly port: number;
  readonly mark?: number;
}

/**
 * The service that takes a packet of no known connection (ip_vs_ctl.c ip_vs_service_find): by mark before all, then by address and port, then
 * the one for all ports of the address. FTP's data connections, which follow their control connection, are left out; so are services that
 * are printed by a name.
 */
export function ipvsServiceOf(services: readonly IpvsServiceFact[], p: IpvsPacket): IpvsServiceFact | undefined {
  const ofFamily = services.filter((s) => s.family === p.family);
  const marked = p.mark ? ofFamily.find((s) => s.fwmark === p.mark) : undefined;
  if (marked) return marked;
  const there = ofFamily.filter((s) => s.protocol === p.protocol && s.address === p.destination);
  return there.find((s) => s.port === p.port) ?? there.find((s) => s.port === 0);
}

/**
 * Where a service may send new connections: schedulers pass over a weight of 0. Listings of counters tell no weights; such a destination may
 * take some.
 */
export const ipvsTakers = (service: IpvsServiceFact): readonly IpvsDestination[] =>
  service.destinations.filter((d) => d.weight !== 0);

export const destinationAt = (service: IpvsServiceFact, destination: IpvsDestination): At =>
  at(fileOf(service.at), destination.line);
