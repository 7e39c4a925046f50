import type { LinkFact, NextHop, PodFact } from '../facts/index.js';
import { contains, type Prefix, parsePrefix } from '../kit/index.js';
import { namedNetworks } from '../model/lookups/networks.js';
import { sharedByPods } from '../model/lookups/node-address.js';
import type { ClusterModel, Missing, Stack } from '../model/types.js';
import type { Device } from './device.js';
import { type Machine, machineOf } from './machine.js';
import { rulesetOf } from './netfilter/ruleset.js';
import { outsideMachine, presumedPod } from './presumed.js';
import type { PortGuess } from './presumed-port.js';
import { findSegments, isCard, type Members, membersOf, type Segment } from './segments.js';
import type { Ip } from './types.js';

/** All stacks, and what lies between them. Built once per model; walks change nothing in it. */
export interface World {
  readonly model: ClusterModel;
  readonly machines: readonly Machine[];
  /** The node's own stack. */
  host(node: string): Machine | undefined;
  /** Captured stacks that have the address, nodes first. */
  owners(ip: Ip): readonly Machine[];
  /** The other end of a veth, of a presumed pod too; undefined: it was not captured. */
  peer(device: Device): Device | undefined;
  /** Devices that are attached to a network outside of their node. */
  readonly cards: readonly Device[];
  /** Networks that a device of a node is attached to; [] for devices that lead nowhere outside. */
  segments(device: Device): readonly Segment[];
  members(device: Device): Members;
  /** A pod that was not captured, as all pods are: by its address. */
  pod(ip: Ip): Presumption;
  /** That pod, where no captured stack is it: none has the address, or another node than the pod's has it too. */
  unseenPod(ip: Ip): PresumedPod | undefined;
  /** Whoever is not captured. */
  readonly outside: Machine;
  /** Some node's addresses were not captured: that nobody has an address cannot be told. */
  readonly addressesMissing: Missing | undefined;
  /** The same of nodes alone: what nobody outside has may be theirs. */
  readonly nodesMissing: Missing | undefined;
  /** Does the address belong to the cluster's own pod or service networks, which nobody outside has? */
  inside(ip: Ip): boolean;
  /** Do the nodes themselves route to each other's pods, so that the network between them does not know those addresses? */
  readonly routesPods: boolean;
  /** Were pods listed? Their places tell which routes lead to pods. */
  readonly podsListed: boolean;
}

/** A pod that is presumed, with the device of its node that leads to it. */
export type Presumption = PresumedPod | { readonly kind: 'none'; readonly why: string };

export interface PresumedPod {
  readonly kind: 'pod';
  readonly machine: Machine;
  readonly port: Device;
  readonly pod?: PodFact;
  /** It may be behind another port. */
  readonly guess?: PortGuess;
}

function findPeers(machines: readonly Machine[]): (device: Device) => Device | undefined {
  const byNode = new Map<string, Device[]>();
  for (const m of machines)
    for (const d of m.devices.values())
      if (d.kind === 'veth') {
        const list = byNode.get(m.node);
        if (list) list.push(d);
        else byNode.set(m.node, [d]);
      }
  const known = new Map<Device, Device | undefined>();
  return (device) => {
    if (device.kind !== 'veth') return undefined;
    if (known.has(device)) return known.get(device);
    const found = (byNode.get(device.machine.node) ?? []).filter((d) => d !== device && pairs(device, d));
    const peer = found.length === 1 ? found[0] : undefined;
    known.set(device, peer);
    return peer;
  };
}

/** Is the other end in the same namespace, as far as the device says? */
const isHere = (link: LinkFact): boolean => link.netnsId === undefined && link.netnsName === undefined;

/** Two ends of one pair name each other's index, or each other's name within one namespace. */
function pairs(a: Device, b: Device): boolean {
  const la = a.link;
  const lb = b.link;
  if (!la || !lb) return false;
  // `bridge link` names the index in its own namespace, whatever namespace the other end is in.
  if (a.machine === b.machine)
    return (
      isHere(la) &&
      isHere(lb) &&
      ((la.peerName === b.name && lb.peerName === a.name) ||
        (la.peerIndex !== undefined && la.peerIndex === lb.index && lb.peerIndex === la.index))
    );
  if (la.netnsName !== undefined && b.machine.netns !== '' && !named(la.netnsName, b.machine.netns)) return false;
  if (lb.netnsName !== undefined && a.machine.netns !== '' && !named(lb.netnsName, a.machine.netns)) return false;
  return (
    la.peerIndex !== undefined &&
    la.peerIndex === lb.index &&
    lb.peerIndex === la.index &&
    (la.netnsId !== undefined || la.netnsName !== undefined || lb.netnsId !== undefined || lb.netnsName !== undefined)
  );
}

/** Collectors name a namespace by its file, a pod or a pid: only two names of files can be told apart. */
const named = (file: string, netns: string): boolean => !/^cni-/.test(netns) || !/^cni-/.test(file) || file === netns;

/** Kinds that no stack of a sort has, or of which none has what a scope selects; asked once each. */
function untaken(stacks: readonly Stack[]): Machine['presumable'] {
  const known = new Map<string, boolean>();
  return (kind, scope) => {
    const key = scope ? `${kind} ${Object.entries(scope).join(' ')}` : kind;
    const value = known.get(key) ?? !stacks.some((s) => (scope ? s.absence(kind, scope).known : s.has(kind)));
    known.set(key, value);
    return value;
  };
}

function* allMachines({ nodes, facts }: ClusterModel): Generator<Machine> {
  const hasServices = facts('service').some((s) => s.clusterIps.length > 0);
  const others = nodes.flatMap((n) => n.others);
  const ofHosts = untaken(nodes.map((n) => n.host));
  const ofOthers = untaken(others);
  let failed: ReadonlySet<string> | undefined;
  const unheard = (): ReadonlySet<string> => {
    failed ??= new Set(
      [...nodes.map((n) => n.host), ...others]
        .flatMap((s) => s.facts('neigh'))
        .flatMap((n) => (n.state === 'FAILED' || n.state === 'INCOMPLETE' ? [n.address] : [])),
    );
    return failed;
  };
  for (const node of nodes)
    yield machineOf(node.host, rulesetOf, { presumable: ofHosts, hasServices: hasServices && !node.beside, unheard });
  for (const other of others) yield machineOf(other, rulesetOf, { presumable: ofOthers, hasServices, unheard });
}

/** Prefixes that only the cluster knows: of pods and of services, as its own objects and devices name them. */
function clusterPrefixes(model: ClusterModel, hosts: readonly Machine[]): readonly Prefix[] {
  const named = namedNetworks({
    cluster: {
      'flannel-config': model.facts('flannel-config'),
      'cluster-cidr': model.facts('cluster-cidr'),
      'ip-pool': model.facts('ip-pool'),
    },
    hosts: model.nodes.map(({ name, host }) => ({
      node: name,
      facts: {
        'subnet-env': host.facts('subnet-env'),
        'iptables-table': host.facts('iptables-table'),
        'nft-chain': host.facts('nft-chain'),
      },
    })),
  });
  const texts = [
    ...named.map((n) => n.prefix),
    ...model.facts('node').flatMap((n) => n.podCidrs),
    ...model.facts('flannel-lease').map((l) => l.subnet),
    ...model.facts('pod').flatMap((p) => (p.hostNetwork === true || p.ips.includes(p.hostIp ?? '') ? [] : p.ips)),
    ...model.facts('service').flatMap((s) => [...s.clusterIps, ...s.externalIps]),
  ];
  const nodeAddresses = new Set([
    ...hosts.flatMap((h) => [...h.local.keys()]),
    ...model.facts('node').flatMap((n) => [...n.internalIps, ...n.externalIps]),
    ...sharedByPods(model.facts('pod')),
  ]);
  return texts
    .filter((t) => !nodeAddresses.has(t))
    .map((t) => parsePrefix(t))
    .filter((p) => p !== undefined);
}

/** The world of a model. */
export function makeWorld(model: ClusterModel): World {
  const machines = [...allMachines(model)];
  const hosts = new Map(machines.filter((m) => m.netns === '').map((m) => [m.node, m]));
  const peer = findPeers(machines);
  const cards = machines.flatMap((m) => {
    const hasPods = model.node(m.node)?.beside !== true;
    return [...m.devices.values()].filter((d) => isCard(d, peer(d), hasPods));
  });
  const segments = findSegments(cards);
  const owned = new Map<string, Machine[]>();
  for (const m of machines)
    for (const text of m.local.keys()) {
      const list = owned.get(text);
      if (list) list.push(m);
      else owned.set(text, [m]);
    }
  const prefixes = clusterPrefixes(model, [...hosts.values()]);
  const pods = new Map<string, Presumption>();
  const insiders = new Map<string, boolean>();
  const ports = new Map<Machine, Device>();
  const world: World = {
    model,
    machines,
    host: (node) => hosts.get(node),
    owners: (ip) => owned.get(ip.text) ?? [],
    peer: (device) => ports.get(device.machine) ?? peer(device),
    cards,
    segments,
    members: membersOf(segments),
    pod: (ip) => {
      const known = pods.get(ip.text);
      if (known) return known;
      const made = presumedPod(world, ip);
      pods.set(ip.text, made);
      if (made.kind === 'pod') ports.set(made.machine, made.port);
      return made;
    },
    unseenPod: (ip) => {
      const owners = world.owners(ip);
      const pod = owners.every((m) => m.netns === '') ? world.pod(ip) : undefined;
      if (pod?.kind !== 'pod') return undefined;
      const isItself = pod.pod?.node === undefined || owners.some((m) => m.node === pod.machine.node);
      return owners.length > 0 && isItself ? undefined : pod;
    },
    outside: outsideMachine(),
    addressesMissing: machines.map((m) => m.addressesMissing()).find((m) => m !== undefined),
    nodesMissing: machines.map((m) => (m.netns === '' ? m.addressesMissing() : undefined)).find((m) => m !== undefined),
    inside: (ip) => {
      const known = insiders.get(ip.text) ?? prefixes.some((p) => contains(p, ip));
      insiders.set(ip.text, known);
      return known;
    },
    routesPods: routesPods(model, [...hosts.values()], cards),
    podsListed: model.facts('pod').length > 0,
  };
  return world;
}

/** Do the nodes tell each other by BGP, and nobody else? Then a router between them hears of no pods, whatever becomes of the nodes' own routes. */
function meshesAlone(model: ClusterModel): boolean {
  const nodes = new Set([
    ...model.nodes.flatMap((n) => n.addresses),
    ...model.facts('node').flatMap((n) => n.internalIps),
  ]);
  const neighbours = model.nodes.flatMap(({ host }) => [
    ...host.facts('bird-protocol').flatMap((p) => (p.protocol === 'BGP' ? [p.neighbour] : [])),
    ...host.facts('bgp-peer').map((p) => p.address),
  ]);
  return neighbours.length > 0 && neighbours.every((n) => n !== undefined && nodes.has(n));
}

/** Is the device one of the network between the nodes: a card, or a bridge that has one? */
const isUplink = (cards: readonly Device[], device: Device): boolean =>
  cards.some((c) => c === device || (c.machine === device.machine && c.master === device.name));

/** Some node has a route of its own to another node's pods, or a device that leads to them: then nobody else need know the way. */
function routesPods(model: ClusterModel, hosts: readonly Machine[], cards: readonly Device[]): boolean {
  if (meshesAlone(model)) return true;
  const podSubnets = [
    ...model.facts('node').flatMap((n) => n.podCidrs.map((c) => ({ node: n.name, cidr: c }))),
    ...model.facts('pod').flatMap((p) => (p.hostNetwork ? [] : p.ips.map((ip) => ({ node: p.node, cidr: ip })))),
  ];
  return hosts.some((h) => {
    const own = model.nodes.find((n) => n.name === h.node);
    const leads = ({ via, dev = '' }: NextHop): boolean => {
      const device = h.devices.get(dev);
      return via !== undefined || (device !== undefined && !isUplink(cards, device));
    };
    const routes = h
      .facts('route')
      .filter((r) => r.type === 'unicast' && !r.lookup && r.prefix !== '0.0.0.0/0' && r.nexthops.some(leads));
    return routes.some((r) => {
      const prefix = parsePrefix(r.prefix);
      return (
        prefix !== undefined &&
        podSubnets.some(({ node, cidr }) => {
          const subnet = parsePrefix(cidr);
          const mine =
            node !== undefined &&
            own !== undefined &&
            (own.name === node || own.kubernetesName === node || own.aliases.includes(node));
          return !mine && subnet !== undefined && contains(prefix, { family: subnet.family, words: subnet.words });
        })
      );
    });
  });
}

const worlds = new WeakMap<ClusterModel, World>();

/** The world of a model; built once, whatever is asked of it. */
export function worldOf(model: ClusterModel): World {
  const known = worlds.get(model) ?? makeWorld(model);
  worlds.set(model, known);
  return known;
}
