import type { PacketIcmp } from '../../facts/index.js';
import { mtuIn, probeErrorOf } from '../text/probe-error.js';
import { canonical, portOf } from './address.js';

/* print-icmp.c icmp_print and print-icmp6.c icmp6_print. */
const ECHO = /^(echo (?:request|reply)), id (\d+), seq (\d+)/;
const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?![\w:])/gi;
const ERRORS = /unreachable|exceeded|too big|redirect|source quench|parameter problem/i;

/** `ICMP echo request, id 5874, seq 1, length 64`, `ICMP 10.0.0.1 udp port 53 unreachable, length 122`, `ICMP6, packet too big, mtu 1400`. */
export function icmpOf(info: string): PacketIcmp | undefined {
  const text = /^ICMP6?,? (.*)$/.exec(info.slice(0, 600))?.[1];
  if (text === undefined) return undefined;
  const echo = ECHO.exec(text);
  if (echo) return { type: echo[1] ?? '', id: Number(echo[2]), sequence: Number(echo[3]) };
  const [about, gateway] = (text.match(ADDRESS) ?? []).map((word) => canonical(word));
  // ICMP6 puts the kind in front of the code: `destination unreachable, unreachable port, …`.
  const said = text.replace(/, length \d+.*$/, '');
  const type = said
    .replace(/^destination unreachable, +/, '')
    .replace(/^(neighbor (?:solicitation|advertisement)|router \w+|redirect).*$/, '$1')
    .replace(ADDRESS, '')
    .replace(/\((?:mtu \d+|wrong icmp[^)]*\)!?)\)?.*$/, '')
    .replace(/,.*$/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const error = ERRORS.test(said) ? probeErrorOf(said) : undefined;
  const mtu = error === 'fragmentation-needed' ? mtuIn(said.replace('mtu ', 'mtu=')) : undefined;
  const port = error === 'port-unreachable' ? portOf(/\bport (\S+)/.exec(said)?.[1] ?? '') : undefined;
  return {
    type: type === '' ? 'unknown' : type.slice(0, 80),
    ...(error && { error }),
    ...(about !== undefined && { about }),
    ...(mtu !== undefined && { mtu }),
    ...(port !== undefined && { port }),
    ...(error === 'redirect' && gateway !== undefined && { gateway }),
  };
}
