import type { AnyFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';

/** Fields that hold addresses, whatever the object is. */
const ADDRESSES: ReadonlySet<string> = new Set([
  'internalIps',
  'externalIps',
  'ips',
  'hostIp',
  'clusterIps',
  'ciliumIps',
  'ip',
]);
const KINDS: ReadonlySet<string> = new Set(['node', 'pod', 'service', 'endpoints', 'cilium-node']);

const canonical = (text: unknown): unknown => (typeof text === 'string' ? (canonicalAddress(text) ?? text) : text);

/** Value of one field; what is no address (a load balancer's name) stays as it stands. */
function canonicalField(name: string, value: unknown): unknown {
  if (ADDRESSES.has(name)) return Array.isArray(value) ? value.map(canonical) : canonical(value);
  if (name === 'podCidrs' && Array.isArray(value)) return value.map((c) => canonicalPrefix(String(c)) ?? c);
  if (name === 'addresses' && Array.isArray(value))
    return value.map((a) =>
      typeof a === 'object' && a !== null ? { ...a, ip: canonical((a as { ip?: unknown }).ip) } : a,
    );
  return value;
}

/** The API server hands back IPv6 addresses as somebody typed them: `fd00:244:0::2` is `fd00:244::2` everywhere else. */
export function canonicalObject<F extends Draft<AnyFact>>(fact: F): F {
  if (!KINDS.has(fact.kind)) return fact;
  return Object.fromEntries(Object.entries(fact).map(([name, value]) => [name, canonicalField(name, value)])) as F;
}
