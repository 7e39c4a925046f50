import { cloudOf } from '../model/lookups/cloud.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { Ip, Packet } from './types.js';
import type { World } from './world.js';

/*
 * Clouds whose networks lead pods' addresses to their nodes: by addresses that belong to a node's card (the VPC CNI of AWS, Azure's), or by routes that
 * a controller writes (kubenet, GKE). No capture of a node shows that, but for the cloud's name.
 */

const known = new WeakMap<World, string | null>();

/** What tells the cloud; undefined: nothing does, or the nodes have tunnels of their own for pods. */
function fabricOf(world: World): string | undefined {
  const held = known.get(world);
  if (held !== undefined) return held ?? undefined;
  // What was not captured may be a tunnel, or a route by one.
  const mayLead = world.machines.some(
    (m) =>
      m.netns === '' &&
      (m.missing('link') !== undefined ||
        m.missing('route') !== undefined ||
        [...m.devices.values()].some((d) => /^(?:vxlan|ipip|gre|wireguard)$/.test(d.kind))),
  );
  const cloud = mayLead ? undefined : cloudOf(world.model);
  known.set(world, cloud ?? null);
  return cloud;
}

/** The pod's own stack, captured or presumed. */
function podAt(world: World, ip: Ip): Machine | undefined {
  const own = world.owners(ip);
  if (own.length > 1) return undefined;
  const pod = world.pod(ip);
  return own[0] ?? (pod.kind === 'pod' ? pod.machine : undefined);
}

/**
 * The card by which such a network hands a node what is for one of its pods, and what tells so: the one by which the node sends what that pod answers.
 */
export function byFabric(
  world: World,
  { src, dst }: Packet,
): { readonly card: Device; readonly cloud: string } | undefined {
  const cloud = world.routesPods ? undefined : fabricOf(world);
  const pod = cloud === undefined ? undefined : podAt(world, dst);
  const host = pod?.netns === '' ? undefined : pod && world.host(pod.node);
  if (cloud === undefined || !host) return undefined;
  const back = host.fib.lookup({ dst: src, src: dst, iif: 'lo', mark: 0 }, () => undefined);
  const dev = back.kind === 'unicast' ? back.nexthops[0]?.dev : undefined;
  const card = world.cards.find((c) => c.machine === host && c.name === dev);
  return card && { card, cloud };
}
