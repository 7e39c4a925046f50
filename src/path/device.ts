import type { AddressFact, LinkFact, RouteFact } from '../facts/index.js';
import { type At, formatIpv4, hostOf, type Prefix, parsePrefix } from '../kit/index.js';
import type { Stack } from '../model/types.js';
import { type DeviceKind, kindOf } from './device-kind.js';
import { tableName } from './fib.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import type { Ip } from './types.js';

export interface DeviceAddress {
  readonly ip: Ip;
  readonly prefix: Prefix;
  readonly secondary: boolean;
  readonly scope: string;
  /** Held back by the question whether somebody else has it (DAD), which found somebody or cannot be asked: neither answers nor sends. */
  readonly unusable?: true;
  /** That question was being asked, which takes a second. */
  readonly checking?: true;
  readonly deprecated?: true;
  readonly temporary?: true;
  readonly at: At;
}

/** One device of a stack as the walk uses it. */
export interface Device {
  readonly machine: Machine;
  readonly name: string;
  readonly kind: DeviceKind;
  readonly link?: LinkFact;
  readonly at?: At;
  readonly addresses: readonly DeviceAddress[];
  readonly lladdr?: string;
  readonly mtu?: number;
  readonly master?: string;
  readonly index?: number;
  /** Administratively up. Undefined: no flags were captured. */
  readonly up?: boolean;
  readonly carrier?: boolean;
}

/**
 * The first of the devices that carries an address, be it in the table `local` or lost from there: then the stack may still send from it
 * (__ip_dev_find), and answers no question for it (arp_process).
 */
export function carrierOf(
  devices: Iterable<Device>,
  ip: Ip,
): (DeviceAddress & { readonly device: Device }) | undefined {
  for (const device of devices) {
    const address = device.addresses.find((a) => a.ip.text === ip.text);
    if (address) return { ...address, device };
  }
  return undefined;
}

function addressesByDevice(facts: readonly AddressFact[]): ReadonlyMap<string, readonly DeviceAddress[]> {
  const out = new Map<string, DeviceAddress[]>();
  for (const f of facts) {
    const ip = ipOf(f.address);
    const prefix = parsePrefix(`${f.peer ?? f.address}/${f.prefixLength}`);
    if (!ip || !prefix) continue;
    const list = out.get(f.dev) ?? [];
    const has = (flag: string): boolean => f.flags.includes(flag);
    list.push({
      ip,
      prefix,
      secondary: has('secondary'),
      scope: f.scope ?? 'global',
      // Until the question is answered the address has no entry in the table `local`, unless it is optimistic.
      ...(has('dadfailed') && { unusable: true as const }),
      ...(has('tentative') && !has('optimistic') && !has('dadfailed') && { checking: true as const }),
      ...(has('deprecated') && { deprecated: true as const }),
      // iproute2 calls IFA_F_TEMPORARY secondary where it is one of IPv4, and temporary in IPv6.
      ...(has('temporary') && { temporary: true as const }),
      at: f.at,
    });
    out.set(f.dev, list);
  }
  return out;
}

/**
 * Addresses as the routes tell them, for a stack whose addresses were not captured: `local A dev D table local`, and of its subnet
 * `P dev D proto kernel src A` (fib_add_ifaddr).
 */
function addressesOfRoutes(routes: readonly RouteFact[]): readonly AddressFact[] {
  const connected = routes.filter(
    (r) => r.proto === 'kernel' && r.type === 'unicast' && r.src !== undefined && !r.lookup,
  );
  return routes.flatMap((r): AddressFact[] => {
    const address = r.type === 'local' && tableName(r.table) === 'local' && !r.lookup ? hostOf(r.prefix) : undefined;
    const dev = r.nexthops[0]?.dev;
    if (address === undefined || dev === undefined) return [];
    const subnet = connected.find((c) => c.src === address && c.nexthops[0]?.dev === dev);
    const length = Number(subnet?.prefix.split('/')[1] ?? (r.family === 4 ? 32 : 128));
    const scope = dev === 'lo' ? 'host' : 'global';
    return [{ kind: 'address', at: r.at, dev, family: r.family, address, prefixLength: length, scope, flags: [] }];
  });
}

/**
 * The devices of a stack, with the addresses that `ip addr` or else the routes tell. `unheard`: addresses that somebody asked for in vain; one of them
 * that was still being checked stays so (ndisc_recv_ns answers for none that is tentative).
 */
export function devicesOf(
  machine: () => Machine,
  stack: Stack,
  unheard: () => ReadonlySet<string>,
): ReadonlyMap<string, Device> {
  const told = stack.facts('address');
  const addresses = addressesByDevice(
    told.length > 0 || stack.absence('address').known ? told : addressesOfRoutes(stack.facts('route')),
  );
  const links = stack.facts('link');
  const hasPorts = new Set(links.map((l) => l.master).filter((m) => m !== undefined));
  const out = new Map<string, Device>();
  const make = (name: string, link: LinkFact | undefined): void => {
    const isSilent = link?.flags !== undefined && (!link.flags.includes('UP') || link.flags.includes('NO-CARRIER'));
    const own = (addresses.get(name) ?? []).map(({ checking, ...a }) =>
      checking ? { ...a, ...(isSilent || unheard().has(a.ip.text) ? { unusable: true as const } : { checking }) } : a,
    );
    const at = link?.at ?? own[0]?.at;
    out.set(name, {
      get machine() {
        return machine();
      },
      name,
      kind: kindOf(name, link, hasPorts.has(name)),
      addresses: own,
      ...(link && { link }),
      ...(at !== undefined && { at }),
      ...(link?.lladdr !== undefined && { lladdr: link.lladdr.toLowerCase() }),
      ...(link?.mtu !== undefined && { mtu: link.mtu }),
      ...(link?.master !== undefined && { master: link.master }),
      ...(link?.index !== undefined && { index: link.index }),
      ...(link?.flags && { up: link.flags.includes('UP'), carrier: !link.flags.includes('NO-CARRIER') }),
    });
  };
  for (const link of links) make(link.name, link);
  for (const name of addresses.keys()) if (!out.has(name)) make(name, undefined);
  return out;
}

/** Own addresses: those of the table `local` where it was captured, else those of the devices. */
export function localOf(stack: Stack, devices: ReadonlyMap<string, Device>): Machine['local'] {
  const out = new Map<string, DeviceAddress & { readonly dev: string }>();
  for (const device of devices.values())
    if (device.up !== false)
      for (const a of device.addresses) if (!a.unusable) out.set(a.ip.text, { ...a, dev: device.name });
  // Until there are rules of somebody's own `main` and `local` are one tree, and a local route of either counts (fib_trie_table).
  const table = stack
    .facts('route')
    .filter(
      (r) => !r.lookup && (tableName(r.table) === 'local' || (r.type === 'local' && tableName(r.table) === 'main')),
    );
  for (const family of [4, 6] as const) {
    const complete = stack.absence('route', { table: 'local', ...(family === 6 && { family: '6' }) }).known;
    if (!complete || !table.some((r) => r.family === family)) continue;
    const held = new Set(table.filter((r) => r.type === 'local').map((r) => hostOf(r.prefix)));
    for (const [text, a] of out) if (a.ip.family === family && !held.has(text) && !a.checking) out.delete(text);
  }
  for (const route of table) {
    const text = route.type === 'local' ? hostOf(route.prefix) : undefined;
    const ip = text === undefined || out.has(text) ? undefined : ipOf(text);
    const prefix = parsePrefix(route.prefix);
    if (ip && prefix)
      out.set(ip.text, {
        ip,
        prefix,
        secondary: false,
        scope: 'host',
        at: route.at,
        dev: route.nexthops[0]?.dev ?? 'lo',
      });
  }
  return out;
}

/** The last address of a subnet, which is for all hosts in it; undefined: it has none. */
export const broadcastOf = ({ family, words, length }: Prefix): string | undefined =>
  family === 4 && length < 31 ? formatIpv4(((words[0] ?? 0) | (0xffffffff >>> length)) >>> 0) : undefined;

/**
 * Local routes that no capture shows (fib_add_ifaddr, addrconf_dad_completed): of a family of which only the table `main` was captured, all, with those
 * of broadcast addresses, and `local 127.0.0.0/8 dev lo`; else those of addresses that were still being checked.
 */
export function derivedLocal(devices: ReadonlyMap<string, Device>, hasLocal: (family: 4 | 6) => boolean): RouteFact[] {
  const route = (
    family: 4 | 6,
    prefix: string,
    dev: string,
    at: At,
    type: 'local' | 'broadcast' = 'local',
  ): RouteFact => ({
    kind: 'route',
    at,
    family,
    type,
    prefix,
    table: 'local',
    nexthops: [{ dev, flags: [] }],
  });
  const loopback = [route(4, '127.0.0.0/8', 'lo', 0 as At), route(6, '::1/128', 'lo', 0 as At)];
  const own = [...devices.values()].flatMap((d) =>
    d.up === false
      ? []
      : d.addresses
          .filter((a) => !a.unusable && (a.checking || !hasLocal(a.ip.family)))
          .flatMap((a) => {
            const brd = d.kind === 'loopback' ? undefined : broadcastOf(a.prefix);
            return [
              route(a.ip.family, `${a.ip.text}/${a.ip.family === 4 ? 32 : 128}`, d.name, a.at),
              ...(brd === undefined ? [] : [route(4, `${brd}/32`, d.name, a.at, 'broadcast')]),
            ];
          }),
  );
  return [...loopback.filter((r) => !hasLocal(r.family)), ...own];
}
