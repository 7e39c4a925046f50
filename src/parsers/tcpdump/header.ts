/** What `-v` prints of the IP header, in parentheses. */
export interface Header {
  readonly ttl?: number;
  readonly ipId?: number;
  readonly dontFragment?: true;
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  readonly protocol?: string;
  readonly length?: number;
  readonly badChecksum?: true;
  readonly body: string;
}

const LONGEST = 1000;

/** Index behind the parenthesis that closes what opens at 0; -1 when it does not. */
function closing(text: string): number {
  let depth = 0;
  for (let i = 0; i < Math.min(text.length, LONGEST); i++) {
    const c = text.charCodeAt(i);
    if (c === 40) depth++;
    else if (c === 41 && --depth === 0) return i + 1;
  }
  return -1;
}

const PROTOCOLS: Readonly<Record<string, string>> = { icmpv6: 'icmp6', unknown: 'unknown', ipv4: 'ipip', ipv6: 'ipv6' };

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/**
 * Takes the `-v` header off; without one all of it is body. print-ip.c 4.x `proto ICMP (1), length 84`, 3.9 `proto: ICMP (1), length: 84`,
 * 3.8 `len 84`; print-ip6.c `next-header ICMPv6 (58) payload length: 64`.
 */
export function headerOf(text: string): Header {
  const bare = text.replace(/^truncated-ip6? - \d+ bytes missing! ?/, '');
  if (!/^\((?:tos 0x|class 0x|flowlabel 0x|hlim )/.test(bare)) return { body: bare };
  const end = closing(bare);
  if (end === -1) return { body: bare };
  const inside = bare.slice(1, end - 1);
  const ttl = number(/\b(?:ttl|hlim) +(\d+)/.exec(inside)?.[1]);
  const name = /\b(?:proto|next-header):? ([\w-]+)/.exec(inside)?.[1]?.toLowerCase();
  const length = number(/\b(?:length|len):? (\d+)/.exec(inside)?.[1]);
  const ipId = number(/\bid (\d+)/.exec(inside)?.[1]);
  const offset = number(/\boffset (\d+)/.exec(inside)?.[1]) ?? 0;
  const flags = /\bflags \[([^\]]*)\]/.exec(inside)?.[1] ?? '';
  const more = flags.includes('+');
  return {
    // `): 10.0.0.1 > …` of 3.9; `) :: > ff02::16: …` begins with an address.
    body: bare.slice(end).replace(/^:?(?!:) */, ''),
    ...(ttl !== undefined && { ttl }),
    ...(ipId !== undefined && { ipId }),
    ...(flags.includes('DF') && { dontFragment: true }),
    ...((offset > 0 || more) && { fragment: { offset, more } }),
    ...(name !== undefined && { protocol: PROTOCOLS[name] ?? name }),
    ...(length !== undefined && { length }),
    ...(inside.includes('bad cksum') && { badChecksum: true }),
  };
}
