import { parseIpv4 } from './ip.js';

/** `255.255.255.0` → 24; undefined for text that is no netmask (holes in it are allowed by iptables, not by routes). */
export function maskLength(mask: string): number | undefined {
  const value = parseIpv4(mask);
  if (value === undefined) return undefined;
  const zeros = value === 0 ? 32 : 31 - Math.clz32(value & -value);
  return value === (zeros === 32 ? 0 : (0xffffffff << zeros) >>> 0) ? 32 - zeros : undefined;
}
