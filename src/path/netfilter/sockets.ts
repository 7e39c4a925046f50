import type { Missing } from '../../model/types.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/**
 * Whose socket a packet comes from: what is forwarded has none, the kernel answers from sockets without a file, and programs have a user.
 * `says` names the question.
 */
export type Sender =
  | { readonly kind: 'none' }
  | { readonly kind: 'kernel' }
  | { readonly kind: 'user'; readonly id: number };

/** Nodes are asked and answered as by `ping` and kubelet: by root. */
const ROOT = 0;

/** Is it at a hook where packets of this stack's own sockets come by? */
export const isOwnSocket = ({ hook, iif }: HookContext): boolean => hook === 'output' || iif === '';

/** Who sent a packet, for what asks for users and groups. Programs of pods may be anybody's. */
export function senderOf(c: HookContext, says: string): Sender | Missing {
  const { packet, machine, walk } = c;
  if (!isOwnSocket(c) || packet.sender === 'nobody') return { kind: 'none' };
  if (packet.sender === 'kernel') return { kind: 'kernel' };
  // A tunnel's packet keeps the socket of what it carries, if that was sent here.
  if (packet.inner || machine.netns !== '') return unsupported(says);
  walk.assumptions.add(`programs of ${machine.node} that send and answer are root's`);
  return { kind: 'user', id: ROOT };
}
