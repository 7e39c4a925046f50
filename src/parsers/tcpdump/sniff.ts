import { frontOf } from './front.js';

const NETWORKS: ReadonlySet<string> = new Set(['ip', 'ip6', 'arp']);
const UNSTAMPED =
  /^(?:[\w.@-]+ +(?:In|Out|B|M|P) +)?(?:IP6? \S+ {1,40}> {1,40}\S+: |IP6? \((?:tos|class|flowlabel|hlim) |ARP, (?:Request|Reply) |[\da-f:]{17} > [\da-f:]{17}, ethertype |ifindex \d+ )/;

/** Does the line begin a packet of IP or ARP, a frame of anything else, or neither? */
function begins(line: string): 'packet' | 'frame' | undefined {
  const stamped = frontOf(line, 'always');
  if (stamped) return NETWORKS.has(stamped.network) ? 'packet' : 'frame';
  return UNSTAMPED.test(line) ? 'packet' : undefined;
}

/** Payload of `-A`: the IP header in letters, `E..T.@.@`, or `` `....`` for IPv6. */
export const isAsciiHeader = (line: string): boolean => /^[E`]\S{7}.{4,}/.test(line) && line.includes('.');

/** The second line of a packet that lost its indentation. */
const BARE_BODY = /^\S+ > \S+: /;

/** Do these lines look like packets and what belongs to them? */
export function sniffPackets(head: readonly string[]): 0 | 1 | 3 {
  let packets = 0;
  let foreign = 0;
  let ascii = false;
  let before = false;
  for (const whole of head) {
    const line = whole.slice(0, 500);
    if (line.trim() === '') continue;
    const begun = begins(line);
    const packet = begun !== undefined;
    if (begun === 'packet') packets++;
    else if (begun === 'frame') continue;
    else if (before && isAsciiHeader(line)) ascii = true;
    else if (!/^\s/.test(line) && !ascii && !((before || packets === 0) && BARE_BODY.test(line))) foreign++;
    before = packet || (before && /^\s/.test(line));
  }
  if (packets === 0) return 0;
  return packets >= foreign ? 3 : packets > 1 ? 1 : 0;
}
