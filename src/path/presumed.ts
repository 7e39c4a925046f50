import type { PodFact, RouteFact } from '../facts/index.js';
import { type At, contains, formatAddress, formatPrefix, type Prefix, parsePrefix } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Device, DeviceAddress } from './device.js';
import { makeFib } from './fib.js';
import type { Machine } from './machine.js';
import type { Ruleset } from './netfilter/types.js';
import { lladdrOf, portOf } from './presumed-port.js';
import type { Ip } from './types.js';
import type { Presumption, World } from './world.js';

const NO_RULES: Ruleset = {
  hooks: { prerouting: [], input: [], forward: [], output: [], postrouting: [] },
  missing: [],
};

interface Plan {
  readonly id: string;
  readonly node: string;
  readonly netns: string;
  readonly devices: readonly Omit<Device, 'machine'>[];
  readonly routes: readonly RouteFact[];
  /** `net.ipv4.conf.DEV.KEY` of a stack that nobody configured. */
  readonly conf: Readonly<Record<string, number>>;
  /** A gateway that is presumed to answer, and why that is not known. */
  readonly gateway?: { readonly address: string; readonly lladdr: string; readonly missing: Missing };
}

const NOWHERE = 0 as At;

/** What the kernel begins with, where that is not 0 (IPV6_DEFAULT_HOPLIMIT). */
const UNTOUCHED: Readonly<Record<string, number>> = { hop_limit: 64 };

/** A stack that no capture shows: everything about it is known because it is presumed. */
function makeMachine(plan: Plan): Machine {
  const devices = new Map<string, Device>();
  const local = new Map<string, DeviceAddress & { readonly dev: string }>();
  const localRoutes: RouteFact[] = [route('local', '127.0.0.0/8', { dev: 'lo' }, 4, 'local')];
  const machine: Machine = {
    id: plan.id,
    node: plan.node,
    netns: plan.netns,
    captured: false,
    devices,
    local,
    conf: (_family, key) => ({ value: plan.conf[key] ?? UNTOUCHED[key] ?? 0, at: NOWHERE }),
    confAll: (_family, key) => ({ value: plan.conf[key] ?? UNTOUCHED[key] ?? 0, at: NOWHERE }),
    sysctl: () => undefined,
    neighbours: (dev, ip) =>
      plan.gateway?.address === ip.text
        ? [
            {
              kind: 'neigh',
              at: NOWHERE,
              family: ip.family,
              address: ip.text,
              dev,
              lladdr: plan.gateway.lladdr,
              state: 'PERMANENT',
              flags: [],
            },
          ]
        : [],
    fdb: () => [],
    facts: () => [],
    missing: (kind) => (kind === 'neigh' ? plan.gateway?.missing : undefined),
    presumable: () => true,
    hasServices: false,
    addressesMissing: () => undefined,
    ruleset: () => NO_RULES,
    get fib() {
      return fib;
    },
  };
  for (const d of plan.devices) {
    devices.set(d.name, { ...d, machine });
    for (const a of d.addresses) {
      local.set(a.ip.text, { ...a, dev: d.name });
      localRoutes.push(
        route('local', `${a.ip.text}/${a.ip.family === 4 ? 32 : 128}`, { dev: d.name }, a.ip.family, 'local'),
      );
    }
  }
  const fib = makeFib({
    routes: [...localRoutes, ...plan.routes],
    rules: [],
    rulesPresumed: () => true,
    rulesMissing: () => undefined,
    tableMissing: () => undefined,
    dead: () => false,
    linkless: () => false,
    silent: () => undefined,
    heedsSilence: () => false,
    groupOf: () => 'default',
  });
  return machine;
}

function route(
  type: RouteFact['type'],
  prefix: string,
  hop: { readonly via?: string; readonly dev: string },
  family: 4 | 6,
  table = 'main',
): RouteFact {
  return { kind: 'route', at: NOWHERE, family, type, prefix, table, nexthops: [{ ...hop, flags: [] }] };
}

/** Whatever is not captured: it has every address that nobody else has, and answers. */
export function outsideMachine(): Machine {
  return makeMachine({
    id: 'outside',
    node: 'outside',
    netns: '',
    devices: [{ name: 'net', kind: 'nic', addresses: [], up: true, carrier: true }],
    routes: [route('unicast', '0.0.0.0/0', { dev: 'net' }, 4), route('unicast', '::/0', { dev: 'net' }, 6)],
    conf: {},
  });
}

const RUNNING = /^(Running|ContainerCreating|Init|CrashLoopBackOff|Error|Terminating)/;

export const podOf = (world: World, ip: Ip): PodFact | undefined =>
  world.model
    .facts('pod')
    .find(
      (p) =>
        p.ips.includes(ip.text) &&
        p.hostNetwork !== true &&
        p.hostIp !== ip.text &&
        (p.status === undefined || RUNNING.test(p.status)),
    );

/** Nodes on which a pod with that address can be: the one that its object names, else those that have its network on a device. */
export function hostsOf(world: World, ip: Ip, pod: PodFact | undefined): readonly Machine[] {
  const named =
    pod?.node === undefined
      ? undefined
      : world.model.nodes.find(
          (n) => n.name === pod.node || n.kubernetesName === pod.node || n.aliases.includes(pod.node ?? ''),
        );
  if (named) {
    const host = world.host(named.name);
    return host ? [host] : [];
  }
  // A bridge of which the addresses are not known may be one above the node's card, and lead to its network.
  const mayHave = (m: Machine): boolean => m.missing('address') === undefined || world.inside(ip);
  return world.machines.filter((m) => m.netns === '' && mayHave(m) && deviceTowards(world, m, ip) !== undefined);
}

/** The device on which the node has the pod directly: a veth with a route of its own, or a bridge whose subnet holds it. */
export function deviceTowards(world: World, host: Machine, ip: Ip): Device | undefined {
  const found = host.fib.lookup({ dst: ip, iif: 'lo', mark: 0 }, () => undefined);
  if (found.kind !== 'unicast') return undefined;
  const hop = found.nexthops[0];
  const device = hop?.dev === undefined || hop.via !== undefined ? undefined : host.devices.get(hop.dev);
  // A node's own card leads to other machines.
  if (!device || world.cards.includes(device)) return undefined;
  return device.kind === 'bridge' || device.kind === 'veth' ? device : undefined;
}

/** A bridge with veth ports, when the route to its subnet is gone. */
const podBridge = (host: Machine): Device | undefined => {
  const masters = new Set(
    [...host.devices.values()].filter((d) => d.kind === 'veth' && d.master !== undefined).map((d) => d.master),
  );
  const bridges = [...masters].map((m) => host.devices.get(m ?? '')).filter((d) => d?.kind === 'bridge');
  return bridges.length === 1 ? bridges[0] : undefined;
};

const answers = new WeakMap<World, ReadonlyMap<string, Machine>>();

/** Who was seen answering a ping on a node's bridge of pods: it was there, whatever the list of pods says, which is of another moment. */
function answered(world: World): ReadonlyMap<string, Machine> {
  const known = answers.get(world);
  if (known) return known;
  const made = new Map<string, Machine>();
  for (const host of world.machines.filter((m) => m.netns === ''))
    for (const { icmp, source, dev } of host.facts('packet'))
      if (icmp?.type === 'echo reply' && source !== undefined && dev !== undefined && dev === podBridge(host)?.name)
        made.set(source, host);
  answers.set(world, made);
  return made;
}

/**
 * A pod as every pod is: `eth0` with its address, up, the default route by the node's bridge or its veth, no rules. An assumption that the
 * walk lists.
 */
export function presumedPod(world: World, ip: Ip): Presumption {
  const pod = podOf(world, ip);
  const listed = world.model.absence('pod').known;
  if (!pod && listed && !answered(world).has(ip.text) && world.model.facts('pod').some((p) => p.ips.length > 0))
    return { kind: 'none', why: `no pod has the address ${ip.text}` };
  const found = hostsOf(world, ip, pod);
  const seenBy = answered(world).get(ip.text);
  const hosts = found.length === 0 && seenBy ? [seenBy] : found;
  const host = hosts[0];
  if (!host) return { kind: 'none', why: `no captured node has ${ip.text} on a device` };
  if (hosts.length > 1)
    return { kind: 'none', why: `${hosts.map((h) => h.node).join(' and ')} both have ${ip.text} on a device` };
  const towards = deviceTowards(world, host, ip) ?? podBridge(host);
  if (!towards) return { kind: 'none', why: `${host.node} has no device that leads to ${ip.text}` };
  const lladdr = lladdrOf(world, host, towards, ip);
  const { port, guess } = towards.kind === 'bridge' ? portOf(world, host, towards, ip) : { port: towards };
  if (!port) return { kind: 'none', why: `${towards.name} of ${host.node} has no port that leads to ${ip.text}` };
  const machine = standardPod(world, host, towards, port, ip, lladdr, pod);
  return { kind: 'pod', machine, port, ...(pod && { pod }), ...(guess && { guess }) };
}

interface Gateway {
  readonly gateway: string;
  readonly subnet: string;
  /** Set when no capture shows that the bridge has that address. */
  readonly missing?: Missing;
}

const firstOf = ({ family, words }: Prefix): string =>
  formatAddress({ family, words: [...words.slice(0, -1), ((words.at(-1) ?? 0) + 1) >>> 0] });

/** The gateway of a bridge's pods: its own address in their subnet, which by the CNI plugins' custom is the first. */
function gatewayOf(world: World, host: Machine, bridge: Device, ip: Ip): Gateway | undefined {
  const own = bridge.addresses.find((a) => a.ip.family === ip.family && contains(a.prefix, ip));
  if (own) return { gateway: own.ip.text, subnet: formatPrefix(own.prefix) };
  const node = world.model.nodes.find((n) => n.name === host.node);
  const cidrs = world.model
    .facts('node')
    .filter((n) => n.name === node?.kubernetesName || n.name === host.node)
    .flatMap((n) => n.podCidrs);
  const known = cidrs.map((c) => parsePrefix(c)).find((p) => p !== undefined && contains(p, ip));
  const missing =
    host.missing('address', `address of ${bridge.name}`, { dev: bridge.name }) ??
    host.missing('address', `address of ${bridge.name}`);
  // Pods of a bridge are on one link with each other, whatever became of its address.
  const prefix = known ?? parsePrefix(`${ip.text}/${ip.family === 4 ? 24 : 64}`);
  const guess: Missing = { node: host.node, input: `gateway of the pods of ${bridge.name}`, reason: 'not-captured' };
  const open = missing ?? (known ? undefined : guess);
  return prefix && { gateway: firstOf(prefix), subnet: formatPrefix(prefix), ...(open && { missing: open }) };
}

function standardPod(
  world: World,
  host: Machine,
  towards: Device,
  port: Device,
  ip: Ip,
  lladdr: string | undefined,
  pod: PodFact | undefined,
): Machine {
  const net = towards.kind === 'bridge' ? gatewayOf(world, host, towards, ip) : undefined;
  // Where each port has an address that is the gateway (the plugin ptp, kindnet); else Calico's, for which the port speaks.
  const own = net ? undefined : port.addresses.find((a) => a.ip.family === ip.family && a.scope !== 'link')?.ip.text;
  const routed = own ?? (ip.family === 4 ? '169.254.1.1' : 'fe80::ecee:eeff:feee:eeee');
  const length = ip.family === 4 ? 32 : 128;
  const everything = ip.family === 4 ? '0.0.0.0/0' : '::/0';
  const gateway = net?.gateway ?? routed;
  const subnet = net?.subnet ?? `${routed}/${length}`;
  const prefix = parsePrefix(net ? subnet : `${ip.text}/${length}`);
  const name = pod ? `${pod.namespace}/${pod.name}` : `pod ${ip.text}`;
  return makeMachine({
    id: `${host.node}/presumed ${ip.text}`,
    node: host.node,
    netns: name,
    devices: [
      { name: 'lo', kind: 'loopback', addresses: [], up: true, carrier: true, mtu: 65536 },
      {
        name: 'eth0',
        kind: 'veth',
        up: true,
        carrier: true,
        lladdr: lladdr ?? `pod ${ip.text}`,
        ...(port.mtu !== undefined && { mtu: port.mtu }),
        addresses: prefix ? [{ ip, prefix, secondary: false, scope: 'global', at: NOWHERE }] : [],
      },
    ],
    routes: [
      route('unicast', subnet, { dev: 'eth0' }, ip.family),
      route('unicast', everything, { via: gateway, dev: 'eth0' }, ip.family),
    ],
    conf: { forwarding: 1 },
    ...(net?.missing &&
      towards.lladdr !== undefined && { gateway: { address: gateway, lladdr: towards.lladdr, missing: net.missing } }),
  });
}
