import { portsOf } from './behind.js';
import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import { isRouterGroup } from './lladdr.js';
import { hears } from './macvlan.js';

/** A card, or the bridge that it is a port of, which then has the node's address and lladdr. */
const holderOf = (card: Device): Device => {
  const master = card.master === undefined ? undefined : card.machine.devices.get(card.master);
  return master?.kind === 'bridge' ? master : card;
};

/** Cards on the network of a card. With a prefix of its own alone (/32, as clouds give) nothing tells who else is: each card of the nodes' networks may be. */
function besides(w: Walk, card: Device): readonly Device[] {
  const { list } = w.world.members(card);
  if (list.some((m) => m.machine !== card.machine)) return list;
  return w.world.cards.filter((c) => !w.world.segments(c).some((s) => s.apart));
}

/**
 * Two machines with one lladdr: a switch sends its frames to whichever spoke last, and none back to where it heard that lladdr speak. `device` sends; absent,
 * somebody outside does.
 */
export function doubtTwin(w: Walk, hit: Device, device?: Device): void {
  const holder = holderOf(hit);
  const { lladdr } = holder;
  if (lladdr === undefined || isRouterGroup(lladdr)) return;
  const cards = holder.kind === 'bridge' ? portsOf(holder) : [holder];
  const twin = cards
    .flatMap((card) => besides(w, card))
    .filter((m) => m.machine !== hit.machine && m.up !== false && (!device || hears(w.world, device, m)))
    .map(holderOf)
    .find((m) => m.lladdr === lladdr);
  if (!twin) return;
  const [a, b] = [holder, twin].map((d) => `${d.machine.node} ${d.name}`).sort();
  const input = `which of ${a} and ${b} gets frames for ${lladdr}`;
  const at = twin.at === undefined ? {} : { at: twin.at };
  doubt(w, { input, reason: 'not-comparable', detail: 'both have that lladdr', ...at }, 'astray');
}
