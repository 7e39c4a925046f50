import type { WireguardPeerFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix } from '../../kit/index.js';

/** 32 octets in base64. */
export const isKey = (text: string): boolean => /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(text);

/** As long as a key, or nearly: who hides one by hand changes some of it. */
export const isLikeKey = (text: string): boolean => /^[A-Za-z0-9+/*]{40,46}={0,2}$/.test(text);

/** `192.168.50.12:51820`, `[fd00::1]:51820` */
export function endpointOf(text: string): WireguardPeerFact['endpoint'] {
  const match = /^(?:\[([^\]]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const address = canonicalAddress(match?.[1] ?? match?.[2] ?? '');
  return match && address !== undefined ? { address, port: Number(match[3]) } : undefined;
}

/** `10.244.1.0/24, fd00::/64` or `(none)`; undefined when one of them can't be read. */
export function allowedOf(text: string): readonly string[] | undefined {
  if (text === '(none)' || text === '') return [];
  const prefixes = text.split(/,\s*/).map((word) => canonicalPrefix(word));
  return prefixes.every((prefix) => prefix !== undefined) ? prefixes : undefined;
}

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['second', 1],
  ['minute', 60],
  ['hour', 3600],
  ['day', 86_400],
  ['year', 31_536_000],
]);

/** `1 minute, 20 seconds` in seconds; undefined when it is none. */
export function secondsIn(text: string): number | undefined {
  let total = 0;
  for (const part of text.split(', ')) {
    const match = /^(\d{1,6}) (second|minute|hour|day|year)s?$/.exec(part);
    if (!match) return undefined;
    total += Number(match[1]) * (SECONDS.get(match[2] ?? '') ?? 0);
  }
  return total;
}

const UNITS: readonly string[] = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.21 MiB` in octets, as near as two digits tell. */
function octetsIn(text: string): number | undefined {
  const match = /^(\d{1,7}(?:\.\d\d)?) ([KMGT]?i?B)$/.exec(text);
  const power = UNITS.indexOf(match?.[2] ?? '');
  return match && power >= 0 ? Math.round(Number(match[1]) * 1024 ** power) : undefined;
}

/** `1.21 MiB received, 3.40 MiB sent` */
export function transferOf(text: string): Pick<WireguardPeerFact, 'received' | 'sent'> | undefined {
  const match = /^(\S+ \S+) received, (\S+ \S+) sent$/.exec(text);
  const [received, sent] = [octetsIn(match?.[1] ?? ''), octetsIn(match?.[2] ?? '')];
  return received === undefined || sent === undefined ? undefined : { received, sent };
}
