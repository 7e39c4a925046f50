import type { IptablesOption } from '../../kit/index.js';
import { type Match, portRange, within } from './iptables-values.js';
import { flagNames } from './packet.js';
import { unsupported } from './tri.js';

/** Ports are those of the packet; a fragment behind the first has none, and is not modelled. */
function ports(option: IptablesOption, which: readonly ('sport' | 'dport')[]): Match {
  const words = option.values.flatMap((v) => v.split(','));
  return (c) => {
    const ranges = words.map((word) => portRange(word));
    if (ranges.some((r) => r === undefined)) return unsupported(`port ${words.join(',')}`);
    const held = ranges.filter((r) => r !== undefined);
    return which.some((side) => within(held, c.packet[side])) !== option.negated;
  };
}

function tcpFlags(option: IptablesOption): Match {
  const [mask = '', comp = ''] = option.values;
  const set = (words: string): ReadonlySet<string> =>
    new Set(words === 'ALL' ? ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'] : words === 'NONE' ? [] : words.split(','));
  const masked = set(mask);
  const wanted = set(comp);
  return (c) => {
    const flags = new Set(flagNames(c.packet));
    return [...masked].every((f) => flags.has(f) === wanted.has(f)) !== option.negated;
  };
}

const ICMP_TYPES: Readonly<Record<string, readonly string[]>> = {
  '8': ['echo-request'],
  '0': ['echo-reply'],
  'echo-request': ['echo-request'],
  ping: ['echo-request'],
  'echo-reply': ['echo-reply'],
  pong: ['echo-reply'],
  '128': ['echo-request'],
  '129': ['echo-reply'],
  '3': ['destination-unreachable'],
  'destination-unreachable': ['destination-unreachable'],
  '3/4': ['destination-unreachable/4'],
  'fragmentation-needed': ['destination-unreachable/4'],
  '11': ['time-exceeded'],
  'time-exceeded': ['time-exceeded'],
};

function icmpType(option: IptablesOption): Match {
  const word = option.values[0] ?? '';
  if (word === 'any' || word === '255') return () => !option.negated;
  const types = ICMP_TYPES[word.replace(/^(\d+)\/0$/, '$1')];
  return (c) => {
    const own = c.packet.icmp ?? '';
    return (types?.some((t) => own === t || own.startsWith(`${t}/`)) ?? false) !== option.negated;
  };
}

/** `-m tcp`, `-m udp`, `-m icmp` and those that share their options. */
export function headerOption(option: IptablesOption): Match {
  switch (option.name) {
    case '--dport':
    case '--destination-port':
      return ports(option, ['dport']);
    case '--sport':
    case '--source-port':
      return ports(option, ['sport']);
    case '--dports':
    case '--destination-ports':
      return ports(option, ['dport']);
    case '--sports':
    case '--source-ports':
      return ports(option, ['sport']);
    case '--ports':
      return ports(option, ['sport', 'dport']);
    case '--tcp-flags':
      return tcpFlags(option);
    case '--syn':
      return (c) => (c.packet.role === 'request') !== option.negated;
    case '--icmp-type':
    case '--icmpv6-type':
      return icmpType(option);
    default:
      return () => unsupported(option.name);
  }
}
