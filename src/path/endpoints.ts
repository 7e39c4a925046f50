import type { PodFact } from '../facts/index.js';
import type { ClusterModel, Node } from '../model/types.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { strayStack } from './stray.js';
import type { Ip } from './types.js';
import type { World } from './world.js';

/** One end of a probe. */
export interface Endpoint {
  /** As it was asked for. */
  readonly text: string;
  readonly machine: Machine;
  /** Undefined: the stack chooses, by its routes. */
  readonly ip: Ip | undefined;
  readonly assumptions: readonly string[];
}

export type Resolved<T> = { readonly kind: 'end'; readonly end: T } | { readonly kind: 'error'; readonly says: string };

const error = (says: string): { readonly kind: 'error'; readonly says: string } => ({ kind: 'error', says });

/**
 * The address that others know a node by; of a family: that of its object, or the one that the same card has. An address of another card (a bridge
 * of its own, a second network) is nobody's to reach.
 */
export function nodeAddress(world: World, node: Node, family?: 4 | 6): Ip | undefined {
  const known = world.model.facts('node').find((n) => n.name === node.kubernetesName || n.name === node.name);
  const named = (known?.internalIps ?? []).flatMap((text) => ipOf(text) ?? []);
  const first = named[0] ?? node.addresses.flatMap((text) => ipOf(text) ?? [])[0];
  if (family === undefined || first?.family === family) return first;
  const other = named.find((ip) => ip.family === family);
  if (other || !first) return other;
  const host = world.host(node.name);
  const card = [...(host?.devices.values() ?? [])].find((d) => d.addresses.some((a) => a.ip.text === first.text));
  return card?.addresses.find((a) => a.ip.family === family && a.scope !== 'link')?.ip;
}

const podNamed = (model: ClusterModel, name: string): PodFact | undefined => {
  const pods = model.facts('pod');
  return (
    pods.find((p) => `${p.namespace}/${p.name}` === name) ??
    one(pods.filter((p) => p.name === name || `${p.namespace}/${p.name}`.endsWith(name)))
  );
};

const one = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);

/** A captured stack by the name of its namespace or pod. */
const stackNamed = (world: World, name: string): Machine | undefined =>
  one(
    world.machines.filter(
      (m) => m.netns !== '' && (m.netns === name || m.netns === name.replace('/', '_') || m.netns.endsWith(`/${name}`)),
    ),
  );

function ownAddress(machine: Machine): Ip | undefined {
  for (const device of machine.devices.values())
    for (const a of device.addresses)
      if (device.kind !== 'loopback' && a.scope !== 'link' && a.ip.family === 4) return a.ip;
  return undefined;
}

/** The address that an endpoint's name stands for, as a destination. */
export function destination(world: World, text: string): Resolved<Ip> {
  const { model } = world;
  const [, kind, name = ''] = /^(node|pod|svc):(.+)$/.exec(text) ?? [];
  if (kind === 'node') {
    const node = model.node(name);
    if (!node)
      return error(`no node is called ${name}, or several are; there are ${model.nodes.map((n) => n.name).join(', ')}`);
    const ip = nodeAddress(world, node);
    return ip ? { kind: 'end', end: ip } : error(`no capture tells an address of node ${name}`);
  }
  if (kind === 'pod') {
    const ip = ipOf(podNamed(model, name)?.ips[0] ?? '') ?? ((m) => m && ownAddress(m))(stackNamed(world, name));
    return ip ? { kind: 'end', end: ip } : error(`no capture tells the address of pod ${name}`);
  }
  if (kind === 'svc') {
    const service = model.facts('service').find((s) => `${s.namespace}/${s.name}` === name);
    const ip = ipOf(service?.clusterIps[0] ?? '');
    return ip ? { kind: 'end', end: ip } : error(`no capture tells a cluster address of service ${name}`);
  }
  // What is for no address is for the sender itself (ip_route_output_key_hash_rcu, tcp_v6_connect).
  const ip = ipOf(/^(?:0\.0\.0\.0|::)$/.test(text) ? (text === '::' ? '::1' : '127.0.0.1') : text);
  return ip
    ? { kind: 'end', end: ip }
    : error(`${text} is neither an address nor node:NAME, pod:NAMESPACE/NAME or svc:NAMESPACE/NAME`);
}

/** The stack that an endpoint's name stands for, as a source. */
export function source(world: World, text: string, family: 4 | 6 = 4): Resolved<Endpoint> {
  const [, kind, name = ''] = /^(node|pod|svc):(.+)$/.exec(text) ?? [];
  if (kind === 'svc') return error(`${text} sends nothing: a service is only a destination`);
  if (kind === 'node') {
    const node = world.model.node(name);
    const machine = node && world.host(node.name);
    return machine
      ? { kind: 'end', end: { text, machine, ip: undefined, assumptions: [] } }
      : error(`no node is called ${name}`);
  }
  const named = kind === 'pod' ? stackNamed(world, name) : undefined;
  if (named) return { kind: 'end', end: { text, machine: named, ip: undefined, assumptions: [] } };
  const resolved = destination(world, text);
  if (resolved.kind === 'error') return resolved;
  const stray = kind === 'pod' ? strayStack(world, resolved.end) : undefined;
  if (stray) {
    const assumptions = stray.assumption === undefined ? [] : [stray.assumption];
    return { kind: 'end', end: { text, machine: stray.machine, ip: undefined, assumptions } };
  }
  const node = kind === 'pod' ? world.model.node(podNamed(world.model, name)?.node ?? '')?.name : undefined;
  const found = owner(world, text, resolved.end, node);
  if (found.kind === 'error') return found;
  const { end } = found;
  // Who is asked by name takes whatever address the stack gives.
  if (kind === 'pod' && end.machine.captured && end.machine !== world.outside)
    return { kind: 'end', end: { ...end, ip: undefined } };
  if (end.ip?.family === family) return found;
  const other =
    kind === 'pod'
      ? podNamed(world.model, name)
          ?.ips.map(ipOf)
          .find((ip) => ip?.family === family)
      : undefined;
  return other ? owner(world, text, other, node) : error(`${text} has no address of IPv${family} that a capture tells`);
}

/** The node that a pod is said to run on: by its name, or by an address that it has alone. */
function nodeOfPod({ model }: World, ip: Ip): string | undefined {
  const pods = model.facts('pod').filter((p) => p.hostNetwork !== true && p.ips.includes(ip.text));
  const nodes = new Set(pods.map((p) => (p.node === undefined ? undefined : model.node(p.node)?.name)));
  return one([...nodes]);
}

/** `on`: the node that the pod which is meant runs on, where two have the address. */
function owner(world: World, text: string, ip: Ip, on?: string): Resolved<Endpoint> {
  const owners = world.owners(ip);
  const pods = owners.filter((m) => m.netns !== '');
  const node = pods.length > 1 ? (on ?? nodeOfPod(world, ip)) : undefined;
  // An address that several stacks have is meant as the pod's whose it is, else as the first node's.
  const machine = pods.find((m) => m.node === node) ?? pods[0] ?? owners[0];
  const unseen = world.unseenPod(ip);
  if (unseen)
    return {
      kind: 'end',
      end: {
        text,
        machine: unseen.machine,
        ip,
        assumptions: [`pod ${ip.text} on ${unseen.machine.node} is as pods are: its namespace was not captured`],
      },
    };
  if (machine) return { kind: 'end', end: { text, machine, ip, assumptions: [] } };
  const pod = world.pod(ip);
  if (world.inside(ip))
    return error(
      `${ip.text} is an address of the cluster, and no captured stack has it${pod.kind === 'none' ? `: ${pod.why}` : ''}`,
    );
  return {
    kind: 'end',
    end: { text, machine: world.outside, ip, assumptions: [`${ip.text} is a host outside of what was captured`] },
  };
}
