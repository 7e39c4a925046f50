import type { DnsQueryFact, PingFact } from '../facts/index.js';
import type { Machine } from './machine.js';
import type { Ip, Observation, Probe } from './types.js';

const ofPing = (p: PingFact): Observation | undefined => {
  if (p.received > 0)
    return { ok: true, says: `ping: ${p.received} of ${p.transmitted ?? p.received} answered`, at: p.at };
  // Without the closing statistics silence proves nothing.
  return p.complete && (p.transmitted ?? 0) > 0
    ? { ok: false, says: `ping: none of ${p.transmitted} answered`, at: p.at }
    : undefined;
};

const ofQuery = (q: DnsQueryFact): Observation | undefined => {
  if (q.outcome === 'answered') return { ok: true, says: `DNS query for ${q.name}: answered`, at: q.at };
  return q.outcome === 'failed' ? undefined : { ok: false, says: `DNS query for ${q.name}: ${q.outcome}`, at: q.at };
};

/** What the captures of the asking stack show of the same probe, oldest first. */
export function observations(machine: Machine, dst: Ip, probe: Probe): readonly Observation[] {
  if (!machine.captured) return [];
  if (probe.proto === 'icmp')
    return machine
      .facts('ping')
      .filter((p) => (p.address ?? p.target) === dst.text && p.source === undefined && p.dontFragment === undefined)
      .flatMap((p) => ofPing(p) ?? []);
  if (probe.port !== 53) return [];
  const { proto } = probe;
  return machine
    .facts('dns-query')
    .filter((q) => q.server === dst.text && (q.port ?? 53) === 53 && (q.transport ?? 'udp') === proto)
    .flatMap((q) => ofQuery(q) ?? []);
}
