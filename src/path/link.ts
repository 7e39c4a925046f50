import type { NeighbourFact } from '../facts/index.js';
import type { Missing } from '../model/types.js';
import { hasNoArp } from './arp.js';
import { takes } from './behind.js';
import { bridgeReceive, bridgeTransmit } from './bridge.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { atEgress } from './egress.js';
import { meetFilters } from './filters.js';
import { receive } from './ip-input.js';
import { isGroup } from './lladdr.js';
import { hears } from './macvlan.js';
import { outside } from './outside.js';
import { portGuess } from './presumed-port.js';
import { meetPrograms } from './programs.js';
import { learntFrom, type Towards } from './strangers.js';
import { encapsulate } from './tunnel.js';
import { doubtTwin } from './twins.js';
import type { Frame, Ip } from './types.js';

/** Room that a veth or a bridge port gives beside the MTU: one VLAN tag (is_skb_forwardable). */
const VLAN_HLEN = 4;

/** A device sends a frame (dev_hard_start_xmit). */
export function transmit(w: Walk, device: Device, frame: Frame, towards?: Towards): Arrival {
  const { machine } = device;
  if (device.up === false)
    return drop(w, 'transmit', machine, `${device.name} is down`, [device.at], { dev: device.name });
  // Its queues take nothing then, whatever is behind it: no port, no peer that is up, or a protocol holds it down (dev_deactivate).
  if (device.carrier === false && device.kind !== 'loopback')
    return drop(w, 'transmit', machine, `${device.name} has no carrier`, [device.at], { dev: device.name });
  const ended = atEgress(w, device, frame.packet);
  if (ended) return ended;
  switch (device.kind) {
    case 'loopback':
      return receive(w, device, frame.packet);
    case 'dummy':
      return drop(w, 'transmit', machine, `${device.name} leads nowhere`, [device.at], { dev: device.name });
    case 'bridge':
      return bridgeTransmit(w, device, frame, towards);
    case 'vxlan':
    case 'ipip':
    case 'gre':
    case 'wireguard':
      return encapsulate(w, device, frame);
    case 'vrf':
    case 'other':
      // A tun that no process holds, and whatever else has lost its carrier, sends nothing (noop_qdisc).
      if (device.carrier === false)
        return drop(w, 'transmit', machine, `${device.name} has no carrier`, [device.at], { dev: device.name });
      return {
        kind: 'unknown',
        missing: {
          node: machine.node,
          input: `what ${device.name} does with a packet`,
          reason: 'unsupported',
          ...(device.at !== undefined && { at: device.at }),
        },
      };
    default:
      return onWire(w, device, frame, towards);
  }
}

/** Out of the stack: to the veth's other end, or to the network. */
export function onWire(w: Walk, device: Device, frame: Frame, towards?: Towards): Arrival {
  const { machine } = device;
  const peer = w.world.peer(device);
  if (peer) {
    // Crossing into another namespace takes the mark away (skb_scrub_packet).
    if (peer.machine !== machine) frame.packet.mark = 0;
    doubtPort(w, device.addresses[0]?.ip);
    return enter(w, peer, towards === 'outside' ? { ...frame, outside: true } : frame);
  }
  if (device.carrier === false)
    return drop(w, 'transmit', machine, `${device.name} has no carrier`, [device.at], { dev: device.name });
  const segments = w.world.segments(device);
  if (segments.length === 0) return behindVeth(w, device, frame);
  if (towards === 'outside' || frame.outside) return outside(w, device, frame.packet);
  const all = isGroup(frame.dstMac);
  const hit =
    (all ? takerOf(w, device, frame.packet) : undefined) ??
    w.world
      .members(device)
      .byLladdr.get(frame.dstMac ?? '')
      ?.find((m) => m !== device && m.up !== false && hears(w.world, device, m)) ??
    bridgeTo(w, device, frame) ??
    w.world.cards.find(
      (c) =>
        c !== device &&
        c.machine !== machine &&
        c.up !== false &&
        c.lladdr === frame.dstMac &&
        hears(w.world, device, c) &&
        sharedNetwork(device, c),
    );
  if (hit) {
    note(w, 'wire', machine, `to ${hit.machine.node} ${hit.name}`, [], device.name);
    w.assumptions.add(`nothing between the nodes drops what ${device.name} of ${machine.node} sends`);
    if (hit.machine !== machine) frame.packet.mark = 0;
    doubtTwin(w, hit, device);
    return enter(w, hit, frame);
  }
  const unseen = w.world.machines
    .map((m) => (m.netns === '' ? (m.missing('link') ?? m.missing('address')) : undefined))
    .find((m) => m);
  if (unseen) return { kind: 'unknown', missing: unseen };
  const learnt = learntFrom(device, frame.dstMac ?? '');
  if (learnt) return { kind: 'unknown', missing: strangerOn(device, learnt) };
  const says =
    frame.dstMac === device.lladdr && hasNoArp(device)
      ? `${device.name} asks for no lladdr (NOARP) and sends to its own, which nobody else has`
      : `nobody on the network of ${device.name} has lladdr ${frame.dstMac}`;
  return drop(w, 'wire', machine, says, [device.at], { dev: device.name });
}

/** The card of a bridge that leads to the lladdr: that of a pod on the nodes' own network. */
const bridgeTo = (w: Walk, device: Device, { dstMac = '', packet }: Frame): Device | undefined =>
  w.world
    .members(device)
    .list.find((m) => m !== device && m.master !== undefined && m.up !== false && takes(w, m, dstMac, packet));

/** It answered, and was not captured. */
const strangerOn = ({ machine, name }: Device, { address, lladdr, at }: NeighbourFact): Missing => ({
  node: machine.node,
  input: `which machine on the network of ${name} has answered for ${address} with ${lladdr}`,
  reason: 'not-captured',
  at,
});

/** Of a frame for all the machine takes the packet whose address it is for; what all others do with it is no concern of it. */
const takerOf = (w: Walk, device: Device, { dst }: Frame['packet']): Device | undefined =>
  w.world.members(device).list.find((m) => m !== device && m.up !== false && m.machine.local.has(dst.text)) ??
  w.world.members(device).list.find((m) => m !== device && m.up !== false);

/** Some entry of the sender's stack shows that a card of another network is on this one too. */
const sharedNetwork = (device: Device, card: Device): boolean =>
  device.machine
    .facts('neigh')
    .some((n) => n.dev === device.name && n.lladdr?.toLowerCase() === card.lladdr && card.machine.local.has(n.address));

/** Of a pod that was not captured it may be a guess which port leads to it. */
function doubtPort(w: Walk, ip: Ip | undefined): void {
  const guess = portGuess(w.world, ip);
  if (guess?.matters === 'always') doubt(w, guess.missing, 'rewritten');
}

/** A veth whose other end was not captured leads to a presumed pod. */
function behindVeth(w: Walk, device: Device, frame: Frame): Arrival {
  const pod = w.world.pod(frame.packet.dst);
  const eth0 = pod.kind === 'pod' && pod.port === device ? pod.machine.devices.get('eth0') : undefined;
  frame.packet.mark = 0;
  if (eth0) {
    doubtPort(w, frame.packet.dst);
    return enter(w, eth0, frame);
  }
  return {
    kind: 'unknown',
    missing: {
      node: device.machine.node,
      input: `the other end of ${device.name}`,
      supply: 'link',
      reason: 'not-captured',
      ...(device.at !== undefined && { at: device.at }),
    },
  };
}

/** A frame comes into a device (__netif_receive_skb_core): a bridge takes it from its port, else layer 3 does if it is for the device. */
export function enter(w: Walk, device: Device, frame: Frame): Arrival {
  const { machine } = device;
  if (device.up === false)
    return drop(w, 'receive', machine, `${device.name} is down`, [device.at], { dev: device.name });
  const length = frame.packet.piece ?? frame.packet.size;
  if (device.mtu !== undefined && length > device.mtu + VLAN_HLEN)
    return drop(
      w,
      'receive',
      machine,
      `${length} octets are more than ${device.name} takes (MTU ${device.mtu})`,
      [device.at],
      { dev: device.name },
    );
  meetFilters(w, device, 'ingress');
  const master = device.master === undefined ? undefined : machine.devices.get(device.master);
  if (master?.kind === 'bridge') return bridgeReceive(w, master, device, frame);
  if (master?.kind === 'other')
    return {
      kind: 'unknown',
      missing: { node: machine.node, input: `what ${master.name} does`, reason: 'unsupported' },
    };
  if (master?.kind === 'vrf')
    return { kind: 'unknown', missing: { node: machine.node, input: `VRF ${master.name}`, reason: 'unsupported' } };
  return toStack(w, master?.kind === 'bond' ? master : device, frame);
}

/** Layer 3 takes frames that are for the device's own lladdr; all others are PACKET_OTHERHOST (ip_rcv_core). */
export function toStack(w: Walk, device: Device, frame: Frame): Arrival {
  const { lladdr } = device;
  meetPrograms(w, device, frame.packet);
  // The lladdr of a presumed pod is made up: it says who is meant.
  const all = isGroup(frame.dstMac);
  frame.packet.group = all;
  if (frame.dstMac && !all && !frame.dstMac.startsWith('pod ') && lladdr !== undefined && frame.dstMac !== lladdr)
    return drop(
      w,
      'receive',
      device.machine,
      `lladdr ${frame.dstMac} is not that of ${device.name} (${lladdr})`,
      [device.at],
      { dev: device.name },
    );
  return receive(w, device, frame.packet, frame.srcMac === undefined ? {} : { srcMac: frame.srcMac });
}
