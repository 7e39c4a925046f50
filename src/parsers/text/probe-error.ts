import type { ProbeError } from '../../facts/index.js';

/*
 * Words by which the tools name an ICMP error or errno: iputils ping/ping.c pr_icmph and ping6_common.c, BSD ping.c, tcpdump print-icmp.c
 * and print-icmp6.c, glibc strerror. Order counts: `unreachable - need to frag` is no plain `unreachable`.
 */
const WORDS: readonly (readonly [RegExp, ProbeError])[] = [
  [
    /need to frag|needs to be fragmented|frag(?:mentation)? ?-?needed|packet too big|message too (?:long|big|large)|payload too big/i,
    'fragmentation-needed',
  ],
  [/reassembly time|defragmentation failure|reassembly timeout/i, 'reassembly-timeout'],
  [/time(?:-to-live| to live)? exceeded|ttl expired|hop limit/i, 'ttl-exceeded'],
  [/redirect/i, 'redirect'],
  [/source quench/i, 'source-quench'],
  [/parameter problem/i, 'parameter-problem'],
  [
    /prohibited|packet filtered|precedence (?:violation|cutoff)|communication administratively filtered|source address failed|reject route/i,
    'prohibited',
  ],
  [/port \S+ unreachable|unreachable port|port unreachable|unreachable \(port|connection refused/i, 'port-unreachable'],
  [/proto(?:col)? (?:\S+ )?unreachable|protocol unavailable/i, 'protocol-unreachable'],
  [
    /no route to host|host \S* ?unreachable|host unknown|host isolated|host unreachable|address unreachable|unreachable address|host is down|^unreachable$/i,
    'host-unreachable',
  ],
  [
    /net(?:work)? \S* ?unreachable|network is unreachable|net unknown|no route|unreachable route|beyond scope|general failure/i,
    'net-unreachable',
  ],
  [/operation not permitted/i, 'blocked'],
  [
    /unknown host|name or service not known|name resolution|bad address|could not find host|cannot resolve|could not resolve|nodename nor servname|no address associated|not known|address not found/i,
    'name-unresolved',
  ],
];

export function probeErrorOf(what: string): ProbeError {
  const text = what.slice(0, 300);
  return WORDS.find(([re]) => re.test(text))?.[1] ?? 'other';
}

/** `Frag needed and DF set (mtu = 1400)`, `Packet too big: mtu=1400`, `message too long, mtu=1450`, `need to frag (mtu 1450)`. */
export function mtuIn(what: string): number | undefined {
  const digits = /\bmtu ?=? ?(\d{2,5})\b/i.exec(what.slice(0, 300))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
