import type { IptablesOption } from '../../kit/index.js';
import { type Match, portRange, within } from './iptables-values.js';
import { flagNames, icmpCode, icmpNumber } from './packet.js';
import { hasTcpOption } from './tcp-options.js';
import { invert, unsupported } from './tri.js';

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
    const flags = new Set(flagNames(c.packet, c.walk));
    return [...masked].every((f) => flags.has(f) === wanted.has(f)) !== option.negated;
  };
}

/** Types of ICMP with their codes, by iptables' names (extensions/libxt_icmp.h). */
const ICMP_TYPES: Readonly<Record<string, string>> = {
  'echo-reply': '0',
  pong: '0',
  'destination-unreachable': '3',
  'network-unreachable': '3/0',
  'host-unreachable': '3/1',
  'protocol-unreachable': '3/2',
  'port-unreachable': '3/3',
  'fragmentation-needed': '3/4',
  'source-route-failed': '3/5',
  'network-unknown': '3/6',
  'host-unknown': '3/7',
  'network-prohibited': '3/9',
  'host-prohibited': '3/10',
  'communication-prohibited': '3/13',
  'source-quench': '4',
  redirect: '5',
  'echo-request': '8',
  ping: '8',
  'router-advertisement': '9',
  'router-solicitation': '10',
  'time-exceeded': '11',
  'ttl-exceeded': '11',
  'ttl-zero-during-transit': '11/0',
  'ttl-zero-during-reassembly': '11/1',
  'parameter-problem': '12',
  'timestamp-request': '13',
  'timestamp-reply': '14',
};

/** The same of ip6tables. */
const ICMPV6_TYPES: Readonly<Record<string, string>> = {
  'destination-unreachable': '1',
  'no-route': '1/0',
  'communication-prohibited': '1/1',
  'beyond-scope': '1/2',
  'address-unreachable': '1/3',
  'port-unreachable': '1/4',
  'failed-policy': '1/5',
  'reject-route': '1/6',
  'packet-too-big': '2',
  'time-exceeded': '3',
  'ttl-exceeded': '3',
  'ttl-zero-during-transit': '3/0',
  'ttl-zero-during-reassembly': '3/1',
  'parameter-problem': '4',
  'echo-request': '128',
  ping: '128',
  'echo-reply': '129',
  pong: '129',
  'router-solicitation': '133',
  'router-advertisement': '134',
  'neighbour-solicitation': '135',
  'neighbor-solicitation': '135',
  'neighbour-advertisement': '136',
  'neighbor-advertisement': '136',
  redirect: '137',
};

function icmpType(option: IptablesOption, names: Readonly<Record<string, string>>): Match {
  const word = option.values[0] ?? '';
  if (word === 'any' || word === '255') return () => !option.negated;
  const [type, code] = (names[word] ?? word).split('/').map(Number);
  return (c) => {
    const own = icmpNumber(c.packet);
    if (own === undefined || type === undefined || Number.isNaN(type)) return unsupported(`icmp type ${word}`);
    return (own === type && (code === undefined || code === icmpCode(c.packet))) !== option.negated;
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
      return icmpType(option, ICMP_TYPES);
    case '--icmpv6-type':
      return icmpType(option, ICMPV6_TYPES);
    case '--tcp-option': {
      const number = Number(option.values[0]);
      return (c) => invert(hasTcpOption(c, number), option.negated);
    }
    default:
      return () => unsupported(option.name);
  }
}
