import { portOf } from '../../kit/index.js';
import { type Answer, isKnown } from './tri.js';
import type { HookContext } from './types.js';

export type Match = (c: HookContext) => Answer;

const number = (text: string | undefined): number | undefined => {
  if (text === undefined || !/^(0x[0-9a-fA-F]+|\d+)$/.test(text)) return undefined;
  return Number(text);
};

/** `0x4000/0x4000`, `5`. */
export function markOf(text: string | undefined): { readonly value: number; readonly mask: number } | undefined {
  const [value, mask] = (text ?? '').split('/');
  const v = number(value);
  const m = mask === undefined ? 0xffffffff : number(mask);
  return v === undefined || m === undefined ? undefined : { value: v >>> 0, mask: m >>> 0 };
}

/** `53`, `1024:65535`, `:1023`, `domain`. */
export function portRange(text: string): readonly [number, number] | undefined {
  const colon = text.indexOf(':');
  const one = (word: string, open: number): number | undefined => (word === '' ? open : (number(word) ?? portOf(word)));
  const low = one(colon === -1 ? text : text.slice(0, colon), 0);
  const high = colon === -1 ? low : one(text.slice(colon + 1), 65535);
  return low === undefined || high === undefined ? undefined : [low, high];
}

export const within = (ranges: readonly (readonly [number, number])[], port: number): boolean =>
  ranges.some(([low, high]) => port >= low && port <= high);
const PROTOCOLS: Readonly<Record<string, string>> = {
  '1': 'icmp',
  '4': 'ipip',
  '6': 'tcp',
  '17': 'udp',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'icmp',
  '89': 'ospf',
  '132': 'sctp',
  ipencap: 'ipip',
  ipv4: 'ipip',
  'ipv6-icmp': 'icmp',
  icmpv6: 'icmp',
  'ipv6-crypt': 'esp',
};

/** The walk's name of a protocol: numbers and the names of /etc/protocols. */
export const protoName = (word: string): string => PROTOCOLS[word.toLowerCase()] ?? word.toLowerCase();

/** `eth+` matches every device that begins with `eth`. */
export const deviceMatches = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** All matches in their order; what is not known is asked last, for a match that says no makes it no matter. */
export function answerOf(matches: readonly Match[], c: HookContext): Answer {
  let open: Answer = true;
  for (const match of matches) {
    const answer = match(c);
    if (answer === false) return false;
    if (!isKnown(answer)) open = answer;
  }
  return open;
}
