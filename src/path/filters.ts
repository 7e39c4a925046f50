import type { QdiscFact, TcFilterFact } from '../facts/index.js';
import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import type { Machine } from './machine.js';

/*
 * Filters of tc on a device (clsact, ingress) drop, change or redirect a frame before any chain sees it, by matches that are not modelled. Programs
 * of eBPF among them are those of programs.ts.
 */

/** By the discipline that they hang on: `ingress` has none for what leaves. */
const HOLDERS = { ingress: /^(?:clsact|ingress)$/, egress: /^clsact$/ } as const;

/** A limit of the rate sends all through an ifb, which gives back what it takes (CNI's bandwidth plugin). */
const isLimit = ({ machine }: Device, { actions }: TcFilterFact): boolean =>
  actions.length > 0 &&
  actions.every((action) => {
    const to = /^mirred \(Egress Redirect to device (\S+)\)/.exec(action)?.[1];
    const device = to === undefined ? undefined : machine.devices.get(to);
    return device?.link?.info?.kind === 'ifb' && device.up !== false;
  });

const held = new WeakMap<Machine, ReadonlyMap<string, QdiscFact>>();

/** Disciplines that filters hang on, by their devices. */
function holdersOf(machine: Machine): ReadonlyMap<string, QdiscFact> {
  const known = held.get(machine);
  if (known) return known;
  const made = new Map(
    machine.facts('qdisc').flatMap((q) => (HOLDERS.ingress.test(q.type) ? [[q.dev, q] as const] : [])),
  );
  held.set(machine, made);
  return made;
}

/** What hangs on a device may do what it likes with a frame that comes in, or leaves. */
export function meetFilters(w: Walk, device: Device, direction: 'ingress' | 'egress'): void {
  const { machine, name } = device;
  const holder = holdersOf(machine).get(name);
  if (!holder || !HOLDERS[direction].test(holder.type)) return;
  const own = machine
    .facts('tc-filter')
    .filter(
      (f) => f.dev === name && (f.parent === undefined || f.parent === direction || f.parent.startsWith('ffff:')),
    );
  const [filter] = own.filter((f) => f.type !== 'bpf' && !isLimit(device, f));
  const hasLimits = [...machine.devices.values()].some((d) => d.link?.info?.kind === 'ifb');
  if (filter)
    doubt(
      w,
      {
        node: machine.node,
        input: `what filters of tc do with frames that ${name} ${direction === 'ingress' ? 'gets' : 'sends'}`,
        reason: 'unsupported',
        ...(filter.actions.length > 0 && { detail: `${filter.type}: ${filter.actions.join(', ')}` }),
        at: filter.at,
      },
      'rewritten',
    );
  else if (own.length === 0 && !hasLimits) {
    const input = `filters of tc behind ${holder.type} of ${name}`;
    const missing = machine.missing('tc-filter', input, { dev: name, parent: direction });
    if (missing) doubt(w, { ...missing, at: holder.at }, 'rewritten');
  }
}
