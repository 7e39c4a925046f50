import type { PodFact } from '../facts/index.js';
import { ipOf } from './ip.js';
import type { Machine } from './machine.js';
import { isOnNode } from './macvlan.js';
import { deviceTowards, hostsOf, podOf } from './presumed.js';
import type { Ip } from './types.js';
import type { World } from './world.js';

/** A captured stack that is a pod's though it does not have the address that the pod's object says, and why it is taken for that. */
export interface Stray {
  readonly machine: Machine;
  readonly assumption?: string;
}

/** The stack of a pod whose address nobody has: at the end of the veth that its node routes the address to, or the one that no other pod is in. */
export function strayStack(world: World, ip: Ip): Stray | undefined {
  const pod = podOf(world, ip);
  const [host] = pod ? hostsOf(world, ip, pod) : [];
  if (!pod || !host || world.owners(ip).length > 0) return undefined;
  const device = deviceTowards(world, host, ip);
  const end = device?.kind === 'veth' ? world.peer(device)?.machine : undefined;
  if (end?.captured && end.netns !== '') return { machine: end };
  const machine = onlyOneLeft(world, host, pod);
  return (
    machine && {
      machine,
      assumption: `pod ${pod.namespace}/${pod.name} is in ${machine.netns} of ${machine.node}, the only namespace there that has no pod's address`,
    }
  );
}

/**
 * Where all ports of the node's bridges lead to captured stacks, or as many stacks as there are pods sit on its devices, and of those and of the
 * node's pods one each is without the other.
 */
function onlyOneLeft(world: World, host: Machine, pod: PodFact): Machine | undefined {
  if (!world.model.absence('pod').known) return undefined;
  const addressesOf = (p: PodFact): readonly Ip[] => p.ips.map(ipOf).filter((ip) => ip !== undefined);
  const here = world.model.facts('pod').filter(
    (p) =>
      p.hostNetwork !== true &&
      addressesOf(p).some(
        (ip) =>
          podOf(world, ip) === p &&
          hostsOf(world, ip, p)[0] === host &&
          // A table does not tell whose pods have the node's own address.
          !world.owners(ip).some((m) => m.netns === ''),
      ),
  );
  const astray = here.filter((p) => addressesOf(p).every((ip) => world.owners(ip).length === 0));
  if (astray.length !== 1 || astray[0] !== pod) return undefined;
  const ports = [...host.devices.values()].filter((d) => d.kind === 'veth' && d.master !== undefined);
  const onTop = world.machines.filter((m) => m.node === host.node && m.netns !== '' && isOnNode(world, m));
  if (onTop.length > 0 && onTop.length < here.length) return undefined;
  const stacks = [...new Set([...ports.map((p) => world.peer(p)?.machine), ...onTop])];
  if (stacks.some((m) => !m?.captured || m.addressesMissing() !== undefined)) return undefined;
  const ofPods = new Set(world.model.facts('pod').flatMap((p) => p.ips));
  const left = stacks.filter(
    (m) => m !== undefined && m.netns !== '' && ![...m.local.keys()].some((a) => ofPods.has(a)),
  );
  return left.length === 1 ? left[0] : undefined;
}
