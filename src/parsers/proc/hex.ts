import { formatAddress, maskLength } from '../../kit/index.js';

/*
 * The kernel prints an IPv4 address of /proc/net as one number in the machine's own byte order: `0100007F` is 127.0.0.1 on all but
 * s390x and old PowerPC. IPv6 in tcp6 and udp6 is four such numbers; in if_inet6 and ipv6_route it is 16 bytes in their order.
 */
export type Order = 'little' | 'big';

const reversed = (hex: string): string => hex.slice(6, 8) + hex.slice(4, 6) + hex.slice(2, 4) + hex.slice(0, 2);

const word = (hex: string, order: Order): number => Number.parseInt(order === 'little' ? reversed(hex) : hex, 16);

/** 8 or 32 hexadecimal digits to an address. */
export function hexAddress(hex: string, order: Order): string {
  const words: number[] = [];
  for (let i = 0; i < hex.length; i += 8) words.push(word(hex.slice(i, i + 8), order));
  return formatAddress({ family: words.length === 1 ? 4 : 6, words });
}

/** Prefix length of a mask; undefined when it has holes, as one read in the wrong order has. */
export const hexMask = (hex: string, order: Order): number | undefined => maskLength(hexAddress(hex, order));

export const isHex = (text: string, digits: number): boolean => text.length === digits && /^[\da-fA-F]+$/.test(text);
