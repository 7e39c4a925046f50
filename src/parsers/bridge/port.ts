import type { BridgePortFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

/** A port out of the words and values that `bridge link`, and `bridge_slave` of `ip -d link`, print of it. */
export function bridgePort(
  dev: string,
  bridge: string | undefined,
  attributes: Readonly<Record<string, string>>,
): Draft<BridgePortFact> {
  const switches: [string, boolean][] = [];
  for (const [name, value] of Object.entries(attributes)) {
    // `ip` has two words for one setting, and in JSON one.
    const known = name === 'mcast_fast_leave' ? 'fastleave' : name;
    if (value === 'on' || value === 'off') switches.push([known, value === 'on']);
  }
  const state = attributes['state'];
  const [priority, cost] = [count(attributes['priority']), count(attributes['cost'])];
  return {
    kind: 'bridge-port',
    dev,
    ...(bridge !== undefined && { bridge }),
    ...(state !== undefined && { state }),
    ...(priority !== undefined && { priority }),
    ...(cost !== undefined && { cost }),
    ...(switches.length > 0 && { switches: Object.fromEntries(switches) }),
  };
}
