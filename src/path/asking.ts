import type { At } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { portsOf } from './behind.js';
import { callsIptables } from './bridge.js';
import { comesOut } from './bridge-fdb.js';
import { portSwitch } from './bridge-port.js';
import { note, trialOf, type Walk } from './context.js';
import type { Device } from './device.js';
import { ipOf } from './ip.js';
import { byPolicy } from './ipsec.js';
import { atArp, atBridge } from './netfilter/frames.js';
import { type Passage, runHook } from './netfilter/hooks.js';
import type { Frame, Ip, Packet, Step } from './types.js';
import { remotes } from './vxlan.js';

/**
 * Questions for a neighbour and their answers meet rules of their own: ARP the chains of its family, discovery of IPv6 those of IP, as it is ICMP,
 * and both those of the bridges between.
 */

const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const NDISC_HOP_LIMIT = 255;

/** A bridge that a frame crosses: from a port or its own stack, to a port or its own stack. */
interface Crossing {
  readonly bridge: Device;
  readonly in: Device | undefined;
  readonly out: Device | undefined;
}

/** The port of a bridge that leads to a device on another machine, or to a port of the bridge that it is on. */
function leadsTo(w: Walk, bridge: Device, to: Device): Device | undefined {
  const isThere = (end: Device): boolean =>
    end === to || (end.machine === to.machine && end.master === to.name && to.kind === 'bridge');
  const endsOf = (out: Device): readonly Device[] =>
    out.kind === 'vxlan'
      ? remotes(w, out, BROADCAST)
      : w.world.segments(out).flatMap((s) => (s.apart ? [] : s.members.filter((m) => m !== out)));
  return portsOf(bridge).find((out) => endsOf(out).some(isThere));
}

/** The bridges between two devices: one of a node, or one at each end of a tunnel or of the network that is a port of both. */
function crossings(w: Walk, from: Device, to: Device): readonly Crossing[] {
  const port = (device: Device): Device | undefined => (device.kind === 'bridge' ? undefined : w.world.peer(device));
  const bridgeOf = (device: Device): Device | undefined => {
    const own = device.kind === 'bridge' ? device : port(device);
    const bridge = own?.master === undefined ? own : own.machine.devices.get(own.master);
    return bridge?.kind === 'bridge' ? bridge : undefined;
  };
  const [first, last] = [bridgeOf(from), bridgeOf(to)];
  if (first && first === last) return [{ bridge: first, in: port(from), out: port(to) }];
  const out = first && leadsTo(w, first, last ?? to);
  const into = last && leadsTo(w, last, first ?? from);
  return [
    ...(first && out ? [{ bridge: first, in: port(from), out }] : []),
    ...(last && into ? [{ bridge: last, in: into, out: port(to) }] : []),
  ];
}

function crosses(w: Walk, { bridge, in: from, out }: Crossing, frame: Frame): boolean {
  const { machine } = bridge;
  const { packet } = frame;
  // To another receiver than it was for, it does not get to the one who waits for it.
  const at = (hook: Parameters<typeof atBridge>[2]): boolean => {
    const crossed = atBridge(w, bridge, hook, frame, { in: from, out });
    return !crossed.ended && crossed.frame.dstMac === frame.dstMac;
  };
  const filtered = packet.proto !== 'arp' && from !== undefined && callsIptables(w, bridge, packet.src.family);
  const devices = {
    ...{ iif: bridge.name, ...(from && { physIn: from.name }) },
    ...(out && { oif: bridge.name, physOut: out.name }),
  };
  // Conntrack saw the packet at the first hook, and knows it at the others.
  const passage: Passage = {};
  const passes = (hook: 'prerouting' | 'forward' | 'postrouting'): boolean =>
    !filtered || runHook(w, machine, hook, packet, devices, passage) === undefined;
  if (from && !(at('prerouting') && passes('prerouting'))) return false;
  if (!out) return at('input');
  // Who listens to which group no capture tells: without a querier all groups go where ports are flooded with them (br_multicast_flood). What the
  // bridge itself sends goes to all ports (br_flood).
  const flood = packet.proto === 'arp' ? 'bcast_flood' : 'mcast_flood';
  if (from && frame.dstMac === BROADCAST && portSwitch(out, flood) === false) return false;
  if (frame.dstMac !== BROADCAST && !comesOut(bridge, from, out, frame.dstMac ?? '')) return false;
  return at(from ? 'forward' : 'output') && passes('forward') && passes('postrouting') && at('postrouting');
}

/** What asks or answers, as rules see it. */
function packetOf(kind: 'request' | 'reply', src: Ip, dst: Ip): Packet {
  const base = { src, dst, sport: 0, dport: 0, role: kind, df: false, ttl: NDISC_HOP_LIMIT, mark: 0 };
  if (src.family === 4) return { ...base, proto: 'arp', size: 28 };
  const icmp = kind === 'request' ? 'nd-neighbor-solicit' : 'nd-neighbor-advert';
  return { ...base, proto: 'icmp', icmp, size: 72 };
}

/** ff02::1:ffXX:XXXX: where an address is asked for (addrconf_addr_solict_mult). */
function solicited(ip: Ip): Ip {
  const low = (ip.words[3] ?? 0) >>> 0;
  return ipOf(`ff02::1:ff${(low >>> 16).toString(16).slice(-2).padStart(2, '0')}:${(low & 0xffff).toString(16)}`) ?? ip;
}

/** Does a device's stack let such a packet out, or in? */
function leaves(w: Walk, from: Device, packet: Packet): boolean {
  const srcMac = from.lladdr ?? '';
  if (packet.proto === 'arp') return atArp(w, from, 'output', packet, srcMac);
  const passage: Passage = { srcMac };
  return (
    passes(w, from, 'output', packet, passage) &&
    passes(w, from, 'postrouting', packet, passage) &&
    byPolicy(w, from.machine, 'out', packet, { oif: from.name })?.kind !== 'dropped'
  );
}

function enters(w: Walk, to: Device, packet: Packet, srcMac: string): boolean {
  if (packet.proto === 'arp') return atArp(w, to, 'input', packet, srcMac);
  const passage: Passage = { srcMac };
  return (
    passes(w, to, 'prerouting', packet, passage) &&
    passes(w, to, 'input', packet, passage) &&
    byPolicy(w, to.machine, 'in', packet, { iif: to.name })?.kind !== 'dropped'
  );
}

function passes(
  w: Walk,
  device: Device,
  name: 'output' | 'postrouting' | 'prerouting' | 'input',
  packet: Packet,
  passage: Passage,
): boolean {
  const devices = name === 'output' || name === 'postrouting' ? { oif: device.name } : { iif: device.name };
  return !device.machine.captured || runHook(w, device.machine, name, packet, devices, passage) === undefined;
}

/** Discovery of IPv6 is for the link alone: what has another hop limit than it was sent with may come from elsewhere (ndisc_rcv). */
function isUnchanged(w: Walk, { machine, name }: Device, { proto, ttl }: Packet): boolean {
  if (proto === 'arp' || ttl === NDISC_HOP_LIMIT) return true;
  note(w, 'receive', machine, `a rule made the hop limit ${ttl}: discovery takes ${NDISC_HOP_LIMIT} alone`, [], name);
  return false;
}

const travels = (w: Walk, from: Device, to: Device, packet: Packet, frame: Frame): boolean =>
  leaves(w, from, packet) &&
  crossings(w, from, to).every((c) => crosses(w, c, frame)) &&
  enters(w, to, packet, from.lladdr ?? '') &&
  isUnchanged(w, to, packet);

/** Would the own stack let a question for somebody outside out, and the answer in? */
export function hearsOutside(w: Walk, asker: Device, ip: Ip, sender: Ip): boolean {
  const trial = trialOf(w);
  const question = packetOf('request', sender, ip.family === 6 ? solicited(ip) : ip);
  const answer = packetOf('reply', ip, sender);
  return (
    leaves(trial, asker, question) &&
    isUnchanged(trial, asker, question) &&
    enters(trial, asker, answer, '') &&
    isUnchanged(trial, asker, answer)
  );
}

/** The same of what somebody outside asks, who has the address `asker`: undefined where nothing loses it, else the rule that does, or null where that has no line. */
export function losesOutside(w: Walk, asked: Device, ip: Ip, asker: Ip): Step | null | undefined {
  const trial = trialOf(w);
  const question = packetOf('request', asker, ip.family === 6 ? solicited(ip) : ip);
  const answer = packetOf('reply', ip, asker);
  if (enters(trial, asked, question, '') && leaves(trial, asked, answer)) return undefined;
  return trial.steps.findLast((s) => s.at.length > 0) ?? null;
}

/** A firewall's rule that loses a question or its answer, as what is not known for it names it. */
export function ruleOf(step: Step | null | undefined): Pick<Missing, 'loses'> {
  const [at] = step?.at ?? [];
  return step?.kind === 'netfilter' && at !== undefined ? { loses: { node: step.node, says: step.says, at } } : {};
}

/** Does a question for `ip` reach a device that would answer it, and its answer the one who asks? `sender` is who asks. */
export const heard = (w: Walk, asker: Device, answerer: Device, ip: Ip, sender: Ip): boolean =>
  isHeard(trialOf(w), asker, answerer, ip, sender);

/** Does what `asker` asks for `ip` get to the device that has it, whether or not it is answered? */
export function getsThrough(w: Walk, asker: Device, asked: Device, ip: Ip, sender: Ip): boolean {
  const question = packetOf('request', sender, ip.family === 6 ? solicited(ip) : ip);
  const srcMac = asker.lladdr === undefined ? {} : { srcMac: asker.lladdr };
  return travels(trialOf(w), asker, asked, question, { packet: question, ...srcMac, dstMac: BROADCAST });
}

/** What loses the question or its answer; undefined: nothing does, or nothing that has a line. */
export function losesQuestion(w: Walk, asker: Device, answerer: Device, ip: Ip, sender: Ip): Step | undefined {
  const trial = trialOf(w);
  return isHeard(trial, asker, answerer, ip, sender) ? undefined : trial.steps.findLast((s) => s.at.length > 0);
}

/**
 * An advertisement goes to whom the neighbour table says, as any packet of IPv6 does; a question renews what was learnt, and no fixed entry (ndisc_recv_ns,
 * ndisc_send_na). ARP answers the lladdr that asked.
 */
function fixedFor(answerer: Device, sender: Ip): { readonly lladdr: string; readonly at: At } | undefined {
  const entry = answerer.machine
    .neighbours(answerer.name, sender)
    .find((n) => n.lladdr !== undefined && /^(?:PERMANENT|NOARP)$/.test(n.state ?? ''));
  return entry?.lladdr === undefined ? undefined : { lladdr: entry.lladdr.toLowerCase(), at: entry.at };
}

function isHeard(trial: Walk, asker: Device, answerer: Device, ip: Ip, sender: Ip): boolean {
  const mac = (device: Device): { readonly srcMac?: string } =>
    device.lladdr === undefined ? {} : { srcMac: device.lladdr };
  const question = packetOf('request', sender, ip.family === 6 ? solicited(ip) : ip);
  const answer = packetOf('reply', ip, sender);
  const back = ip.family === 6 ? fixedFor(answerer, sender) : undefined;
  if (back && back.lladdr !== asker.lladdr) {
    note(trial, 'neighbour', answerer.machine, `${sender.text} has lladdr ${back.lladdr}`, [back.at], answerer.name);
    return false;
  }
  return (
    travels(trial, asker, answerer, question, { packet: question, ...mac(asker), dstMac: BROADCAST }) &&
    travels(trial, answerer, asker, answer, { packet: answer, ...mac(answerer), dstMac: asker.lladdr ?? '' })
  );
}
