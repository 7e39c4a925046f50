import { formatAddress, formatIpv4, parseAddress, parseIpv4, portOf } from '../../kit/index.js';
import { isMasked } from '../text/masked.js';
import { own } from '../text/own.js';

/** An address with its port, in a tool's words or /proc's. */
export interface Endpoint {
  readonly family: 4 | 6;
  readonly address?: string;
  /** Printed in place of the address. */
  readonly name?: string;
  readonly port?: number;
}

const HEX4 = /^[\dA-F]{8}$/;
/** `%pI6`: all groups in full, as inet_ntop seldom prints them. */
const HEX6 = /^(?:[\da-f]{4}:){7}[\da-f]{4}$/;
const HEX_PORT = /^[\dA-F]{4}$/;

/** `0A600001`, or an IPv6 address; undefined for anything else. */
export function hexAddress(text: string): Pick<Endpoint, 'family' | 'address'> | undefined {
  if (HEX4.test(text)) return { family: 4, address: formatIpv4(Number.parseInt(text, 16)) };
  const parsed = parseAddress(text);
  return parsed && { family: parsed.family, address: formatAddress(parsed) };
}

/** `01BB` */
export const hexPort = (text: string): number | undefined =>
  HEX_PORT.test(text) ? Number.parseInt(text, 16) : undefined;

function decimalPort(text: string): number | undefined {
  if (/^\d{1,5}$/.test(text)) return Number(text) <= 65535 ? Number(text) : undefined;
  return portOf(text);
}

/** `ipvsadm -L` has so many characters for an IPv4 name with its port (ipvsadm.c, `svc_name[33]`, `dname[28]`) and cuts what is longer. */
const MOST = 28;

/** A listed name whose port was cut off, or may be the beginning of another; undefined for any other text. */
export function cutName(text: string): string | undefined {
  const [host = '', port = ''] = text.split(':');
  if (text.length !== MOST || !/^[A-Za-z][\w.-]*$/.test(host)) return undefined;
  return /^(?:\d{0,4}|http)$/.test(port) ? host : undefined;
}

/** `10.96.0.1:443`, `[fd00::1]:https`, `lb.example.com:http`; with `hex` as /proc/net/ip_vs has it. Else the reason why it is none. */
export function readEndpoint(text: string, hex: boolean | undefined): Endpoint | string {
  const colon = text.lastIndexOf(':');
  if (colon <= 0 || text.length > 200) return 'not an address with its port';
  const bare = text.slice(0, colon);
  const inside = bare.startsWith('[') && bare.endsWith(']');
  const host = inside ? bare.slice(1, -1) : bare;
  const word = text.slice(colon + 1);
  // Whose blanks were lost looks like /proc's; a dotted quad is not.
  const quad = parseIpv4(host) !== undefined;
  const isHex = !quad && (hex ?? (HEX_PORT.test(word) && (HEX4.test(host) || (inside && HEX6.test(host)))));
  const found = isHex ? hexAddress(host) : parsed(host);
  const port = isHex ? hexPort(word) : decimalPort(word);
  if (isHex && port === undefined) return 'not an address with its port';
  if (found) return { ...found, ...(port !== undefined && { port }) };
  if (isMasked(host)) return 'the address is masked';
  if (isHex || !/^[\w.-]+$/.test(host) || !/^[\w.*+-]+$/.test(word)) return 'not an address with its port';
  return { family: inside ? 6 : 4, name: host, ...(port !== undefined && { port }) };
}

function parsed(host: string): Pick<Endpoint, 'family' | 'address'> | undefined {
  // Dotted quads have one form.
  if (parseIpv4(host) !== undefined) return { family: 4, address: own(host) };
  const address = parseAddress(host);
  return address && { family: address.family, address: formatAddress(address) };
}
