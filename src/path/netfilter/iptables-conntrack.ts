import { contains, type IptablesMatch, type IptablesOption, parsePrefix } from '../../kit/index.js';
import { isOpen } from '../conntrack.js';
import { type Match, portRange, protoName, within } from './iptables-values.js';
import { type Answer, isKnown, unsupported } from './tri.js';
import type { HookContext } from './types.js';

const STATES: Readonly<Record<string, (c: HookContext) => boolean>> = {
  NEW: (c) => c.conn.state === 'new',
  ESTABLISHED: (c) => c.conn.state === 'established',
  RELATED: (c) => c.conn.state === 'related',
  INVALID: (c) => c.conn.state === 'invalid',
  UNTRACKED: (c) => c.conn.state === 'untracked',
  SNAT: (c) => c.conn.entry?.srcNat === true,
  DNAT: (c) => c.conn.entry?.dstNat === true,
};

const STATUSES: Readonly<Record<string, (c: HookContext) => boolean>> = {
  NONE: (c) => c.conn.entry === undefined,
  EXPECTED: () => false,
  SEEN_REPLY: (c) => c.conn.entry?.answered === true,
  ASSURED: (c) => c.conn.entry?.answered === true && isOpen(c.packet.role),
  CONFIRMED: (c) => c.conn.state === 'established',
};

const anyOf = (option: IptablesOption, table: Readonly<Record<string, (c: HookContext) => boolean>>): Match => {
  const words = option.values.flatMap((v) => v.split(',')).map((w) => w.toUpperCase());
  if (words.some((w) => !table[w])) return () => unsupported(`${option.name} ${words.join(',')}`);
  return (c) => words.some((w) => table[w]?.(c) === true) !== option.negated;
};

/** Of a packet without a flow only the state can be asked: any other option, negated or not, says no (conntrack_mt, xt_conntrack.c). */
export function conntrackMatch({ options }: IptablesMatch): Match {
  const isState = ({ name }: IptablesOption): boolean => name === '--ctstate' || name === '--state';
  const parts = options.map((option) => ({ ofState: isState(option), match: conntrackOption(option) }));
  const asksState = parts.some((p) => p.ofState);
  return (c) => {
    const tracked = c.conn.entry !== undefined;
    if (!tracked && !asksState) return false;
    let open: Answer = true;
    for (const { ofState, match } of parts) {
      if (!tracked && !ofState) continue;
      const answer = match(c);
      if (answer === false) return false;
      if (!isKnown(answer)) open = answer;
    }
    return open;
  };
}

function conntrackOption(option: IptablesOption): Match {
  switch (option.name) {
    case '--ctstate':
    case '--state':
      return anyOf(option, STATES);
    case '--ctstatus':
      return anyOf(option, STATUSES);
    case '--ctdir':
      return (c) =>
        (c.conn.direction === option.values[0]?.toLowerCase()) !== option.negated && c.conn.entry !== undefined;
    case '--ctorigdst':
    case '--ctorigsrc':
    case '--ctrepldst':
    case '--ctreplsrc':
      return tupleAddress(option);
    case '--ctorigdstport':
    case '--ctorigsrcport':
    case '--ctrepldstport':
    case '--ctreplsrcport':
      return tuplePort(option);
    case '--ctproto':
      return (c) => (c.packet.proto === protoName(option.values[0] ?? '')) !== option.negated;
    default:
      return () => unsupported(option.name);
  }
}

function tupleAddress(option: IptablesOption): Match {
  const prefix = parsePrefix(option.values[0] ?? '');
  const ofReply = option.name.includes('repl');
  const side = option.name.endsWith('dst') ? 'dst' : 'src';
  return (c) => {
    const tuple = ofReply ? c.conn.entry?.reply : c.conn.entry?.original;
    const address = tuple && parsePrefix(tuple[side]);
    if (!prefix) return unsupported(option.name);
    return tuple !== undefined && (address !== undefined && contains(prefix, address)) !== option.negated;
  };
}

function tuplePort(option: IptablesOption): Match {
  const side = option.name.includes('dst') ? 'dport' : 'sport';
  return (c) => {
    const range = portRange(option.values[0] ?? '');
    const tuple = option.name.includes('repl') ? c.conn.entry?.reply : c.conn.entry?.original;
    return range === undefined
      ? unsupported(option.name)
      : tuple !== undefined && within([range], tuple[side]) !== option.negated;
  };
}
