import { type At, contains, parsePrefix } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { byFabric } from './fabric.js';
import { ipOf } from './ip.js';
import { enter } from './link.js';
import type { Machine } from './machine.js';
import type { Ip, Packet } from './types.js';
import type { World } from './world.js';

/*
 * What leaves the captured machines for an address that none of them has on a card: whose it may be, and what becomes of it.
 */

/** The cards on the shared network that holds an address; undefined: none holds it. */
export function attached(w: Walk, ip: Ip): readonly Device[] | undefined {
  for (const card of w.world.cards) {
    const segment = w.world.segments(card).find((s) => !s.apart && contains(s.prefix, ip));
    if (segment) return segment.members;
  }
  return undefined;
}

/** The node that the cluster's objects give the address to, when it was captured and does not have it. */
function lostBy(w: Walk, ip: Ip): { readonly node: string; readonly at: At } | undefined {
  const { model, addressesMissing } = w.world;
  // A card may carry what the table `local` lost: see silentCard.
  if (addressesMissing || w.world.owners(ip).length > 0 || carrierOf(w.world.cards, ip)) return undefined;
  const named = model.facts('node').find((n) => n.internalIps.includes(ip.text));
  const node = named && model.node(named.name)?.name;
  // Its table `local` alone does not tell what its cards carry.
  return !named || node === undefined || w.world.host(node)?.missing('address') ? undefined : { node, at: named.at };
}

/** The gateway that a stack sends a packet to. */
export function hopOf(machine: Machine, { dst, src, mark }: Packet): Ip | undefined {
  const found = machine.fib.lookup({ dst, src, iif: 'lo', mark }, () => {});
  const via = found.kind === 'unicast' ? found.nexthops[0]?.via : undefined;
  return via === undefined ? undefined : ipOf(via);
}

/**
 * Does the packet go to a node that nobody captured? Its tunnel's packet does, wherever it ends, and so does what is routed by the address that the
 * cluster's objects give for such a node: neither is lost, and nobody knows what becomes of it.
 */
function absentNode(w: Walk, machine: Machine, packet: Packet): Missing | undefined {
  const { world } = w;
  if (packet.inner && world.owners(packet.dst).length === 0)
    return { input: `what ${packet.dst.text} does with the tunnel's packet`, reason: 'not-captured' };
  for (const ip of [packet.dst, hopOf(machine, packet)]) {
    if (!ip || world.owners(ip).length > 0) continue;
    const node =
      world.model.facts('node').find((n) => n.internalIps.includes(ip.text))?.name ??
      world.model.facts('flannel-lease').find((l) => l.publicIp === ip.text)?.node;
    if (node !== undefined)
      return { input: `what ${node} (${ip.text}) does with a packet to ${packet.dst.text}`, reason: 'not-captured' };
  }
  return undefined;
}

/**
 * Is the tunnel's packet for nobody, whoever has its address? What it carries names the lladdr of a VXLAN device of a captured node (vxlan_rcv takes the frame
 * of another for a stranger's, PACKET_OTHERHOST), or every node is known and none has the address. The address must be on a network that the nodes share:
 * behind a router it may be translated to one of theirs.
 */
function strayTunnel(w: Walk, machine: Machine, dev: string, packet: Packet): Arrival | undefined {
  const { world } = w;
  const { inner, dst } = packet;
  const hop = hopOf(machine, packet);
  const beside = attached(w, dst);
  if (!inner || !beside || (hop && hop.text !== dst.text) || world.nodesMissing || world.owners(dst).length > 0)
    return undefined;
  const encapsulated = w.steps.findLast((s) => s.kind === 'encapsulate')?.at ?? [];
  const taker =
    inner.vni === undefined
      ? undefined
      : world.machines
          .flatMap((m) => [...m.devices.values()])
          .find((d) => d.kind === 'vxlan' && d.lladdr === inner.dstMac && d.link?.vxlan?.vni === inner.vni);
  if (taker && beside.some((card) => card.machine === taker.machine))
    return drop(
      w,
      'wire',
      machine,
      `${dst.text} is not ${taker.machine.node}, and the frame for ${inner.dstMac} is for ${taker.name} of ${taker.machine.node} alone`,
      [...encapsulated, taker.at],
      { dev, tunnel: true },
    );
  if (!allNodesCaptured(world) || carrierOf(world.cards, dst)) return undefined;
  return drop(
    w,
    'wire',
    machine,
    `${dst.text} is none of the cluster's nodes: nobody there takes a tunnel's packet`,
    encapsulated,
    { dev, tunnel: true },
  );
}

/** Do the cluster's objects list the nodes, and was each captured? */
function allNodesCaptured({ model }: World): boolean {
  const nodes = model.facts('node');
  return nodes.length > 0 && model.absence('node').known && nodes.every((n) => model.node(n.name) !== undefined);
}

/** A tunnel, a veth with both ends in the node, or a bridge of which no port is a card. */
const isInner = (w: Walk, device: Device): boolean =>
  device.kind === 'veth'
    ? w.world.peer(device) !== undefined
    : /^(?:vxlan|ipip|gre|wireguard)$/.test(device.kind) ||
      (device.kind === 'bridge' &&
        ![...device.machine.devices.values()].some((d) => d.master === device.name && w.world.segments(d).length > 0));

/** More routers than the way to anybody has. */
const FAR = 32;

/** What goes by a gateway needs a TTL that gets it through: by one router at least, and nobody knows how many there are. */
function routersBetween(w: Walk, machine: Machine, dev: string, packet: Packet): Arrival | undefined {
  const gateway = machine === w.world.outside ? undefined : hopOf(machine, packet);
  if (packet.ttl >= FAR || !gateway || gateway.text === packet.dst.text) return undefined;
  if (packet.ttl <= 1)
    return drop(w, 'wire', machine, `TTL exceeded at ${gateway.text}`, [], { dev, answer: 'icmp time-exceeded' });
  const input = `whether ${packet.dst.text} is nearer than the TTL of ${packet.ttl} carries`;
  doubt(w, { node: machine.node, input, reason: 'not-captured' }, 'lost');
  return undefined;
}

/** Bits that any two addresses of one service network share: it has 16 bits for hosts or less, as a rule. */
const SERVICE_BITS = { 4: 16, 6: 112 } as const;

/** Is it likely one of the service network, of which no capture tells the length? No node has an address there. */
function isBesideServices({ world }: Walk, ip: Ip): boolean {
  const around = parsePrefix(`${ip.text}/${SERVICE_BITS[ip.family]}`);
  const isNear = (text: string): boolean => {
    const other = ipOf(text);
    return around !== undefined && other !== undefined && contains(around, other);
  };
  return (
    world.model.facts('service').some((s) => s.clusterIps.some(isNear)) &&
    !world.model.nodes.some((n) => n.addresses.some(isNear))
  );
}

/** To an address of nobody captured. The cluster's own addresses are nobody's outside, unless the network there routes them. */
export function abroad(w: Walk, machine: Machine, dev: string, packet: Packet): Arrival {
  for (const ip of [packet.dst, hopOf(machine, packet)]) {
    const lost = ip && lostBy(w, ip);
    if (lost)
      return drop(w, 'wire', machine, `${ip?.text} is the address of ${lost.node}, which does not have it`, [lost.at], {
        dev,
      });
  }
  const stray = strayTunnel(w, machine, dev, packet);
  if (stray) return stray;
  const absent = absentNode(w, machine, packet);
  if (absent) return { kind: 'unknown', missing: absent };
  // A host that nobody captured takes what the nodes don't have: which they are must be known.
  if (!w.world.inside(packet.dst) && w.world.owners(packet.dst).length === 0) {
    note(w, 'wire', machine, `${packet.dst.text} is outside`, [], dev);
    if (w.world.nodesMissing) doubt(w, w.world.nodesMissing, 'rewritten');
    const expired = routersBetween(w, machine, dev, packet);
    if (expired) return expired;
    // Who asks a host outside knows that it is there; of one that only a rule names nobody says so.
    if (packet.role === 'request' && packet.dst.text !== w.asked.text)
      doubt(w, { input: `whether ${packet.dst.text} is there`, reason: 'not-captured' }, 'lost');
    if (packet.role === 'request' && isBesideServices(w, packet.dst))
      doubt(
        w,
        {
          input: `whether ${packet.dst.text}, beside the addresses of services, is a host outside`,
          reason: 'not-captured',
        },
        'lost',
      );
    packet.mark = 0;
    return { kind: 'arrived', machine: w.world.outside, packet, dev: undefined };
  }
  // A node has it on a device that is no card of a shared network: what leads there (a VIP, a switch of its own) was not captured.
  const holder = w.world.inside(packet.dst) ? undefined : w.world.owners(packet.dst).find((m) => m.netns === '');
  const device = holder?.devices.get(holder.local.get(packet.dst.text)?.dev ?? '');
  // Which network its devices are on tell its addresses and its gateway.
  const unplaced = holder?.missing('address') ?? holder?.missing('route');
  if (unplaced) return { kind: 'unknown', missing: unplaced };
  // A network that ends within the node is one of which nobody else knows, as pods' are.
  if (device && isInner(w, device) && w.world.routesPods)
    return drop(
      w,
      'wire',
      machine,
      `${packet.dst.text} leaves by ${dev} to a network that does not know it`,
      [device.at],
      {
        dev,
      },
    );
  if (holder && attached(w, packet.dst) && !w.world.addressesMissing)
    return drop(
      w,
      'wire',
      machine,
      `nobody answers for ${packet.dst.text} on its network: ${device?.name ?? 'none of its cards'} of ${holder.node} has it`,
      [holder.local.get(packet.dst.text)?.at],
      { dev },
    );
  if (holder)
    return {
      kind: 'unknown',
      missing: {
        node: holder.node,
        input: `what leads to ${packet.dst.text} of ${holder.node}`,
        reason: 'not-captured',
      },
    };
  const unseen = w.world.addressesMissing;
  if (unseen) return { kind: 'unknown', missing: unseen };
  if (w.world.routesPods || w.world.pod(packet.dst).kind !== 'pod')
    return drop(
      w,
      'wire',
      machine,
      `${packet.dst.text} leaves by ${dev} to a network that does not know it`,
      w.steps.findLast((s) => s.kind === 'route' && s.node === machine.node && s.netns === machine.netns)?.at ?? [],
      { dev },
    );
  const fabric = machine === w.world.outside ? undefined : byFabric(w.world, packet);
  if (fabric && packet.ttl > 1) {
    const { card, cloud } = fabric;
    w.assumptions.add(`the network of the cloud (${cloud}) leads pods' addresses to their nodes`);
    note(w, 'wire', machine, `by the network to ${card.machine.node} ${card.name}`, [], dev);
    packet.mark = 0;
    packet.ttl--;
    return enter(w, card, { packet, ...(card.lladdr !== undefined && { dstMac: card.lladdr }) });
  }
  return {
    kind: 'unknown',
    missing: {
      node: machine.node,
      input: `whether the network behind ${dev} routes ${packet.dst.text}`,
      ...(!w.world.podsListed && { supply: 'pod' as const }),
      reason: 'not-captured',
    },
  };
}
