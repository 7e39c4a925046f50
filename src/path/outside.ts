import { contains } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { abroad, attached, hopOf } from './abroad.js';
import { answersAsked } from './arp.js';
import { losesOutside, ruleOf } from './asking.js';
import { entryOf } from './balancer.js';
import { cardOf as cardBelow } from './behind.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { gatewaysOf } from './hearsay.js';
import { ipOf } from './ip.js';
import { enter } from './link.js';
import { doubtTwin } from './twins.js';
import type { Ip, Packet } from './types.js';
import type { World } from './world.js';

/**
 * The card of a captured node that has the address, where the networks between the nodes can lead to it. Of several that have it whoever answers first
 * gets what is sent there, until somebody asks again.
 */
function cardOf(w: Walk, ip: Ip): Device | undefined {
  const cards = w.world.owners(ip).flatMap((machine): readonly Device[] => {
    const own = machine.local.get(ip.text);
    const device = own && machine.devices.get(own.dev);
    if (!device) return [];
    const segments = w.world.segments(cardBelow(w, device));
    return segments.length > 0 && segments.every((s) => !s.apart) ? [device] : [];
  });
  const [first] = cards;
  // On lo, or another device, of a node: whoever routes to the network that holds it asks there.
  const holders = attached(w, ip)?.filter((card) => card.machine.local.has(ip.text) && answersAsked(w, card, ip)) ?? [];
  const others = [...cards, ...holders]
    .filter((c, i, all) => i === all.findIndex((d) => d.machine === c.machine))
    .slice(1);
  if (first && others.length > 0)
    doubt(
      w,
      {
        input: `which of ${[first, ...others].map((c) => c.machine.node).join(' and ')} gets what is sent to ${ip.text}`,
        reason: 'not-comparable',
        detail: 'each has the address',
        ...(first.at !== undefined && { at: first.at }),
      },
      'rewritten',
    );
  if (first) return first;
  return holders[0] ?? silentCard(w, ip);
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
  if (!asker || !own.captured || !own.local.has(ip.text)) return undefined;
  const answers = answersAsked(w, card, ip, asker);
  const lost = answers ? losesOutside(w, card, ip, asker) : undefined;
  if (answers && lost === undefined) return undefined;
  const missing: Missing = {
    node: card.machine.node,
    input: `whether neighbours still know ${ip.text}, for which ${card.name} does not answer ${asker.text}`,
    reason: 'not-captured',
    ...ruleOf(lost),
  };
  const stillKnown = w.choose.either(`${card.machine.id} ${card.name} answers ${asker.text}`, missing, false);
  if (stillKnown) return undefined;
  return drop(w, 'wire', machine, `${says} does not answer ${asker.text}`, [card.at], { dev: name });
}

/** What tells which addresses routers know: those that Kubernetes knows nodes by, and the gateways of all routes. */
interface Known {
  readonly named: ReadonlySet<string>;
  readonly gateways: readonly Ip[];
}
const knownOf = new WeakMap<World, Known>();

function known(world: World): Known {
  const held = knownOf.get(world);
  if (held) return held;
  const fresh: Known = {
    named: new Set(world.model.facts('node').flatMap((n) => n.internalIps)),
    gateways: [...gatewaysOf(world).keys()].flatMap((via) => ipOf(via) ?? []),
  };
  knownOf.set(world, fresh);
  return fresh;
}

/**
 * Is whoever routes there likely to know the address? The one that Kubernetes knows the node by, or that of a network on which somebody's gateway is.
 * Another that a card has is known to the nodes beside it alone.
 */
function isRouted({ world }: Walk, card: Device, ip: Ip): boolean {
  const { named, gateways } = known(world);
  if (named.size === 0 || named.has(ip.text) || !card.addresses.some((a) => a.ip.text === ip.text)) return true;
  const around = card.addresses.filter((a) => contains(a.prefix, ip));
  return gateways.some((gateway) => gateway.text !== ip.text && around.some((a) => contains(a.prefix, gateway)));
}

/** A packet leaves what was captured: networks between the nodes route to the nodes' cards, and to whoever is outside. */
export function outside(w: Walk, device: Device, packet: Packet): Arrival {
  const { machine } = device;
  const unknown = unlinked(device);
  if (unknown) return { kind: 'unknown', missing: unknown };
  // Such a network may lead to the nodes' others, and to who else is on those; of the pods' addresses it knows as little as any.
  const isApart = w.world.segments(device).some((s) => s.apart);
  const isOnOther = w.world.owners(packet.dst).length > 0 || attached(w, packet.dst) !== undefined;
  if (isApart && isOnOther && !w.world.inside(packet.dst))
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
    const hop = hopOf(machine, packet);
    if (hop && hop.text !== packet.dst.text && !isRouted(w, card, packet.dst)) {
      const input = `whether the network behind ${device.name} routes ${packet.dst.text}`;
      doubt(w, { node: machine.node, input, reason: 'not-captured' }, 'lost');
    }
    packet.mark = 0;
    // Whoever routes there counts as any router does.
    if (packet.ttl <= 1)
      return drop(w, 'wire', machine, 'TTL exceeded', [packet.ttlSetBy], {
        dev: device.name,
        answer: 'icmp time-exceeded',
      });
    packet.ttl--;
    doubtTwin(w, card);
    return enter(w, cardBelow(w, card), { packet, ...(card.lladdr !== undefined && { dstMac: card.lladdr }) });
  }
  w.left = device;
  return abroad(w, device.machine, device.name, packet);
}

/** The card of a network apart (NAT of a virtual machine) by which the question left: its address there may be that of every node, and the answer comes back there. */
function cameFrom(w: Walk, { role, dst }: Packet): Device | undefined {
  const { left } = w;
  if (role === 'request' || left?.machine.local.get(dst.text)?.dev !== left?.name) return undefined;
  return left && w.world.segments(left).some((s) => s.apart) ? left : undefined;
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
  packet.anyTtl = true;
  const router = routerOf(w, packet);
  if (router?.lladdr !== undefined) {
    note(w, 'wire', w.world.outside, `to ${router.machine.node} ${router.name}`, []);
    cutOutside(w, router, packet);
    return enter(w, router, { packet, dstMac: router.lladdr });
  }
  const entry = packet.role === 'error' || w.world.owners(packet.dst).length > 0 ? undefined : entryOf(w, packet.dst);
  if (entry) {
    note(w, 'wire', w.world.outside, `to ${entry.machine.node} ${entry.name}, as to any node`, []);
    cutOutside(w, entry, packet);
    return enter(w, entry, { packet, ...(entry.lladdr !== undefined && { dstMac: entry.lladdr }) });
  }
  const card = cameFrom(w, packet) ?? cardOf(w, packet.dst);
  const lost = card && unanswered(w, { machine: w.world.outside, name: 'net' }, card, packet);
  if (lost) return lost;
  if (card) {
    note(w, 'wire', w.world.outside, `to ${card.machine.node} ${card.name}`, []);
    const isBeside = w.world.segments(card).some((s) => contains(s.prefix, packet.src));
    if (!isBeside && !isRouted(w, card, packet.dst)) {
      const input = `whether the network of ${packet.src.text} routes ${packet.dst.text}`;
      doubt(w, { node: card.machine.node, input, reason: 'not-captured' }, 'lost');
    }
    cutOutside(w, card, packet);
    doubtTwin(w, card);
    // Who it is on that network, as the one who is sent to knows it.
    const srcMac = card.machine.neighbours(card.name, packet.src).find((n) => n.lladdr !== undefined)?.lladdr;
    return enter(w, cardBelow(w, card), {
      packet,
      ...(srcMac !== undefined && { srcMac: srcMac.toLowerCase() }),
      ...(card.lladdr !== undefined && { dstMac: card.lladdr }),
    });
  }
  return abroad(w, w.world.outside, 'net', packet);
}
