import { canonicalPrefix, parseIpv4 } from '../ip.js';
import { maskLength } from '../mask.js';

/**
 * `10.0.0.0/255.0.0.0` (iptables before 1.4.20 and hand-written rules) → `10.0.0.0/8`; bare addresses get their full length. A mask with
 * holes in it is legal and stays as it is. Undefined for masked text (`10.xx.x6.112`) and host names.
 */
export function addressOf(text: string): string | undefined {
  const slash = text.indexOf('/');
  if (slash === -1 || text.indexOf('.', slash) === -1) return canonicalPrefix(text);
  const mask = text.slice(slash + 1);
  const address = text.slice(0, slash);
  const length = maskLength(mask);
  if (length !== undefined) return canonicalPrefix(`${address}/${length}`);
  return parseIpv4(address) !== undefined && parseIpv4(mask) !== undefined ? text : undefined;
}
