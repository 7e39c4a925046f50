import { programmed } from '../model/lookups/devices.js';
import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { Packet } from './types.js';
import type { World } from './world.js';

/*
 * eBPF programs on devices (Cilium, Calico's BPF dataplane) route, translate and drop past routes, neighbours and netfilter, by maps that nobody
 * can read as rules: what becomes of a packet that meets them is not known.
 */

const held = new WeakMap<Machine, ReadonlySet<string>>();

/** Devices of a stack that have programs, as their names or filters of tc tell. */
function programmedOf(machine: Machine): ReadonlySet<string> {
  const known = held.get(machine);
  if (known) return known;
  const names = [...machine.devices.keys()];
  const made = new Set([
    ...names.filter(programmed(names)),
    ...machine.facts('tc-filter').flatMap((f) => (f.type === 'bpf' && f.dev !== undefined ? [f.dev] : [])),
  ]);
  held.set(machine, made);
  return made;
}

interface Served {
  readonly addresses: ReadonlySet<string>;
  readonly nodePorts: ReadonlySet<number>;
}

const services = new WeakMap<World, Served>();

function servedIn(world: World): Served {
  const known = services.get(world);
  if (known) return known;
  const all = world.model.facts('service');
  const made = {
    addresses: new Set(all.flatMap((s) => [...s.clusterIps, ...s.externalIps])),
    nodePorts: new Set(all.flatMap((s) => s.ports.flatMap((p) => p.nodePort ?? []))),
  };
  services.set(world, made);
  return made;
}

/**
 * A frame meets the programs of a device, in or out. Where a node has any, they may serve services too, at its cards and sockets: what is for a
 * service's address, or comes for a NodePort, may have been theirs.
 */
export function meetPrograms(w: Walk, { machine, name, at }: Device, { dst, dport, proto }: Packet): void {
  const programs = programmedOf(machine);
  if (programs.size === 0) return;
  const { addresses, nodePorts } = servedIn(w.world);
  const isForService =
    addresses.has(dst.text) || (proto !== 'icmp' && nodePorts.has(dport) && machine.local.has(dst.text));
  if (!programs.has(name) && !isForService) return;
  doubt(
    w,
    {
      node: machine.node,
      input: 'what eBPF programs on devices do',
      reason: 'unsupported',
      detail: 'they route, translate and drop past routes and netfilter',
      ...(at !== undefined && { at }),
    },
    'rewritten',
  );
}
