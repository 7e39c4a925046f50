import type { FdbFact, NeighbourFact, NextHop, StackKind } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { Missing, Scope, Stack } from '../model/types.js';
import { type Device, type DeviceAddress, derivedLocal, devicesOf, localOf } from './device.js';
import { type Fib, makeFib, tableName } from './fib.js';
import type { Ruleset } from './netfilter/types.js';
import type { Ip } from './types.js';

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
  /** Undefined: all of its addresses are known, from `ip addr` or the table `local`. */
  addressesMissing(): Missing | undefined;
  /** No stack of this sort (nodes, pods) has the kind: the collector does not take it, and one that nobody touched is presumed. */
  presumable(kind: StackKind, scope?: Scope): boolean;
  /** The cluster has services that some rules must serve. */
  readonly hasServices: boolean;
  /** All rules of netfilter in this stack, compiled when first asked for. */
  readonly ruleset: (family: 4 | 6) => Ruleset;
}

/** The greater of the values for all and for the device (IN_DEV_MAXCONF, IN_DEV_ORCONF). */
export function confMax(machine: Machine, family: 4 | 6, key: string, dev: string): Setting | undefined {
  const own = machine.conf(family, key, dev);
  const all = machine.confAll(family, key);
  if (!own || !all) return own ?? all;
  return all.value > own.value ? all : own;
}

function fibOf(machine: () => Machine, stack: Stack, devices: ReadonlyMap<string, Device>): Fib {
  const routes = stack.facts('route');
  const hasLocal = (family: 4 | 6): boolean =>
    routes.some((r) => r.family === family && tableName(r.table) === 'local' && !r.lookup);
  const derived = derivedLocal(devices, hasLocal);
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
    rulesPresumed: (family) =>
      (stack.facts('policy-rule').length === 0 && !stack.absence('policy-rule').known) ||
      (family === 6 && presumesRules6(machine())),
    rulesMissing: (family) =>
      (stack.netns !== '' && machine().presumable('policy-rule')) || (family === 6 && presumesRules6(machine()))
        ? undefined
        : machine().missing('policy-rule', 'policy-rule', family === 6 ? { family: '6' } : {}),
    tableMissing: (table, family) =>
      machine().missing('route', table === 'main' ? 'route' : `route table ${table}`, {
        table,
        ...(family === 6 && { family: '6' }),
      }),
    dead: (n, family) => isDead(machine(), n, family),
    linkless: ({ dev, flags }) =>
      flags.includes('linkdown') && dev !== undefined && machine().devices.get(dev)?.up === true,
    silent: ({ via, dev }) =>
      stack
        .facts('neigh')
        .find((n) => n.address === via && n.dev === dev && /^(?:FAILED|INCOMPLETE)$/.test(n.state ?? '')),
    // Of a group of objects one that did not answer is passed over (nexthop_select_path_hthr), unless the group is resilient; of plain next hops of
    // IPv4 where a setting says so (fib_select_multipath).
    heedsSilence: ({ nhid, family }) => {
      const group = nhid === undefined ? undefined : nexthops.find((n) => n.id === nhid);
      if (nhid !== undefined) return group !== undefined && !group.resilient;
      return family === 4 && machine().sysctl('net.ipv4.fib_multipath_use_neigh')?.value === '1';
    },
    groupOf: (dev) => machine().devices.get(dev)?.link?.group ?? 'default',
  });
}

/** `ip rule` lists those of IPv4. Where nobody asked for the others, of no stack, they are those that a namespace begins with. */
const presumesRules6 = (machine: Machine): boolean =>
  machine.presumable('policy-rule', { family: '6' }) && machine.missing('policy-rule') === undefined;

/** RTNH_F_DEAD always counts, RTNH_F_LINKDOWN where the device ignores routes without carrier (fib_select_path, fib_lookup_good_nhc). */
function isDead(machine: Machine, n: NextHop, family: 4 | 6): boolean {
  if (n.flags.includes('dead')) return true;
  const device = n.dev === undefined ? undefined : machine.devices.get(n.dev);
  if (device?.up === false) return true;
  if (!n.flags.includes('linkdown')) return false;
  const key = 'ignore_routes_with_linkdown';
  return (
    (machine.confAll(family, key)?.value ?? 0) > 0 ||
    (n.dev !== undefined && (machine.conf(family, key, n.dev)?.value ?? 0) > 0)
  );
}

type ConfOf = (family: 4 | 6, key: string, dev: string) => Setting | undefined;

type ByKey = Map<string, Setting>;

function settingsOf(stack: Stack): { conf: ConfOf; all: (family: 4 | 6, key: string) => Setting | undefined } {
  const made = { 4: { all: new Map(), devices: new Map() }, 6: { all: new Map(), devices: new Map() } } as Record<
    4 | 6,
    { readonly all: ByKey; readonly devices: Map<string, ByKey> }
  >;
  for (const f of stack.facts('netconf')) {
    const setting = { value: f.value, at: f.at };
    const { all, devices } = made[f.family];
    if (f.scope === 'all') all.set(f.key, setting);
    if (f.scope !== 'device') continue;
    const own = devices.get(f.dev) ?? new Map<string, Setting>();
    devices.set(f.dev, own.set(f.key, setting));
  }
  return {
    conf: (family, key, dev) => made[family].devices.get(dev)?.get(key),
    all: (family, key) => made[family].all.get(key),
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
  {
    presumable,
    hasServices,
    unheard,
  }: Pick<Machine, 'presumable' | 'hasServices'> & { readonly unheard: () => ReadonlySet<string> },
): Machine {
  const self = (): Machine => machine;
  const lazy = <T>(make: () => T): (() => T) => {
    let made: { readonly value: T } | undefined;
    return () => {
      made ??= { value: make() };
      return made.value;
    };
  };
  const devices = lazy(() => devicesOf(self, stack, unheard));
  const local = lazy(() => localOf(stack, devices()));
  const fib = lazy(() => fibOf(self, stack, devices()));
  const settings = lazy(() => settingsOf(stack));
  const sysctls = lazy(() => new Map(stack.facts('sysctl').map((f) => [f.key, f])));
  const neighbours = lazy(() => groupBy(stack.facts('neigh'), (n) => n.address));
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
    neighbours: (dev, ip) =>
      neighbours()
        .get(ip.text)
        ?.filter((n) => n.dev === dev) ?? [],
    fdb: (dev) => fdb().get(dev) ?? [],
    facts: stack.facts,
    presumable,
    hasServices,
    addressesMissing: lazy(() => {
      const local = stack.absence('route', { table: 'local' }).known;
      const shown = stack.facts('route').some((r) => tableName(r.table) === 'local' && !r.lookup);
      return local && shown ? undefined : machine.missing('address');
    }),
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
