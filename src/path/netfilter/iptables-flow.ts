import type { IptablesMatch, IptablesOption } from '../../kit/index.js';
import { isOpen } from '../conntrack.js';
import type { Match } from './iptables-values.js';
import { isOwnSocket, senderOf } from './sockets.js';
import { unsupported } from './tri.js';
import type { HookContext } from './types.js';

/** Matches on flows, sockets and time. */

/** Least and most packets of a flow that went by, this one among them, in each direction. TCP goes on with data. */
function packetsOf({ packet, conn }: HookContext): Readonly<Record<string, readonly [number, number]>> {
  const more = packet.proto === 'tcp' && isOpen(packet.role) ? 4 : 0;
  const original: readonly [number, number] = isOpen(packet.role) ? [2, 2 + more] : [1, 1];
  const reply: readonly [number, number] = packet.role === 'request' || !conn.entry?.answered ? [0, 0] : [1, 1 + more];
  return { original, reply, both: [original[0] + reply[0], original[1] + reply[1]] };
}

/** Data that a probe may bring, at most. */
const MOST_OCTETS = 1500;

/** How much a flow has carried (xt_connbytes.c). */
export function connbytesMatch({ options }: IptablesMatch): Match {
  const told = (name: string): IptablesOption | undefined => options.find((o) => o.name === name);
  const range = told('--connbytes');
  const [low = Number.NaN, high = Number.POSITIVE_INFINITY] = (range?.values[0] ?? '')
    .split(':')
    .map((w) => (w === '' ? undefined : Number(w)));
  const direction = told('--connbytes-dir')?.values[0] ?? '';
  const mode = told('--connbytes-mode')?.values[0] ?? '';
  return (c) => {
    if (!range || Number.isNaN(low)) return unsupported('-m connbytes');
    if (!c.conn.entry) return false;
    const counted = packetsOf(c)[direction];
    if (!counted || mode === 'avgpkt') return unsupported('-m connbytes');
    const octets = mode === 'bytes';
    const least = octets ? counted[0] * 28 : counted[0];
    const most = octets ? counted[1] * Math.max(MOST_OCTETS, c.packet.size) : counted[1];
    if (least >= low && most <= high) return !range.negated;
    return most < low || least > high ? range.negated : unsupported('-m connbytes');
  };
}

/** The helper of a flow that this one was expected by: the walk has no such flows (xt_helper.c). */
export const helperOption = (option: IptablesOption): Match => {
  return (c) => (c.conn.state === 'related' ? unsupported('-m helper') : option.negated);
};

/** Labels are set by rules: a flow begins without any, and what has no flow has none (xt_connlabel.c). */
export function connlabelMatch({ options }: IptablesMatch): Match {
  const label = options.find((o) => o.name === '--label');
  const [name = ''] = label?.values ?? [];
  const sets = options.some((o) => o.name === '--set');
  return ({ conn }) => {
    if (!label) return unsupported('-m connlabel');
    const has = conn.entry !== undefined && (sets || conn.entry.labels?.has(name) === true);
    if (has && sets && conn.entry) conn.entry.labels = new Set([...(conn.entry.labels ?? []), name]);
    return has !== label.negated;
  };
}

/** Users by name and by range: `0`, `root`, `1000-1999`; undefined: some other name. */
function isUser(text: string, id: number): boolean | undefined {
  if (text === 'root') return id === 0;
  const [, low, high = low] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  return low === undefined ? undefined : Number(low) <= id && id <= Number(high);
}

/** Whose socket the packet comes from (xt_owner.c). Without a file there is a socket, and no user. */
export function ownerMatch({ options }: IptablesMatch): Match {
  const says = `-m owner ${options.map((o) => o.name).join(' ')}`;
  const isSocket = ({ name }: IptablesOption): boolean => name === '--socket-exists';
  return (c) => {
    if (options.every(isSocket) && isOwnSocket(c) && c.packet.sender !== 'nobody')
      return options.every((o) => !o.negated);
    const sender = senderOf(c, says);
    if (!('kind' in sender)) return sender;
    if (sender.kind !== 'user') return options.every((o) => o.negated !== (isSocket(o) && sender.kind === 'kernel'));
    const answers = options.map((o) => {
      if (isSocket(o)) return !o.negated;
      const is = /^--[ug]id-owner$/.test(o.name) ? isUser(o.values[0] ?? '', sender.id) : undefined;
      return is === undefined ? unsupported(says) : is !== o.negated;
    });
    return answers.includes(false) ? false : (answers.find((a) => a !== true) ?? true);
  };
}

/** Of what is forwarded no socket is here, so that even the negated match says no (xt_cgroup.c). */
export const cgroupMatch: Match = (c) => (isOwnSocket(c) ? unsupported('-m cgroup') : false);

/** A socket of this stack that takes the packet (xt_socket.c). Listening ones for any address count only with --nowildcard. */
export function socketMatch({ options }: IptablesMatch): Match {
  const transparent = options.some((o) => o.name === '--transparent');
  return (c) => {
    const { packet, machine, walk } = c;
    if (packet.proto !== 'tcp' && packet.proto !== 'udp') return false;
    if (transparent) {
      walk.assumptions.add(`no program on ${machine.node} has transparent sockets`);
      return false;
    }
    return machine.local.has(packet.dst.text) ? unsupported('-m socket') : false;
  };
}

/** `--mode random --probability P`, `--mode nth --every N --packet P`. Each choice is one outcome of the walk. */
export function statisticMatch(match: IptablesMatch, { key }: { readonly key: string }): Match {
  const value = (name: string): string | undefined => match.options.find((o) => o.name === name)?.values[0];
  const negated = match.options.some((o) => o.negated);
  const every = Number(value('--every'));
  const p = value('--mode') === 'nth' ? 1 / every : Number(value('--probability'));
  if (!(p >= 0 && p <= 1)) return () => unsupported('statistic');
  return (c) => {
    if (p === 1 || p === 0) return (p === 1) !== negated;
    // A flow is balanced once, at its first packet; what matches each packet is as good as luck.
    const pick = c.walk.choose.balance(`${c.machine.id} ${key} ${c.walk.legs.length}`, [p, 1 - p]);
    return (pick === 0) !== negated;
  };
}
