import { contains, parseAddress, parsePrefix } from '../../kit/index.js';

const GROUPS = ['224.0.0.0/4', 'ff00::/8'].flatMap((text) => parsePrefix(text) ?? []);

/** Is it the address of a multicast group? */
export function isMulticast(text: string): boolean {
  const address = parseAddress(text);
  return address !== undefined && GROUPS.some((group) => contains(group, address));
}
