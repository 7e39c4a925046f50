import { type Answer, unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** Options of TCP that Linux sends unless it is told not to, by number, and where it is told (net/ipv4/tcp_output.c tcp_syn_options). */
const OPTIONS: Readonly<Record<number, { readonly sysctl?: string; readonly later?: true }>> = {
  2: {},
  3: { sysctl: 'net.ipv4.tcp_window_scaling' },
  4: { sysctl: 'net.ipv4.tcp_sack' },
  // The one that every packet carries once both ends sent it.
  8: { sysctl: 'net.ipv4.tcp_timestamps', later: true },
};
/** End of the list and padding, which are none; MPTCP and fast open, which programs ask for. */
const CHANCE: ReadonlySet<number> = new Set([0, 1, 5, 30, 34, 254]);

/** By the names that nft gives them. */
export const OPTION_NUMBERS: Readonly<Record<string, number>> = {
  maxseg: 2,
  window: 3,
  'sack-perm': 4,
  'sack-permitted': 4,
  sack: 5,
  timestamp: 8,
  md5sig: 19,
  mptcp: 30,
  fastopen: 34,
};

/**
 * Has a packet of TCP the option? Those of a connection's first two packets are what Linux sends; where any captured stack is told otherwise, it is not
 * known whose this is.
 */
export function hasTcpOption(c: HookContext, number: number): Answer {
  const { role, reset } = c.packet;
  if (reset) return false;
  const option = OPTIONS[number];
  if (!option) return CHANCE.has(number) ? unsupported(`TCP option ${number}`) : false;
  const { sysctl, later } = option;
  if (role !== 'request' && role !== 'reply' && !later) return false;
  const differs = sysctl !== undefined && c.walk.world.machines.some((m) => m.sysctl(sysctl)?.value === '0');
  if (differs) return unsupported(`TCP option ${number}`);
  c.walk.assumptions.add('both ends send the options of TCP that Linux sends by itself');
  return true;
}
