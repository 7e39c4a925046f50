import { parseAddress } from '../kit/index.js';
import type { Ip } from './types.js';

const ips = new Map<string, Ip | undefined>();
/** An address by its canonical text. The cache is bounded: dumps are hostile. */
export function ipOf(text: string): Ip | undefined {
  let ip = ips.get(text);
  if (ip === undefined && !ips.has(text)) {
    if (ips.size > 200_000) ips.clear();
    const address = parseAddress(text);
    ip = address && { ...address, text };
    ips.set(text, ip);
  }
  return ip;
}
