import { contains, parsePrefix } from '../kit/index.js';
import { type Arrival, doubt, note, type Walk } from './context.js';
import { nodeAddress } from './endpoints.js';
import { ipOf } from './ip.js';
import { receive } from './ip-input.js';
import type { Machine } from './machine.js';
import type { Ip, Packet } from './types.js';

/** A node of which only prompts, pings or logs were captured: nothing says how it sends. */
export const isBlank = (machine: Machine): boolean =>
  machine.captured &&
  machine.facts('route').length === 0 &&
  machine.facts('address').length === 0 &&
  machine.facts('link').length === 0;

/** The source of what such a node sends: as packets on their way to the same subnet show it, else the node's address. */
export function blankSource(w: Walk, machine: Machine, dst: Ip): Ip | undefined {
  const subnet = parsePrefix(`${dst.text}/${dst.family === 4 ? 24 : 64}`);
  const asked = w.world.machines.flatMap((m) => m.facts('packet')).filter((p) => p.icmp?.type === 'echo request');
  for (const packet of [...asked.filter((p) => p.destination === dst.text), ...asked]) {
    const to = ipOf(packet.destination ?? '');
    const from = ipOf(packet.source ?? '');
    if (to && from && subnet && contains(subnet, to) && w.world.owners(from).length === 0) return from;
  }
  // Which address it takes is a guess: who answers, and by what way, hangs on it.
  const unseen = machine.missing('address');
  if (unseen) doubt(w, unseen, 'rewritten');
  const node = w.world.model.nodes.find((n) => n.name === machine.node);
  return (node && nodeAddress(w.world, node)) ?? ipOf('0.0.0.0');
}

/** The packet is presumed to arrive: at the device of the stack that has the address, or at the presumed pod. */
export function leap(w: Walk, machine: Machine, packet: Packet): Arrival {
  const missing = machine.missing('route') ?? {
    node: machine.node,
    input: 'route',
    supply: 'route' as const,
    reason: 'not-captured' as const,
  };
  doubt(w, missing);
  note(
    w,
    'send',
    machine,
    `${packet.src.text} → ${packet.dst.text}: nothing of this node was captured, so it is presumed to arrive`,
  );
  const [owner] = w.world.owners(packet.dst);
  const local = owner?.local.get(packet.dst.text);
  const device = local && owner?.devices.get(local.dev);
  if (device) return receive(w, device, packet);
  const pod = w.world.pod(packet.dst);
  const eth0 = pod.kind === 'pod' ? pod.machine.devices.get('eth0') : undefined;
  if (!eth0) return { kind: 'unknown', missing };
  w.assumptions.add(`pod ${packet.dst.text} on ${eth0.machine.node} is as pods are: its namespace was not captured`);
  return receive(w, eth0, packet);
}
