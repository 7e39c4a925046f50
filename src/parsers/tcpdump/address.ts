import { canonicalAddress } from '../../kit/index.js';

/** Service names that tcpdump prints for ports without `-n` (the few of /etc/services that matter on a node). */
const SERVICES: Readonly<Record<string, number>> = {
  domain: 53,
  http: 80,
  https: 443,
  ssh: 22,
  bgp: 179,
  ntp: 123,
  bootps: 67,
  bootpc: 68,
  otv: 8472,
  vxlan: 4789,
  geneve: 6081,
  mdns: 5353,
  'http-alt': 8080,
  webcache: 8080,
  telnet: 23,
  smtp: 25,
  ftp: 21,
  nfs: 2049,
  sunrpc: 111,
  mysql: 3306,
  postgresql: 5432,
  ldap: 389,
  ldaps: 636,
  kerberos: 88,
  syslog: 514,
  snmp: 161,
  'microsoft-ds': 445,
};

/** A capture names few addresses many times over; reading IPv6 afresh each time took a third of the parser's time. */
const MOST_KNOWN = 4096;
const known = new Map<string, string | undefined>();

export function canonical(text: string): string | undefined {
  if (known.has(text)) return known.get(text);
  const address = canonicalAddress(text);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(text, address);
  return address;
}

/** `46676` or `domain`. */
export const portOf = (text: string): number | undefined => (/^\d{1,5}$/.test(text) ? Number(text) : SERVICES[text]);

/** `10.244.19.19.46676`, `fd00::6.53`, `node09.domain`, `10.244.6.0`. */
export function endpoint(text: string, ports: boolean): { host: string; port?: number } {
  const whole = canonical(text);
  if (whole !== undefined) return { host: whole };
  const dot = text.lastIndexOf('.');
  const port = portOf(text.slice(dot + 1));
  if (dot <= 0 || !ports || port === undefined) return { host: text };
  const host = text.slice(0, dot);
  return { host: canonical(host) ?? host, port };
}
