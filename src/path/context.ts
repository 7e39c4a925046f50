import type { At } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Chooser } from './choices.js';
import type { Connections } from './conntrack.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';
import type { DropBy, HookName, Ip, Leg, Packet, Step, StepKind } from './types.js';
import type { World } from './world.js';

/**
 * What else may happen where something was presumed: the packet is `lost` there, takes another way (`elsewhere`), comes to another machine (`astray`),
 * or goes on as another one (`rewritten`).
 */
export type Otherwise = 'lost' | 'elsewhere' | 'astray' | 'rewritten';

/** One run of a walk: what it asks, and what it did so far. */
export interface Walk {
  readonly world: World;
  readonly choose: Chooser;
  /** The destination as the probe names it. */
  readonly asked: Ip;
  readonly connections: Connections;
  readonly legs: Leg[];
  /** Steps of the leg that is on its way. */
  steps: Step[];
  /** What was presumed and may be otherwise, with the leg in which it came up. */
  readonly doubts: { readonly leg: number; readonly missing: Missing; readonly else: Otherwise }[];
  readonly assumptions: Set<string>;
  /** Ports of bridges behind which lladdrs spoke on this way (br_fdb_update). */
  readonly spoke: Map<Device, Map<string, Device>>;
  /** From where lladdrs spoke to devices of VXLAN that learn, on this way (vxlan_snoop). */
  readonly taught: Map<Device, Map<string, Ip>>;
  /** Devices that the packet entered: more than a TTL allows is a loop. */
  hops: number;
  /** The device by which the last packet for somebody outside left what was captured. */
  left?: Device;
  /** Some stack saw an answer to a SYN that it had not seen: what follows may begin a flow there. */
  unknownFlow?: true;
  /** Some rule asked for what the data behind the answer to a SYN has otherwise: flags, the mark of its flow. */
  asksData?: true;
}

/** Why a packet went no further. */
export interface Drop {
  readonly step: Step;
  readonly machine: Machine;
  readonly by?: DropBy;
  /** Of netfilter's decisions. */
  readonly hook?: HookName;
  /** Of netfilter's: `iptables filter`, `nft inet firewalld`. */
  readonly table?: string;
  /** Of netfilter's: the chain that the deciding rule stands in. */
  readonly chain?: string;
  /** Of a bridge whose packets pass netfilter: the port by which it came, and from whom (nf_bridge_info). */
  readonly bridged?: { readonly port: string; readonly srcMac: string };
  /** What was lost is a tunnel's packet, with the probe's inside. */
  readonly tunnel?: true;
  /** What the sender gets to hear: `icmp net-unreachable`, `tcp reset`; absent: nothing. */
  readonly answer?: string;
  /** It happens wherever the packet would go: routes that nobody captured don't matter. */
  readonly anyway?: true;
}

/** The end of a leg. `lost` with `missing`: it cannot be told where the packet went. */
export type Arrival =
  | { readonly kind: 'arrived'; readonly machine: Machine; readonly packet: Packet; readonly dev: Device | undefined }
  | { readonly kind: 'dropped'; readonly drop: Drop }
  | { readonly kind: 'unknown'; readonly missing: Missing };

/** Notes a step of the walk. */
export function note(
  w: Walk,
  kind: StepKind,
  machine: Machine,
  says: string,
  at: readonly (At | undefined)[] = [],
  dev?: string,
  does?: Pick<Step, 'translates' | 'untracks'>,
): Step {
  const step: Step = {
    kind,
    node: machine.node,
    netns: machine.netns,
    ...(dev !== undefined && { dev }),
    says,
    at: at.filter((a): a is At => a !== undefined && a !== 0),
    ...does,
  };
  w.steps.push(step);
  return step;
}

/** Notes a step that ends the leg. */
export const drop = (
  w: Walk,
  kind: StepKind,
  machine: Machine,
  says: string,
  at: readonly (At | undefined)[] = [],
  { dev, ...more }: Omit<Drop, 'step' | 'machine'> & { readonly dev?: string } = {},
): Arrival => ({ kind: 'dropped', drop: { ...more, machine, step: note(w, kind, machine, says, at, dev) } });

/** What is only tried leaves no steps behind. */
export const trialOf = (w: Walk): Walk => ({ ...w, steps: [], doubts: [], assumptions: new Set() });

/** What was presumed may be otherwise. */
export function doubt(w: Walk, missing: Missing, otherwise: Otherwise = 'elsewhere'): void {
  const leg = w.legs.length;
  const same = w.doubts.some(
    (d) =>
      d.leg === leg && d.missing.node === missing.node && d.missing.input === missing.input && d.else === otherwise,
  );
  if (!same) w.doubts.push({ leg, missing, else: otherwise });
}

/** A line that shows a stack when nothing decides but what is not there: that of an address, the one that the packet is from where it has it. */
export function lineOfStack(machine: Machine, src?: Ip): At | undefined {
  if (!machine.captured) return undefined;
  const all = [...machine.devices.values()].flatMap((d) => (d.kind === 'loopback' ? [] : d.addresses));
  return (all.find((a) => a.ip.text === src?.text) ?? all[0])?.at;
}
