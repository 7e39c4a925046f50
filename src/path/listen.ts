import type { At } from '../kit/index.js';
import type { Machine } from './machine.js';
import type { Packet } from './types.js';

/** Why nothing takes the packet: only a full list of the sockets can say so. Undefined: something listens, or nobody knows. */
export function listening(
  machine: Machine,
  packet: Packet,
): { readonly says: string; readonly at: readonly At[] } | undefined {
  void machine;
  void packet;
  return undefined;
}
