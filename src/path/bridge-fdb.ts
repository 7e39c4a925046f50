import type { FdbFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import { hasBehind, portsOf } from './behind.js';
import { portSwitch } from './bridge-port.js';
import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import type { Frame } from './types.js';

/** The port that a frame leaves by: as the forwarding table says, else the one behind which the lladdr is. */
export function portTo(
  w: Walk,
  bridge: Device,
  frame: Frame,
  from: Device | undefined,
): { readonly port: Device | undefined; readonly at: At | undefined } {
  const ports = portsOf(bridge);
  const mac = frame.dstMac ?? '';
  for (const port of ports) {
    const entry = bridge.machine
      .fdb(port.name)
      .find(
        (f) =>
          f.lladdr.toLowerCase() === mac &&
          f.master !== undefined &&
          !f.flags.includes('permanent') &&
          f.dst === undefined,
      );
    if (!entry) continue;
    if (!isFixed(entry)) doubtTwin(w, bridge, port, mac);
    // An entry that was learnt moves to where its lladdr speaks.
    const moved = isFixed(entry) ? undefined : w.spoke.get(bridge)?.get(mac);
    return moved && moved !== port ? { port: moved, at: undefined } : { port, at: entry.at };
  }
  const leads = (p: Device): boolean => findsUnknown(p) && hasBehind(w, p, mac, frame.packet, new Set([bridge]));
  const behind = ports.find((p) => p !== from && leads(p)) ?? (from && leads(from) ? from : undefined);
  if (behind) doubtTwin(w, bridge, behind, mac);
  return { port: behind, at: undefined };
}

/** Machines behind the ports of a bridge that have one lladdr: an entry that was learnt names who spoke last. */
const twins = new WeakMap<Device, ReadonlyMap<string, readonly Device[]>>();

function twinsOf(w: Walk, bridge: Device): ReadonlyMap<string, readonly Device[]> {
  const known = twins.get(bridge);
  if (known) return known;
  const byLladdr = new Map<string, Device[]>();
  for (const port of portsOf(bridge)) {
    const lladdr = w.world.peer(port)?.lladdr;
    if (lladdr !== undefined) byLladdr.set(lladdr, [...(byLladdr.get(lladdr) ?? []), port]);
  }
  const made = new Map([...byLladdr].filter(([, ports]) => ports.length > 1));
  twins.set(bridge, made);
  return made;
}

function doubtTwin(w: Walk, bridge: Device, port: Device, mac: string): void {
  const ports = twinsOf(w, bridge).get(mac);
  if (!ports) return;
  const entry = entryAt(port, mac);
  const { node } = bridge.machine;
  const input = `behind which of ${ports.map((p) => p.name).join(' and ')} ${mac} spoke last`;
  const at = entry ? { at: entry.at } : {};
  doubt(w, { node, input, reason: 'not-comparable', detail: 'both have that lladdr', ...at }, 'astray');
}

const isFixed = ({ flags }: FdbFact): boolean => flags.some((f) => f === 'static' || f === 'sticky');

/** Notes behind which port an lladdr spoke, where the port learns. */
export function learn(w: Walk, bridge: Device, port: Device, mac: string | undefined): void {
  if (mac === undefined || portSwitch(port, 'learning') === false) return;
  const own = w.spoke.get(bridge) ?? new Map<string, Device>();
  w.spoke.set(bridge, own.set(mac, port));
}

/** A port that neither learns whom it has nor gets what is unknown is sent only what an entry leads there (br_flood). */
const findsUnknown = (port: Device): boolean =>
  portSwitch(port, 'flood') !== false || portSwitch(port, 'learning') !== false;

/** Has the bridge an entry for the lladdr that is local: that of the bridge, of a port, or one that somebody wrote so (BR_FDB_LOCAL)? */
export const isOwn = (bridge: Device, mac: string): boolean =>
  localEntry(bridge, mac) !== undefined ||
  ((mac === bridge.lladdr || portsOf(bridge).some((p) => p.lladdr === mac)) && !lostEntry(bridge, mac));

/**
 * Was the entry deleted that the bridge makes for its own lladdr (`bridge fdb flush`)? The list of its entries, where it shows others that are permanent, would
 * have it. What is for the stack is then unknown and flooded, and only a promiscuous bridge hands it up (br_handle_frame_finish).
 */
export function lostEntry(bridge: Device, mac: string): boolean {
  const { machine, link } = bridge;
  if (mac !== bridge.lladdr || link?.flags?.includes('PROMISC') || machine.missing('fdb', '')) return false;
  const listed = [bridge, ...portsOf(bridge)].flatMap((d) => machine.fdb(d.name));
  return listed.some((f) => f.flags.includes('permanent')) && localEntry(bridge, mac) === undefined;
}

/** Does a frame that the bridge was handed come out of a port, or end in an entry of the bridge's own, or for want of one? */
export function comesOut(bridge: Device, from: Device | undefined, out: Device, mac: string): boolean {
  if (from ? isOwn(bridge, mac) : localEntry(bridge, mac)?.dev === bridge.name) return false;
  if (entryAt(out, mac)) return true;
  return findsUnknown(out) && !portsOf(bridge).some((p) => p !== out && isHeld(p, out, mac));
}

const entryAt = (port: Device, mac: string): FdbFact | undefined =>
  port.machine.fdb(port.name).find((f) => f.lladdr.toLowerCase() === mac && f.master !== undefined);

/** Stays an lladdr with a port though it speaks from behind another one? An entry moves to where its lladdr is learnt, but for sticky ones (br_fdb_update). */
function isHeld(port: Device, speaksAt: Device, mac: string): boolean {
  const entry = entryAt(port, mac);
  return entry !== undefined && (entry.flags.includes('sticky') || portSwitch(speaksAt, 'learning') === false);
}

export const localEntry = (bridge: Device, mac: string): FdbFact | undefined =>
  [bridge, ...portsOf(bridge)]
    .flatMap((d) => bridge.machine.fdb(d.name))
    .find((f) => f.lladdr.toLowerCase() === mac && f.master === bridge.name && f.flags.includes('permanent'));
