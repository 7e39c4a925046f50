import { contains, type Prefix, parsePrefix } from '../kit/index.js';
import type { Device, DeviceAddress } from './device.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';

/** Source addresses of IPv6 (RFC 6724, ipv6_dev_get_saddr): of all addresses of the stack the one that is better by the first rule that tells. */

/** The kernel's own table of labels (net/ipv6/addrlabel.c), longest prefix first. */
const LABELS: readonly (readonly [Prefix | undefined, number])[] = [
  ['::1/128', 0],
  ['::ffff:0:0/96', 4],
  ['::/96', 3],
  ['2001::/32', 6],
  ['2001:10::/28', 7],
  ['3ffe::/16', 12],
  ['2002::/16', 2],
  ['fec0::/10', 11],
  ['fc00::/7', 5],
].map(([text, label]) => [parsePrefix(String(text)), Number(label)] as const);

const labelOf = (ip: Ip): number => LABELS.find(([prefix]) => prefix && contains(prefix, ip))?.[1] ?? 1;

const inPrefix = (text: string): ((ip: Ip) => boolean) => {
  const prefix = parsePrefix(text);
  return (ip) => prefix !== undefined && contains(prefix, ip);
};
const isLinkLocal = inPrefix('fe80::/10');
const isSiteLocal = inPrefix('fec0::/10');

/** IPV6_ADDR_SCOPE_*: of the node itself 1, of the link 2, of the site 5, of the world 14. */
export const scopeOf6 = (ip: Ip): number =>
  ip.text === '::1'
    ? 1
    : isLinkLocal(ip)
      ? 2
      : isSiteLocal(ip)
        ? 5
        : (ip.words[0] ?? 0) >>> 24 === 255
          ? multicast(ip)
          : 14;
const multicast = (ip: Ip): number => ((ip.words[0] ?? 0) >>> 16) & 15;

/** How many bits two addresses begin with alike, at most as many as the source's subnet has (ipv6_saddr_eval, rule 8). */
function commonBits({ ip, prefix }: DeviceAddress, dst: Ip): number {
  let bits = 0;
  for (let i = 0; i < 4; i++) {
    const different = ((ip.words[i] ?? 0) ^ (dst.words[i] ?? 0)) >>> 0;
    bits += Math.clz32(different);
    if (different !== 0) break;
  }
  return Math.min(bits, prefix.length);
}

interface Candidate {
  readonly address: DeviceAddress;
  readonly device: Device;
}

/** The marks of one candidate in the order of the rules; a greater one is better, except for the scope. */
function marks({ address, device }: Candidate, dev: string, dst: Ip): readonly number[] {
  return [
    address.ip.text === dst.text ? 1 : 0,
    scopeMark(scopeOf6(address.ip), scopeOf6(dst)),
    address.deprecated ? 0 : 1,
    device.name === dev ? 1 : 0,
    labelOf(address.ip) === labelOf(dst) ? 1 : 0,
    address.temporary ? 0 : 1,
    commonBits(address, dst),
  ];
}

/** The smallest scope that is large enough is best; of those that are too small the largest. */
const scopeMark = (scope: number, wanted: number): number => (scope >= wanted ? 100 - scope : scope - 100);

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) > (b[i] ?? 0);
  return false;
}

/** The address of a stack towards `dst`, when the packet leaves by `dev`. Of equals the first that the kernel lists wins. */
export function selectAddress6(machine: Machine, dev: string, dst: Ip): DeviceAddress | undefined {
  // What stays on the link has an address of the link's own device.
  const onlyHere = scopeOf6(dst) <= 2 && dst.text !== '::1';
  const devices = [...machine.devices.values()]
    .filter((d) => !onlyHere || d.name === dev)
    .sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  let best: { readonly address: DeviceAddress; readonly marks: readonly number[] } | undefined;
  for (const device of devices)
    for (const address of device.addresses) {
      if (address.ip.family !== 6 || address.unusable) continue;
      const own = marks({ address, device }, dev, dst);
      if (!best || isBetter(own, best.marks)) best = { address, marks: own };
    }
  return best?.address;
}
