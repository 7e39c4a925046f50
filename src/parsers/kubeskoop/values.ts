import { canonicalAddress, parseAddress } from '../../kit/index.js';
import { type Located, textAt } from '../text/located.js';

/*
 * Go writes a byte slice (net.IPMask, net.HardwareAddr) as base64, a net.IP as text, a nil one as "". The numbers are those of rtnetlink.
 */

function bytesOf(base64: string): readonly number[] | undefined {
  if (!/^[A-Za-z0-9+/]{0,64}={0,2}$/.test(base64)) return undefined;
  try {
    return [...atob(base64)].map((c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** `Hkd+CxU8` → `1e:47:7e:0b:15:3c`; '' for a device without one. */
export function lladdrOf(base64: string): string | undefined {
  return bytesOf(base64)
    ?.map((b) => b.toString(16).padStart(2, '0'))
    .join(':');
}

/** Length of a mask without holes. */
function lengthOf(base64: string): number | undefined {
  const bits = bytesOf(base64)
    ?.map((b) => b.toString(2).padStart(8, '0'))
    .join('');
  if (bits === undefined || bits === '' || !/^1*0*$/.test(bits)) return undefined;
  return bits.replaceAll('0', '').length;
}

export interface Net {
  readonly address: string;
  readonly family: 4 | 6;
  readonly length: number;
}

/** `{"IP":"10.244.1.0","Mask":"////AA=="}`; undefined for what is none. */
export function netOf(node: Located | undefined): Net | undefined {
  const address = canonicalAddress(textAt(node, 'IP') ?? '');
  const length = lengthOf(textAt(node, 'Mask') ?? '');
  const family = address === undefined ? undefined : parseAddress(address)?.family;
  return address === undefined || length === undefined || family === undefined || length > (family === 4 ? 32 : 128)
    ? undefined
    : { address, family, length };
}

/** An address, where one is set. */
export function addressAt(node: Located | undefined, key: string): string | undefined {
  const text = textAt(node, key);
  return text === undefined || text === '' ? undefined : canonicalAddress(text);
}

/** Names of the bits that are set. */
export const bitsOf = (value: number, names: readonly (readonly [number, string])[]): string[] =>
  names.flatMap(([bit, name]) => ((value & bit) !== 0 ? [name] : []));
