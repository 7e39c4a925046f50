import type { At } from '../kit/index.js';
import { hasNoArp } from './arp.js';
import { doubtEntries, portsOf } from './behind.js';
import { isOwn, learn, localEntry, lostEntry, portTo } from './bridge-fdb.js';
import { portForwards, portSwitch, portTakes } from './bridge-port.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import type { Device } from './device.js';
import { atEgress } from './egress.js';
import { uncut } from './fragments.js';
import { forwards, receive } from './ip-input.js';
import { onWire, transmit } from './link.js';
import { isGroup } from './lladdr.js';
import { neighbour } from './neighbour.js';
import { atBridge, atDevice } from './netfilter/frames.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import { portGuess } from './presumed-port.js';
import { refusedSource } from './source-check.js';
import type { Towards } from './strangers.js';
import type { Frame } from './types.js';
import { vlanIn, vlanOut } from './vlan.js';
import { remotesMissing } from './vxlan.js';

/** Does the bridge hand frames to iptables (br_nf_pre_routing): the global switch, or the bridge's own. */
export function callsIptables(w: Walk, bridge: Device, family: 4 | 6): boolean {
  const { machine } = bridge;
  const name = family === 4 ? 'iptables' : 'ip6tables';
  const global = machine.sysctl(`net.bridge.bridge-nf-call-${name}`);
  const own = bridge.link?.info?.attributes[`nf_call_${name}`];
  if (global?.value === '1' || own === '1') return true;
  if (global) return false;
  // The key is there only while br_netfilter is loaded; a list that would show it and does not says that it is not.
  const missing = machine.missing('sysctl', `bridge-nf-call-${name}`, { key: `net.bridge.bridge-nf-call-${name}` });
  if (!missing) return false;
  return w.choose.either(`${machine.id} bridge-nf ${bridge.name}`, missing, true);
}

/** The stack sends a frame out of its bridge (br_dev_xmit). */
export function bridgeTransmit(w: Walk, bridge: Device, frame: Frame, towards: Towards): Arrival {
  if (towards === 'outside') {
    const card = portsOf(bridge).find((p) => w.world.segments(p).length > 0);
    if (card) return atEgress(w, card, frame.packet) ?? onWire(w, card, frame, towards);
  }
  doubtEntries(w, bridge);
  // Its own lladdr has an entry without a port, and what the bridge itself sends there ends (br_dev_xmit).
  if (frame.dstMac !== undefined && frame.dstMac === bridge.lladdr)
    return drop(
      w,
      'bridge',
      bridge.machine,
      hasNoArp(bridge)
        ? `${bridge.name} asks for no lladdr (NOARP) and sends to its own`
        : `${frame.dstMac} is the lladdr of ${bridge.name} itself`,
      [bridge.at],
      { dev: bridge.name },
    );
  const local = localEntry(bridge, frame.dstMac ?? '');
  if (local?.dev === bridge.name)
    return drop(w, 'bridge', bridge.machine, `${frame.dstMac} is an lladdr of ${bridge.name} itself`, [local.at], {
      dev: bridge.name,
    });
  const { port, at } = portTo(w, bridge, frame, undefined);
  if (!port) return noPort(w, bridge, frame);
  const out = atBridge(w, bridge, 'output', frame, { out: port });
  return out.ended ?? deliverTo(w, bridge, undefined, port, out.frame, at);
}

/** Nobody behind any port has the lladdr, unless there are ports that no capture shows, or tunnels without their remote ends. */
function noPort(w: Walk, bridge: Device, frame: Frame): Arrival {
  const missing =
    bridge.machine.missing('link', `ports of ${bridge.name}`) ??
    portsOf(bridge)
      .map(remotesMissing)
      .find((m) => m !== undefined);
  if (missing) return { kind: 'unknown', missing };
  const says = lostEntry(bridge, frame.dstMac ?? '')
    ? `${bridge.name} has lost the entry of its own lladdr ${frame.dstMac}, and hands nothing up to the stack`
    : frame.dstMac === 'outside'
      ? `no port of ${bridge.name} but the one that it came in by leads outside`
      : `no port of ${bridge.name} leads to ${frame.dstMac}`;
  return drop(w, 'bridge', bridge.machine, says, [bridge.at], { dev: bridge.name });
}

/** Out of one port, if port, VLAN and isolation let it (should_deliver). */
function deliverTo(
  w: Walk,
  bridge: Device,
  from: Device | undefined,
  port: Device,
  frame: Frame,
  at: At | undefined,
): Arrival {
  const { machine } = bridge;
  const portAt = port.link?.at;
  const guess = from && (portGuess(w.world, frame.packet.src) ?? portGuess(w.world, frame.packet.dst));
  if (guess) doubt(w, guess.missing, 'rewritten');
  if (port.up === false) return drop(w, 'bridge', machine, `port ${port.name} is down`, [portAt], { dev: bridge.name });
  if (!portForwards(port))
    return drop(w, 'bridge', machine, `port ${port.name} does not forward`, [portAt], { dev: bridge.name });
  if (port === from && portSwitch(port, 'hairpin') !== true) {
    const known = portSwitch(port, 'hairpin');
    // Such a bridge hands every frame up as well, and the stack may send it out again (kubelet's and the bridge plugin's promiscuous mode).
    if (known === false && bridge.link?.flags?.includes('PROMISC'))
      return {
        kind: 'unknown',
        missing: {
          node: machine.node,
          input: `what the stack does with what ${bridge.name}, which is promiscuous, does not send back by ${port.name}`,
          reason: 'unsupported',
          ...(bridge.at !== undefined && { at: bridge.at }),
        },
      };
    if (known === false)
      return drop(
        w,
        'bridge',
        machine,
        `${port.name} has no hairpin mode: nothing goes back by the port it came from`,
        [portAt],
        { dev: bridge.name },
      );
    const missing = {
      node: machine.node,
      input: `hairpin of ${port.name}`,
      supply: 'bridge-port' as const,
      reason: 'not-captured' as const,
    };
    if (!w.choose.either(`${machine.id} hairpin ${port.name}`, missing, true))
      return drop(w, 'bridge', machine, `${port.name} has no hairpin mode`, [portAt], { dev: bridge.name });
  }
  if (from && portSwitch(from, 'isolated') === true && portSwitch(port, 'isolated') === true)
    return drop(
      w,
      'bridge',
      machine,
      `${from.name} and ${port.name} are isolated from each other`,
      [from.link?.at, portAt],
      { dev: bridge.name },
    );
  const refused = vlanOut(bridge, from, port, (m) => doubt(w, m));
  if (refused) return drop(w, 'bridge', machine, refused.says, refused.at, { dev: bridge.name });
  const whom = frame.dstMac === 'outside' ? 'whoever was not captured' : frame.dstMac;
  note(w, 'bridge', machine, `${whom} is behind ${port.name}`, [at, portAt], bridge.name);
  const last = atBridge(w, bridge, 'postrouting', frame, { in: from, out: port });
  if (last.ended) return last.ended;
  if (port.kind !== 'veth' && w.world.segments(port).length === 0) return transmit(w, port, last.frame);
  return atEgress(w, port, frame.packet) ?? onWire(w, port, last.frame);
}

/** A frame comes in by a port (br_handle_frame). */
export function bridgeReceive(w: Walk, bridge: Device, port: Device, received: Frame): Arrival {
  const { machine } = bridge;
  const { packet } = received;
  if (!portForwards(port))
    return drop(w, 'bridge', machine, `port ${port.name} does not forward`, [port.link?.at], { dev: bridge.name });
  if (!portTakes(port, received.srcMac))
    return drop(
      w,
      'bridge',
      machine,
      `${port.name} is locked, and no entry says that ${received.srcMac} is behind it`,
      [port.link?.at],
      {
        dev: bridge.name,
      },
    );
  if (bridge.up === false)
    return drop(w, 'bridge', machine, `${bridge.name} is down`, [bridge.at], { dev: bridge.name });
  const refused = vlanIn(bridge, port, (m) => doubt(w, m));
  if (refused) return drop(w, 'bridge', machine, refused.says, refused.at, { dev: bridge.name });
  const stopped = atDevice(w, port, 'ingress', packet);
  if (stopped) return stopped;
  learn(w, bridge, port, received.srcMac);
  const first = atBridge(w, bridge, 'prerouting', received, { in: port });
  if (first.ended) return first.ended;
  const { frame } = first;
  doubtEntries(w, bridge);
  const filtered = callsIptables(w, bridge, packet.src.family);
  const passage: Passage = {
    ...(filtered && { physIn: port.name }),
    ...(frame.srcMac !== undefined && { srcMac: frame.srcMac }),
  };
  if (filtered) {
    const before = packet.dst.text;
    const ended = runHook(w, machine, 'prerouting', packet, { iif: bridge.name, physIn: port.name }, passage);
    if (ended) return ended;
    if (packet.dst.text !== before) return translated(w, bridge, port, frame, passage);
  }
  const all = isGroup(frame.dstMac);
  packet.group = all;
  if (isOwn(bridge, frame.dstMac ?? '') || (all && !portTo(w, bridge, frame, port).port))
    return passUp(w, bridge, port, frame, passage, filtered);
  return bridged(w, bridge, port, frame, filtered ? passage : undefined);
}

/** A local entry's frame goes up; layer 3 takes it if it is for the bridge or for the port it came in by (eth_type_trans, br_handle_frame). */
function passUp(w: Walk, bridge: Device, port: Device, frame: Frame, passage: Passage, filtered: boolean): Arrival {
  const { ended } = atBridge(w, bridge, 'input', frame, { in: port });
  if (ended) return ended;
  const { dstMac } = frame;
  if (dstMac !== bridge.lladdr && dstMac !== port.lladdr && !isGroup(dstMac))
    return drop(
      w,
      'receive',
      bridge.machine,
      `${dstMac} has a local entry on ${bridge.name}, whose stack does not take it`,
      [localEntry(bridge, dstMac ?? '')?.at ?? bridge.at],
      { dev: bridge.name },
    );
  return receive(w, bridge, frame.packet, passage, { prerouting: filtered });
}

/** DNAT on a bridge (br_nf_pre_routing_finish): a new destination on the same bridge is switched, any other is routed. */
function translated(w: Walk, bridge: Device, port: Device, frame: Frame, passage: Passage): Arrival {
  const { machine } = bridge;
  const { packet } = frame;
  // What is routed is for the bridge's own lladdr from there on, and the bridge's chains see it on its way up with its new destination (br_pass_frame_up).
  const up = (): Arrival => {
    const own = bridge.lladdr ?? '';
    if (lostEntry(bridge, own)) return bridged(w, bridge, port, { ...frame, dstMac: own }, passage);
    const { ended } = atBridge(w, bridge, 'input', frame, { in: port });
    return ended ?? receive(w, bridge, packet, passage, { prerouting: true });
  };
  const found = machine.fib.lookup(
    {
      dst: packet.dst,
      src: packet.src,
      iif: bridge.name,
      mark: packet.mark,
      proto: packet.proto,
      sport: packet.sport,
      dport: packet.dport,
    },
    () => undefined,
  );
  const hop = found.kind === 'unicast' ? found.nexthops[0] : undefined;
  if (hop?.dev !== bridge.name || hop.via !== undefined) return up();
  if (packet.dst.family === 4) {
    const refused = refusedSource(w, machine, bridge, packet, bridge.name);
    if (refused) return drop(w, 'route', machine, refused.says, refused.at, { dev: bridge.name, by: refused.by });
    // The input route of a device that does not forward is an error, which the stack gets (ip_route_input_slow: no_route).
    if (!forwards(w, machine, bridge, 4).on) return up();
  }
  const resolved = neighbour(w, bridge, packet.dst, packet);
  if (resolved.kind !== 'frame') return resolved;
  // An lladdr of the bridge's own takes it up into the stack all the same (br_handle_frame_finish).
  if (isOwn(bridge, resolved.frame.dstMac ?? '')) return up();
  return bridged(w, bridge, port, resolved.frame, passage);
}

/** From port to port. With br_netfilter the packet meets FORWARD and POSTROUTING although nothing routes it. */
function bridged(w: Walk, bridge: Device, from: Device, frame: Frame, passage: Passage | undefined): Arrival {
  const { machine } = bridge;
  const known = portTo(w, bridge, frame, from);
  const port = known.port ?? portsOf(bridge).find((p) => p !== from && w.world.segments(p).length > 0);
  if (!port || lostEntry(bridge, frame.dstMac ?? '')) return noPort(w, bridge, frame);
  const through = atBridge(w, bridge, 'forward', frame, { in: from, out: port });
  if (through.ended) return through.ended;
  if (passage) {
    const devices = { iif: bridge.name, oif: bridge.name, physIn: from.name, physOut: port.name };
    const ended =
      runHook(w, machine, 'forward', frame.packet, devices, passage) ??
      runHook(w, machine, 'postrouting', frame.packet, { ...devices, nexthop: frame.packet.dst }, passage) ??
      uncut(w, bridge, port, frame.packet);
    if (ended) return ended;
  }
  const out = known.port ? through.frame : { ...through.frame, outside: true as const };
  return deliverTo(w, bridge, from, port, out, known.at);
}
