import { formatAddress, type Prefix } from '../kit/index.js';
import type { Ip } from './types.js';
import type { World } from './world.js';

/** Addresses of a subnet from the last one on that a host may have: the broadcast address of IPv4 is none. */
function* hostsOf({ family, words, length }: Prefix): Generator<Ip> {
  const bits = Math.min((family === 4 ? 32 : 128) - length, 16);
  const last = words.length - 1;
  for (let host = 2 ** bits - 2; host > 1; host--) {
    const address = { family, words: words.with(last, ((words[last] ?? 0) + host) >>> 0) };
    yield { ...address, text: formatAddress(address) };
  }
}

/** An address of nobody on the nodes' network: the last free one. */
export function freeAddress(world: World, family: 4 | 6): Ip | undefined {
  for (const machine of world.machines)
    for (const device of machine.devices.values())
      for (const { apart, prefix } of world.segments(device)) {
        if (apart || prefix.family !== family || prefix.length > (family === 4 ? 29 : 125)) continue;
        for (const ip of hostsOf(prefix)) if (world.owners(ip).length === 0 && world.pod(ip).kind === 'none') return ip;
      }
  return undefined;
}
