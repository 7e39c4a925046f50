import { doubt, type Walk } from './context.js';
import type { Device } from './device.js';
import { isRouterGroup } from './lladdr.js';
import { hears } from './macvlan.js';

/**
 * Two machines with one lladdr: a switch sends its frames to whichever spoke last, and none back to where it heard that lladdr speak. `device` sends; absent,
 * somebody outside does.
 */
export function doubtTwin(w: Walk, hit: Device, device: Device = hit): void {
  const { lladdr } = hit;
  if (lladdr === undefined || isRouterGroup(lladdr)) return;
  const twin = w.world
    .members(device)
    .byLladdr.get(lladdr)
    ?.find((m) => m !== hit && m.machine !== hit.machine && m.up !== false && hears(w.world, device, m));
  if (!twin) return;
  const [a, b] = [hit, twin].map((d) => `${d.machine.node} ${d.name}`).sort();
  const input = `which of ${a} and ${b} gets frames for ${lladdr}`;
  const at = twin.at === undefined ? {} : { at: twin.at };
  doubt(w, { input, reason: 'not-comparable', detail: 'both have that lladdr', ...at }, 'astray');
}
