import type { At } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import { answersAsked, listeners } from './arp.js';
import { getsThrough, losesQuestion, ruleOf } from './asking.js';
import type { Walk } from './context.js';
import { carrierOf, type Device } from './device.js';
import { confMax, type Machine } from './machine.js';
import type { Ip, Step } from './types.js';

/*
 * Nobody answers a question for a neighbour: why, what would have to be known to say so, and who is known all the same.
 */

/** A port of a bridge asks, and the bridge gets to hear the answers (arp_rcv of another device). */
export const isDeaf = (device: Device): boolean =>
  device.master !== undefined && device.machine.devices.get(device.master)?.kind === 'bridge';

/**
 * Who does not answer may be known all the same, since it asked itself, as a node asks its pods: when that was no capture tells. Its lladdr, on the
 * way on which it did.
 */
export function knownByAsking(w: Walk, device: Device, nexthop: Ip): string | undefined {
  // Questions teach it to the bridge as well.
  if (isDeaf(device)) return undefined;
  const own = device.addresses.find((a) => a.ip.family === nexthop.family && !a.unusable)?.ip;
  // A question of ARP comes from any address of the stack, one of IPv6 from those of its device.
  const mayAskFrom = (d: Device): boolean =>
    d.machine.local.has(nexthop.text) &&
    (nexthop.family === 4 || d.addresses.some((a) => a.ip.text === nexthop.text && !a.unusable));
  const heardHere = listeners(w, device).find((d) => d.machine.captured && d.lladdr !== undefined && mayAskFrom(d));
  // Tunnels may lead one way only.
  const holder =
    heardHere ??
    w.world
      .owners(nexthop)
      .flatMap((m) => [...m.devices.values()])
      .find((d) => d !== device && d.lladdr !== undefined && mayAskFrom(d) && listeners(w, d).includes(device));
  if (!own || !holder || !getsThrough(w, holder, device, own, nexthop)) return undefined;
  const missing: Missing = {
    node: holder.machine.node,
    input: `whether ${nexthop.text}, which does not answer on ${device.name}, has asked there itself`,
    reason: 'not-captured',
    ...losesAnswer(w, device, nexthop),
  };
  const hasAsked = w.choose.either(`${holder.machine.id} asked ${device.machine.id} ${device.name}`, missing, false);
  return hasAsked ? holder.lladdr : undefined;
}

/** The gateway of a pod that was not captured is only a guess where neither a bridge nor an address nor proxy_arp of its port tells it. */
export function isGuess(w: Walk, device: Device, gateway: Ip): boolean {
  const port = device.machine.captured || device.machine === w.world.outside ? undefined : w.world.peer(device);
  if (!port) return !device.machine.captured && device.machine !== w.world.outside;
  const tells =
    port.master !== undefined ||
    port.addresses.some((a) => a.ip.text === gateway.text) ||
    (confMax(port.machine, 4, 'proxy_arp', port.name)?.value ?? 0) > 0;
  return !tells;
}

/** The rule of a firewall that loses the question, or the answer of whoever has the address. */
export function losesAnswer(w: Walk, device: Device, nexthop: Ip): Pick<Missing, 'loses'> {
  const answerer = listeners(w, device).find((d) => d.machine.captured && answersAsked(w, d, nexthop));
  const sender = device.addresses.find((a) => a.ip.family === nexthop.family)?.ip;
  return ruleOf(answerer && losesQuestion(w, device, answerer, nexthop, sender ?? nexthop));
}

/** A device that is told to ask for nobody, and has no program do it, gives up at once (__neigh_event_send). */
export function asksNobody(
  { machine, name }: Device,
  { family }: Ip,
): { readonly says: string; readonly at: At } | undefined {
  const keyOf = (sort: string): string => `net.ipv${family}.neigh.${name}.${sort}_solicit`;
  const loud = machine.sysctl(keyOf('mcast'));
  return loud?.value === '0' && (machine.sysctl(keyOf('app'))?.value ?? '0') === '0'
    ? { says: `${keyOf('mcast')} is 0`, at: loud.at }
    : undefined;
}

/** Why nobody answers for an address that somebody in reach has. */
export function whyNobody(w: Walk, device: Device, nexthop: Ip): Pick<Step, 'says' | 'at'> | undefined {
  const own = carrierOf(device.machine.devices.values(), nexthop);
  if (own) return { says: 'it is its own, and the table local has no entry for it', at: [own.at] };
  const answerer = listeners(w, device).find((d) => d.machine.captured && answersAsked(w, d, nexthop));
  const sender = device.addresses.find((a) => a.ip.family === nexthop.family)?.ip;
  return answerer ? losesQuestion(w, device, answerer, nexthop, sender ?? nexthop) : onOther(w, device, nexthop);
}

/** Of IPv6 the device that has the address answers alone (ndisc_recv_ns). */
function onOther(w: Walk, device: Device, ip: Ip): Pick<Step, 'says' | 'at'> | undefined {
  if (ip.family === 4) return undefined;
  for (const { machine, name } of listeners(w, device)) {
    const own = machine.captured ? machine.local.get(ip.text) : undefined;
    if (own && own.dev !== name)
      return {
        says: `${machine.node} has it on ${own.dev}, and of IPv6 ${name} answers for its own alone`,
        at: [own.at],
      };
  }
  return undefined;
}

/** A namespace of the node that has the address, and of whose devices nobody knows where their cables end. */
export const unattached = (w: Walk, machine: Machine, ip: Ip): Missing | undefined =>
  w.world
    .owners(ip)
    .map((m) => (m.node === machine.node && m.netns !== '' ? m.missing('link') : undefined))
    .find((m) => m !== undefined);

/** A veth whose other end nobody captured: whoever is there may answer. */
export const otherEnd = (w: Walk, device: Device): Missing | undefined =>
  device.kind === 'veth' && !w.world.peer(device) && w.world.segments(device).length === 0
    ? {
        node: device.machine.node,
        input: `the other end of ${device.name}`,
        supply: 'link',
        reason: 'not-captured',
        ...(device.at !== undefined && { at: device.at }),
      }
    : undefined;

/** What would have to be known of a listener to say that it does not answer. That nobody does is known where the kernel has given up. */
export function mayAnswer({ machine, name, lladdr }: Device, state: string): Missing | undefined {
  const unseen = machine.addressesMissing() ?? (lladdr === undefined ? machine.missing('link') : undefined);
  if (unseen || state === 'FAILED' || state === 'INCOMPLETE') return unseen;
  const proxy = confMax(machine, 4, 'proxy_arp', name);
  if (!proxy) return machine.missing('netconf', `proxy_arp of ${name}`);
  // What it speaks for hangs on its routes.
  return proxy.value > 0 ? machine.missing('route') : undefined;
}
