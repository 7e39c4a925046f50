import type { AddressFact, FdbFact, LinkFact, NeighbourFact, NextHop, RouteFact, StackKind } from '../facts/index.js';
import { type At, type Prefix, parseAddress, parsePrefix } from '../kit/index.js';
import type { Missing, Scope, Stack } from '../model/types.js';
import { type DeviceKind, kindOf } from './device-kind.js';
import { type Fib, makeFib, tableName } from './fib.js';
import type { Ruleset } from './netfilter/types.js';
import type { Ip } from './types.js';

export interface DeviceAddress {
  readonly ip: Ip;
  readonly prefix: Prefix;
  readonly secondary: boolean;
  readonly scope: string;
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

/** A value of a setting and the line that tells it. */
export interface Setting {
  readonly value: number;
  readonly at: At;
}

/** A network stack: of a node, of a pod whose namespace was captured or that is presumed to be as all are, or of the world outside. */
export interface Machine {
  readonly id: string;
  readonly node: string;
  readonly netns: string;
  readonly captured: boolean;
  readonly devices: ReadonlyMap<string, Device>;
  readonly fib: Fib;
  /** Addresses that are its own, with the device that has them: the table `local`, or the addresses. */
  readonly local: ReadonlyMap<string, DeviceAddress & { readonly dev: string }>;
  /** A key of `net.ipv4.conf.DEV`; undefined: not captured. */
  conf(family: 4 | 6, key: string, dev: string): Setting | undefined;
  /** The same of `all`. */
  confAll(family: 4 | 6, key: string): Setting | undefined;
  sysctl(key: string): { readonly value: string; readonly at: At } | undefined;
  neighbours(dev: string, ip: Ip): readonly NeighbourFact[];
  fdb(dev: string): readonly FdbFact[];
  facts: Stack['facts'];
  /** Undefined when all of it was captured. */
  missing(kind: StackKind, input?: string, scope?: Scope): Missing | undefined;
  /** No stack of this sort (nodes, pods) has the kind: the collector does not take it, and one that nobody touched is presumed. */
  presumable(kind: StackKind): boolean;
  /** All rules of netfilter in this stack, compiled when first asked for. */
  readonly ruleset: (family: 4 | 6) => Ruleset;
}

const ips = new Map<string, Ip | undefined>();
/** An address by its canonical text. The cache is bounded: dumps are hostile. */
export function ipOf(text: string): Ip | undefined {
  let ip = ips.get(text);
  if (ip === undefined && !ips.has(text)) {
    if (ips.size > 200_000) ips.clear();
    const address = parseAddress(text);
    ip = address && { ...address, text };
    ips.set(text, ip);
  }
  return ip;
}

function addressesByDevice(facts: readonly AddressFact[]): ReadonlyMap<string, readonly DeviceAddress[]> {
  const out = new Map<string, DeviceAddress[]>();
  for (const f of facts) {
    const ip = ipOf(f.address);
    const prefix = parsePrefix(`${f.peer ?? f.address}/${f.prefixLength}`);
    if (!ip || !prefix) continue;
    const list = out.get(f.dev) ?? [];
    list.push({ ip, prefix, secondary: f.flags.includes('secondary'), scope: f.scope ?? 'global', at: f.at });
    out.set(f.dev, list);
  }
  return out;
}

function devicesOf(machine: () => Machine, stack: Stack): ReadonlyMap<string, Device> {
  const addresses = addressesByDevice(stack.facts('address'));
  const links = stack.facts('link');
  const hasPorts = new Set(links.map((l) => l.master).filter((m) => m !== undefined));
  const out = new Map<string, Device>();
  const make = (name: string, link: LinkFact | undefined): void => {
    const own = addresses.get(name) ?? [];
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
function localOf(stack: Stack, devices: ReadonlyMap<string, Device>): Machine['local'] {
  const out = new Map<string, DeviceAddress & { readonly dev: string }>();
  for (const device of devices.values())
    if (device.up !== false) for (const a of device.addresses) out.set(a.ip.text, { ...a, dev: device.name });
  const table = stack.facts('route').filter((r) => tableName(r.table) === 'local' && !r.lookup);
  const complete = stack.absence('route', { table: 'local' }).known;
  const host = (r: RouteFact): string | undefined => /^(.*)\/(?:32|128)$/.exec(r.prefix)?.[1];
  if (complete && table.some((r) => r.family === 4)) {
    const held = new Set(table.filter((r) => r.type === 'local').map((r) => host(r)));
    for (const [text, a] of out) if (a.ip.family === 4 && !held.has(text)) out.delete(text);
  }
  for (const route of table) {
    const text = route.type === 'local' ? host(route) : undefined;
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

/** `local 127.0.0.0/8 dev lo`, own addresses and broadcasts, for captures that show the table `main` only (fib_add_ifaddr). */
function derivedLocal(devices: ReadonlyMap<string, Device>): RouteFact[] {
  const made: RouteFact[] = [];
  const route = (family: 4 | 6, type: RouteFact['type'], prefix: string, dev: string, at: At): void => {
    made.push({ kind: 'route', at, family, type, prefix, table: 'local', nexthops: [{ dev, flags: [] }] });
  };
  route(4, 'local', '127.0.0.0/8', 'lo', 0 as At);
  route(6, 'local', '::1/128', 'lo', 0 as At);
  for (const d of devices.values())
    if (d.up !== false)
      for (const a of d.addresses)
        route(a.ip.family, 'local', `${a.ip.text}/${a.ip.family === 4 ? 32 : 128}`, d.name, a.at);
  return made;
}

function fibOf(machine: () => Machine, stack: Stack, devices: ReadonlyMap<string, Device>): Fib {
  const routes = stack.facts('route');
  const hasLocal = (family: 4 | 6): boolean =>
    routes.some((r) => r.family === family && tableName(r.table) === 'local' && !r.lookup);
  const derived = derivedLocal(devices).filter((r) => !hasLocal(r.family));
  const nexthops = stack.facts('nexthop');
  const resolved = routes.map((r) => {
    if (r.nhid === undefined || r.nexthops.length > 0) return r;
    const hop = nexthops.find((n) => n.id === r.nhid);
    return hop
      ? {
          ...r,
          nexthops: [
            {
              ...(hop.via !== undefined && { via: hop.via }),
              ...(hop.dev !== undefined && { dev: hop.dev }),
              flags: hop.flags,
            },
          ],
        }
      : r;
  });
  return makeFib({
    routes: [...resolved, ...derived],
    rules: stack.facts('policy-rule'),
    rulesPresumed: stack.facts('policy-rule').length === 0 && !stack.absence('policy-rule').known,
    rulesMissing: (family) =>
      stack.netns !== '' && machine().presumable('policy-rule')
        ? undefined
        : machine().missing('policy-rule', 'policy-rule', family === 6 ? { family: '6' } : {}),
    tableMissing: (table, family) =>
      machine().missing('route', table === 'main' ? 'route' : `route table ${table}`, {
        table,
        ...(family === 6 && { family: '6' }),
      }),
    dead: (n) => isDead(machine(), n),
  });
}

/** RTNH_F_DEAD always counts, RTNH_F_LINKDOWN where the device ignores routes without carrier (fib_select_path, fib_lookup_good_nhc). */
function isDead(machine: Machine, n: NextHop): boolean {
  if (n.flags.includes('dead')) return true;
  const device = n.dev === undefined ? undefined : machine.devices.get(n.dev);
  if (device?.up === false) return true;
  if (!n.flags.includes('linkdown')) return false;
  const key = 'ignore_routes_with_linkdown';
  return (
    (machine.confAll(4, key)?.value ?? 0) > 0 || (n.dev !== undefined && (machine.conf(4, key, n.dev)?.value ?? 0) > 0)
  );
}

type ConfOf = (family: 4 | 6, key: string, dev: string) => Setting | undefined;

function settingsOf(stack: Stack): { conf: ConfOf; all: (family: 4 | 6, key: string) => Setting | undefined } {
  const byKey = new Map<string, Setting>();
  for (const f of stack.facts('netconf'))
    byKey.set(`${f.family} ${f.scope} ${f.dev} ${f.key}`, { value: f.value, at: f.at });
  return {
    conf: (family, key, dev) => byKey.get(`${family} device ${dev} ${key}`),
    all: (family, key) => byKey.get(`${family} all  ${key}`),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const out = new Map<string, T[]>();
  for (const item of items) {
    const list = out.get(keyOf(item));
    if (list) list.push(item);
    else out.set(keyOf(item), [item]);
  }
  return out;
}

/** The machine of a captured stack. Nothing is computed before it is asked for. */
export function machineOf(
  stack: Stack,
  rulesetOf: (machine: Machine, family: 4 | 6) => Ruleset,
  presumable: (kind: StackKind) => boolean,
): Machine {
  const self = (): Machine => machine;
  const lazy = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined;
    return () => {
      made ??= { value: make() };
      return made.value;
    };
  };
  const devices = lazy(() => devicesOf(self, stack));
  const local = lazy(() => localOf(stack, devices()));
  const fib = lazy(() => fibOf(self, stack, devices()));
  const settings = lazy(() => settingsOf(stack));
  const sysctls = lazy(() => new Map(stack.facts('sysctl').map((f) => [f.key, f])));
  const neighbours = lazy(() => groupBy(stack.facts('neigh'), (n) => `${n.dev} ${n.address}`));
  const fdb = lazy(() => groupBy(stack.facts('fdb'), (f) => f.dev));
  const rules = new Map<4 | 6, Ruleset>();
  const machine: Machine = {
    id: stack.netns === '' ? stack.node : `${stack.node}/${stack.netns}`,
    node: stack.node,
    netns: stack.netns,
    captured: true,
    get devices() {
      return devices();
    },
    get local() {
      return local();
    },
    get fib() {
      return fib();
    },
    conf: (family, key, dev) => settings().conf(family, key, dev),
    confAll: (family, key) => settings().all(family, key),
    sysctl: (key) => sysctls().get(key),
    neighbours: (dev, ip) => neighbours().get(`${dev} ${ip.text}`) ?? [],
    fdb: (dev) => fdb().get(dev) ?? [],
    facts: stack.facts,
    presumable,
    missing: (kind, input = kind, scope = {}) => {
      const absence = stack.absence(kind, scope);
      if (absence.known) return undefined;
      const { reason, detail, at } = absence;
      return {
        node: stack.node,
        input,
        supply: kind,
        reason,
        ...(detail !== undefined && { detail }),
        ...(at !== undefined && { at }),
      };
    },
    ruleset: (family) => {
      const known = rules.get(family) ?? rulesetOf(machine, family);
      rules.set(family, known);
      return known;
    },
  };
  return machine;
}
