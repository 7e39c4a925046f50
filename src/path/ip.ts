import { formatAddress, parseAddress } from '../kit/index.js';
import type { Ip } from './types.js';

const ips = new Map<string, Ip | undefined>();
/** An address by any of its texts, with the canonical one: `fd00:42:0::5` is `fd00:42::5`. The cache is bounded: dumps are hostile. */
export function ipOf(text: string): Ip | undefined {
  let ip = ips.get(text);
  if (ip === undefined && !ips.has(text)) {
    if (ips.size > 200_000) ips.clear();
    const address = parseAddress(text);
    ip = address && { ...address, text: formatAddress(address) };
    ips.set(text, ip);
  }
  return ip;
}
