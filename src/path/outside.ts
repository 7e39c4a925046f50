import { contains } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { answersAsked } from './arp.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { ipOf } from './ip.js';
import { enter } from './link.js';
import type { Machine } from './machine.js';
import type { Ip, Packet } from './types.js';

/**
 * The card of a captured node that has the address, where the networks between the nodes can lead to it. Of several that have it whoever answers first
 * gets what is sent there, until somebody asks again.
 */
function cardOf(w: Walk, ip: Ip): Device | undefined {
  const cards = w.world.owners(ip).flatMap((machine): readonly Device[] => {
    const own = machine.local.get(ip.text);
    const device = own && machine.devices.get(own.dev);
    if (!device) return [];
    const segments = w.world.segments(device);
    return segments.length > 0 && segments.every((s) => !s.apart) ? [device] : [];
  });
  const [first, ...others] = cards;
  if (first && others.length > 0)
    doubt(
      w,
      {
        input: `which of ${cards.map((c) => c.machine.node).join(' and ')} gets what is sent to ${ip.text}`,
        reason: 'not-comparable',
        detail: 'each has the address',
        ...(first.at !== undefined && { at: first.at }),
      },
      'rewritten',
    );
  if (first) return first;
  // On lo, or another device, of a node: whoever routes to the network that holds it asks there.
  const holder = attached(w, ip)?.find((card) => card.machine.local.has(ip.text) && answersAsked(w, card, ip));
  return holder ?? silentCard(w, ip);
}

/**
 * The card that carries an address which its stack lost from the table `local`. It answers no question for it (arp_process asks the table), but
 * its own questions teach it to whoever routes there: what such a neighbour still knows, nobody captured.
 */
function silentCard(w: Walk, ip: Ip): Device | undefined {
  if (w.world.owners(ip).length > 0) return undefined;
  const carried = carrierOf(w.world.cards, ip);
  const card = carried?.unusable === undefined ? carried?.device : undefined;
  if (card)
    doubt(
      w,
      {
        node: card.machine.node,
        input: `whether neighbours still know ${ip.text}, for which ${card.name} answers no more`,
        reason: 'not-captured',
      },
      'lost',
    );
  return card;
}

/** The cards on the shared network that holds an address; undefined: none holds it. */
function attached(w: Walk, ip: Ip): readonly Device[] | undefined {
  for (const card of w.world.cards) {
    const segment = w.world.segments(card).find((s) => !s.apart && contains(s.prefix, ip));
    if (segment) return segment.members;
  }
  return undefined;
}

/** The node that the cluster's objects give the address to, when it was captured and does not have it. */
function lostBy(w: Walk, ip: Ip): string | undefined {
  const { model, addressesMissing } = w.world;
  // A card may carry what the table `local` lost: see silentCard.
  if (addressesMissing || w.world.owners(ip).length > 0 || carrierOf(w.world.cards, ip)) return undefined;
  const named = model.facts('node').find((n) => n.internalIps.includes(ip.text))?.name;
  const node = named === undefined ? undefined : model.node(named)?.name;
  // Its table `local` alone does not tell what its cards carry.
  return node === undefined || w.world.host(node)?.missing('address') ? undefined : node;
}

/** A device of a pod of which nothing but its routes was captured: where its cable ends is not known. */
function unlinked({ machine, name, link }: Device): Missing | undefined {
  const missing = machine.netns === '' || link ? undefined : machine.missing('link');
  return missing && { ...missing, input: `the other end of ${name}` };
}

/** Who asks for a card's lladdr: the sender on its own network, else the router there that the node itself knows. */
function askerOf(card: Device, { src }: Packet): Ip | undefined {
  if (card.addresses.some((a) => contains(a.prefix, src))) return src;
  const routes = card.machine.facts('route').filter((r) => r.family === src.family && /\/0$/.test(r.prefix));
  const hop = routes.flatMap((r) => r.nexthops).find((n) => n.dev === card.name && n.via !== undefined);
  return hop?.via === undefined ? undefined : ipOf(hop.via);
}

/**
 * A card that is down or without carrier hears nobody ask, and whoever routes there gives up. One that would not answer has perhaps been heard
 * asking, which teaches its lladdr for a while.
 */
function unanswered(
  w: Walk,
  { machine, name }: Pick<Device, 'machine' | 'name'>,
  card: Device,
  packet: Packet,
): Arrival | undefined {
  const ip = packet.dst;
  const holder = `${card.name} of ${card.machine.node}`;
  const says = `nobody answers for ${ip.text} on its network: ${holder}`;
  const off = card.up === false ? 'is down' : card.carrier === false ? 'has no carrier' : undefined;
  if (off !== undefined) return drop(w, 'wire', machine, `${says} ${off}`, [card.at], { dev: name });
  const asker = askerOf(card, packet);
  // Of an address that the stack has lost silentCard tells.
  const { machine: own } = card;
  if (!asker || !own.captured || !own.local.has(ip.text) || answersAsked(w, card, ip, asker)) return undefined;
  const missing: Missing = {
    node: card.machine.node,
    input: `whether neighbours still know ${ip.text}, for which ${card.name} does not answer ${asker.text}`,
    reason: 'not-captured',
  };
  const stillKnown = w.choose.either(`${card.machine.id} ${card.name} answers ${asker.text}`, missing, false);
  if (stillKnown) return undefined;
  return drop(w, 'wire', machine, `${says} does not answer ${asker.text}`, [card.at], { dev: name });
}

/** A packet leaves what was captured: networks between the nodes route to the nodes' cards, and to whoever is outside. */
export function outside(w: Walk, device: Device, packet: Packet): Arrival {
  const { machine } = device;
  const unknown = unlinked(device);
  if (unknown) return { kind: 'unknown', missing: unknown };
  // Such a network may lead to the nodes' others; of the pods' addresses it knows as little as any.
  const isApart = w.world.segments(device).some((s) => s.apart);
  if (isApart && w.world.owners(packet.dst).length > 0 && !w.world.inside(packet.dst))
    return {
      kind: 'unknown',
      missing: { node: machine.node, input: `the network behind ${device.name}`, reason: 'not-captured' },
    };
  const card = cardOf(w, packet.dst);
  const lost = card && unanswered(w, device, card, packet);
  if (lost) return lost;
  if (card) {
    note(w, 'wire', machine, `by the network to ${card.machine.node} ${card.name}`, [], device.name);
    w.assumptions.add('the networks between the nodes route to their addresses and drop nothing');
    packet.mark = 0;
    // Whoever routes there counts as any router does.
    if (packet.ttl <= 1)
      return drop(w, 'wire', machine, 'TTL exceeded', [], { dev: device.name, answer: 'icmp time-exceeded' });
    packet.ttl--;
    return enter(w, card, { packet, ...(card.lladdr !== undefined && { dstMac: card.lladdr }) });
  }
  return abroad(w, device.machine, device.name, packet);
}

/** The gateway that a stack sends a packet to. */
function hopOf(machine: Machine, { dst, src, mark }: Packet): Ip | undefined {
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

/** To an address of nobody captured. The cluster's own addresses are nobody's outside, unless the network there routes them. */
function abroad(w: Walk, machine: Machine, dev: string, packet: Packet): Arrival {
  for (const ip of [packet.dst, hopOf(machine, packet)]) {
    const lost = ip && lostBy(w, ip);
    if (lost !== undefined)
      return drop(w, 'wire', machine, `${ip?.text} is the address of ${lost}, which does not have it`, [], { dev });
  }
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
    return drop(w, 'wire', machine, `nobody answers for ${packet.dst.text} on its network`, [], { dev });
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

/** What a host outside sends at once: as much as the network of a node's card takes, which the cards on it tell. */
function cutOutside(w: Walk, card: Device, packet: Packet): void {
  const members = w.world.segments(card).flatMap((s) => s.members);
  const mtu = Math.max(0, ...[card, ...members].map((d) => d.mtu ?? 0));
  if (mtu > 0 && !packet.df && packet.size > mtu) packet.piece = mtu;
}

/** The captured router on whose network a host outside is, where that is not the network of the one that it sends to. */
function routerOf(w: Walk, { src, dst }: Packet): Device | undefined {
  const isOn = (device: Device, ip: Ip): boolean =>
    w.world.segments(device).some((s) => !s.apart && contains(s.prefix, ip));
  const there = w.world.cards.filter((d) => isOn(d, src));
  if (there.some((d) => isOn(d, dst))) return undefined;
  return there.find((d) => d.machine.netns === '' && w.world.model.node(d.machine.node)?.beside);
}

/** An outside host sends or answers: by the captured router of its network, else by the networks between, to whatever address it saw. */
export function fromOutside(w: Walk, packet: Packet): Arrival {
  const router = routerOf(w, packet);
  if (router?.lladdr !== undefined) {
    note(w, 'wire', w.world.outside, `to ${router.machine.node} ${router.name}`, []);
    cutOutside(w, router, packet);
    return enter(w, router, { packet, dstMac: router.lladdr });
  }
  const card = cardOf(w, packet.dst);
  const lost = card && unanswered(w, { machine: w.world.outside, name: 'net' }, card, packet);
  if (lost) return lost;
  if (card) {
    note(w, 'wire', w.world.outside, `to ${card.machine.node} ${card.name}`, []);
    cutOutside(w, card, packet);
    // Who it is on that network, as the one who is sent to knows it.
    const srcMac = card.machine.neighbours(card.name, packet.src).find((n) => n.lladdr !== undefined)?.lladdr;
    return enter(w, card, {
      packet,
      ...(srcMac !== undefined && { srcMac: srcMac.toLowerCase() }),
      ...(card.lladdr !== undefined && { dstMac: card.lladdr }),
    });
  }
  return abroad(w, w.world.outside, 'net', packet);
}
