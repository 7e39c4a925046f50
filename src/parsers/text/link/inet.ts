import type { AddressFact } from '../../../facts/index.js';
import { formatAddress, parseAddress } from '../../../kit/index.js';

/** An address line without its device: that one stands in the block's header, at the start of an `-o` line, or in the label. */
export type AddressFields = { -readonly [K in keyof Omit<AddressFact, 'at' | 'kind' | 'dev'>]: AddressFact[K] };

/** Words of an address line that take a value (iproute2 ip/ipaddress.c print_addrinfo). */
const VALUED: ReadonlySet<string> = new Set(['brd', 'broadcast', 'any', 'metric', 'proto', 'flags', 'rto_min']);

/** iproute2's ifa_flag_data; a label of such a name would be mistaken for one. */
export const FLAGS: ReadonlySet<string> = new Set([
  'secondary',
  'temporary',
  'dynamic',
  'tentative',
  'deprecated',
  'dadfailed',
  'mngtmpaddr',
  'noprefixroute',
  'autojoin',
  'permanent',
  'home',
  'nodad',
  'optimistic',
  'stable-privacy',
]);

function lengthOf(text: string | undefined, family: 4 | 6): number | undefined {
  if (text === undefined || !/^\d{1,3}$/.test(text)) return undefined;
  const n = Number(text);
  return n <= (family === 4 ? 32 : 128) ? n : undefined;
}

/** `10.0.0.1/24` or `10.0.0.1`, of the family that the line names. */
function splitAddress(
  text: string | undefined,
  family: 4 | 6,
): { address: string; length: number | undefined } | undefined {
  const [bare = '', length] = (text ?? '').split('/');
  const address = parseAddress(bare);
  return address?.family === family ? { address: formatAddress(address), length: lengthOf(length, family) } : undefined;
}

/**
 * `inet 10.244.1.1/24 brd 10.244.1.255 scope global secondary cni0` (words from `inet` on); the reason when it can't be read. With a
 * peer the prefix length stands behind the peer: `inet 10.0.0.1 peer 10.0.0.2/32`.
 */
export function addressOf(words: readonly string[]): AddressFields | string {
  const family = words[0] === 'inet' ? 4 : 6;
  const own = splitAddress(words[1], family);
  if (!own) return 'the address is masked or unreadable';
  const peer = words[2] === 'peer' ? splitAddress(words[3], family) : undefined;
  if (words[2] === 'peer' && !peer) return "the peer's address is masked or unreadable";
  const prefixLength = own.length ?? peer?.length;
  if (prefixLength === undefined) return 'an address without its prefix length';
  const flags: string[] = [];
  const fields: AddressFields = { family, address: own.address, prefixLength, flags };
  if (peer) fields.peer = peer.address;
  for (let i = peer ? 4 : 2; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'scope') {
      const scope = words[++i];
      if (scope !== undefined) fields.scope = scope;
    } else if (VALUED.has(word)) i++;
    else if (FLAGS.has(word)) flags.push(word);
    else {
      // The label ends an IPv4 line, behind the scope; what else stands there is somebody's remark.
      if (family === 4 && fields.scope !== undefined) fields.label = word;
      break;
    }
  }
  return fields;
}

/** `valid_lft forever preferred_lft forever` or `valid_lft 1307sec …`. */
export function lifetimeOf(words: readonly string[]): number | 'forever' | undefined {
  const text = words[1] ?? '';
  if (text === 'forever') return 'forever';
  const seconds = /^(\d{1,12})sec$/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
