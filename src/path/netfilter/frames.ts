import type { Arrival, Walk } from '../context.js';
import type { Device } from '../device.js';
import type { Machine } from '../machine.js';
import type { Frame, Packet } from '../types.js';
import { runChains } from './chains.js';
import { ebtablesChains } from './ebtables.js';
import { baseChains } from './nft.js';
import type { NftTable } from './nft-tables.js';
import { tablesOf } from './ruleset.js';
import type { BaseChain, Connection, HookContext, HookName } from './types.js';

/** Chains that see frames: of bridges, and of devices by their names. */
interface FrameChains {
  readonly bridge: readonly BaseChain[];
  readonly devices: readonly BaseChain[];
  readonly arp: readonly BaseChain[];
}

const made = new WeakMap<Machine, FrameChains>();

function chainsOf(machine: Machine): FrameChains {
  const known = made.get(machine);
  if (known) return known;
  const tables = machine.captured ? tablesOf(machine) : [];
  const of = (wanted: (family: string) => boolean): readonly BaseChain[] =>
    tables
      .filter((t) => wanted(t.family) && !isShown(t))
      .flatMap(baseChains)
      .reverse()
      .sort((a, b) => a.priority - b.priority);
  // ebtables says more of the rules of its nft backend than nft does, which prints some matches by their names only.
  const ofEbtables = machine.captured ? machine.facts('ebtables-table') : [];
  const isShown = ({ family, name }: NftTable): boolean =>
    family === 'bridge' && ofEbtables.some((f) => f.backend !== 'legacy' && f.table === name);
  const isDevice = ({ hook }: BaseChain): boolean => hook === 'ingress' || hook === 'egress';
  const chains = {
    bridge: [
      ...of((family) => family === 'bridge').filter((b) => !isDevice(b)),
      ...ofEbtables.flatMap(ebtablesChains),
    ].sort((a, b) => a.priority - b.priority),
    devices: of((family) => family === 'netdev' || family === 'inet').filter(isDevice),
    arp: of((family) => family === 'arp'),
  };
  made.set(machine, chains);
  return chains;
}

/** No frame has a flow yet. */
const UNTRACKED: Connection = { state: 'invalid', direction: 'original', entry: undefined };

/** What chains at a device do to a frame that comes in or goes out. Undefined: it goes on. */
export function atDevice(w: Walk, device: Device, hook: 'ingress' | 'egress', packet: Packet): Arrival | undefined {
  const { machine, name } = device;
  const bases = chainsOf(machine).devices.filter((b) => b.hook === hook && b.devices?.includes(name));
  if (bases.length === 0) return undefined;
  const [iif, oif] = hook === 'ingress' ? [name, ''] : ['', name];
  return runChains(bases, { walk: w, machine, hook, packet, iif, oif, conn: { ...UNTRACKED } });
}

/** A frame behind a hook of a bridge: on its way with the lladdrs that rules left it, or at its end. */
export type Crossed = { readonly frame: Frame; readonly ended?: undefined } | { readonly ended: Arrival };

/** What chains of family bridge do to a frame at one of a bridge's hooks; devices are its ports. */
export function atBridge(
  w: Walk,
  bridge: Device,
  hook: Exclude<HookName, 'ingress' | 'egress'>,
  frame: Frame,
  ports: { readonly in?: Device | undefined; readonly out?: Device | undefined },
): Crossed {
  const { machine } = bridge;
  const bases = chainsOf(machine).bridge.filter((b) => b.hook === hook);
  if (bases.length === 0) return { frame };
  const { packet, srcMac, dstMac } = frame;
  // What the bridge itself sends comes from no port, and what it takes goes to none.
  const iif = ports.in?.name ?? '';
  const oif = ports.out?.name ?? (hook === 'output' ? bridge.name : '');
  const context: HookContext = {
    ...{ walk: w, machine, hook, packet, iif, oif, bridge: bridge.name, conn: { ...UNTRACKED } },
    ...(bridge.lladdr !== undefined && { bridgeMac: bridge.lladdr }),
    ...(srcMac !== undefined && { srcMac }),
    ...(dstMac !== undefined && { dstMac }),
  };
  const ended = runChains(bases, context);
  if (ended) return { ended };
  const isSame = context.srcMac === srcMac && context.dstMac === dstMac;
  return { frame: isSame ? frame : { ...frame, ...macsOf(context) } };
}

const macsOf = ({ srcMac, dstMac }: HookContext): Pick<Frame, 'srcMac' | 'dstMac'> => ({
  ...(srcMac !== undefined && { srcMac }),
  ...(dstMac !== undefined && { dstMac }),
});

/** Chains of family arp at one of its hooks (arp_rcv, arp_xmit): do they let the packet on? */
export function atArp(w: Walk, device: Device, hook: 'input' | 'output', packet: Packet, srcMac: string): boolean {
  const bases = chainsOf(device.machine).arp.filter((b) => b.hook === hook);
  if (bases.length === 0) return true;
  const [iif, oif] = hook === 'input' ? [device.name, ''] : ['', device.name];
  const context = { walk: w, machine: device.machine, hook, packet, iif, oif, srcMac, conn: { ...UNTRACKED } };
  return runChains(bases, context) === undefined;
}
