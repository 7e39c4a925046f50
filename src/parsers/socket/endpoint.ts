import { type Address, canonicalAddress, formatIpv4, parseAddress } from '../../kit/index.js';
import { portOf } from './services.js';

/** One end of a socket as it is printed. */
export interface Endpoint {
  readonly family?: 4 | 6;
  /** Canonical, or `*`; absent where a name stands in its place. */
  readonly address?: string;
  readonly port?: number;
  readonly service?: string;
  readonly dev?: string;
}

/** `10.xx.x6.112`, `***HIDDEN***`, `x-ipv4-0000000001-x`: no host is called that. */
const MASKED = /^(?:[\dxX*#]{1,3}(?:\.[\dxX*#]{1,3}){3}|\*{3}.*|x-ipv[46]-\d+-x|\[?redacted\]?)$/i;
const NAME = /^[\w.-]{1,253}$/;

/** A socket of IPv6 that speaks IPv4 has a mapped address (RFC 4291, 2.5.5.2); what it speaks to is the IPv4 one. */
export function unmapped({ words }: Address): string | undefined {
  return words.length === 4 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff
    ? formatIpv4(words[3] ?? 0)
    : undefined;
}

const addressOf = (text: string): string | undefined => {
  const parsed = parseAddress(text);
  return parsed && (unmapped(parsed) ?? canonicalAddress(text));
};

/**
 * `127.0.0.53%lo:53`, `[fe80::1]%eth0:22`, `:::22`, `*:*`, `localhost:smtp`; undefined when the text is no endpoint, 'masked' when what stands
 * there hides an address. `cut`: the tool may have printed the beginning of the address only.
 */
export function endpointOf(text: string, protocol: string, cut = false): Endpoint | 'masked' | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 1 || colon === text.length - 1 || text.length > 300) return undefined;
  const portText = text.slice(colon + 1);
  const port = portOf(portText, protocol);
  if (!/^[\w.*+/-]+$/.test(portText)) return undefined;
  const behind = {
    ...(port !== undefined && { port }),
    ...(!/^[\d*]/.test(portText) && { service: portText }),
  };
  let host = text.slice(0, colon).replace(/[[\]]/g, '');
  const percent = host.indexOf('%');
  const dev = percent === -1 ? undefined : host.slice(percent + 1);
  if (percent !== -1) host = host.slice(0, percent);
  const bound = dev === undefined || dev === '' ? {} : { dev };
  if (host === '*') return { address: '*', ...behind, ...bound };
  const address = addressOf(host);
  if (address !== undefined) {
    const family = address.includes(':') ? 6 : 4;
    return cut && family === 6 ? { family, ...behind, ...bound } : { family, address, ...behind, ...bound };
  }
  if (MASKED.test(host)) return 'masked';
  // The beginning of an IPv6 address, of which 22 characters with the port are printed.
  if (/^[\da-f:]*:[\da-f:.]*$/i.test(host)) return cut ? { family: 6, ...behind, ...bound } : undefined;
  return NAME.test(host) ? { ...behind, ...bound } : undefined;
}
