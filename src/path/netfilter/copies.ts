import type { At } from '../../kit/index.js';
import { doubt } from '../context.js';
import { ipOf } from '../ip.js';
import type { Machine } from '../machine.js';
import type { HookContext } from './types.js';

/** Would a node route on what it is given for somebody else? */
const routesOn = (machine: Machine, family: 4 | 6): boolean =>
  [...machine.devices.values()].some((d) => {
    const all = family === 6 ? machine.confAll(6, 'forwarding') : machine.conf(4, 'forwarding', d.name);
    return (all?.value ?? 1) > 0;
  });

/**
 * TEE, nft's `dup`: a copy goes to a gateway, without a flow of conntrack (nf_dup_ipv4). One that listens takes it and that is all. One that routes
 * sends it on to where the packet goes, maybe as another sender: TCP then gets a second SYN, or a second answer with another sequence number, and
 * resets the connection or not, as they come. An echo or a datagram just arrives twice. To a device alone (`gateway` is its name, of chains of
 * netdev) goes a frame, of which no stack takes what is not its own.
 */
export function copied(c: HookContext, gateway: string | undefined, text: string, at: At): undefined {
  if (c.packet.proto !== 'tcp') return undefined;
  const to = ipOf(gateway ?? '');
  const [holder] = to ? c.walk.world.owners(to) : [];
  if (to && !holder) c.walk.assumptions.add(`${to.text}, which gets copies of packets, sends none of them on`);
  if (to && (!holder || !routesOn(holder, to.family))) return undefined;
  const input = `what becomes of the copies${holder ? ` that ${holder.node} gets, and routes on` : ' that a rule makes'}`;
  doubt(c.walk, { node: c.machine.node, input, reason: 'unsupported', detail: text, at }, 'lost');
  return undefined;
}
