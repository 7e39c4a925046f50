import type { IptablesPart } from '../../../facts/index.js';
import { canonicalPrefix, parseAddress } from '../../../kit/index.js';
import { readDetails } from './details.js';

/** Columns of a listing, by its header. */
export interface Columns {
  /** Blanks before the whole listing, as pastes have them. */
  readonly indent: number;
  readonly numbered: boolean;
  readonly counted: boolean;
  readonly interfaces: boolean;
}

const HEADER = /^( *)(num +)?(pkts +bytes +)?(?:target +)?prot( +opt)?( +in +out)? +source +destination *$/;

/** `num   pkts bytes target     prot opt in     out     source               destination`. */
export function columnsOf(line: string): Columns | undefined {
  const found = line.length < 1000 ? HEADER.exec(line) : null;
  if (!found) return undefined;
  const [, blanks = '', numbered, counted, , interfaces] = found;
  // Columns of numbers are printed to the right: `pkts` has a blank before it.
  const indent = blanks.length - (numbered === undefined && counted !== undefined && blanks !== '' ? 1 : 0);
  return {
    indent,
    numbered: numbered !== undefined,
    counted: counted !== undefined,
    interfaces: interfaces !== undefined,
  };
}

export interface Row {
  /** As printed behind `-A CHAIN` by iptables-save. */
  readonly text: string;
  readonly packets?: number;
  readonly unread: readonly IptablesPart[];
}

const UNIT: Readonly<Record<string, number>> = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** `609K` → 609000; xtables_print_num rounds above 99999. */
export function countOf(text: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d{1,15})([KMGT]?)$/.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNIT[unit ?? ''] ?? 1);
}

/** Protocols that -S prints by name whatever the listing does (xtables_chain_protos), and those of /etc/protocols that firewalls name. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  '0': 'all',
  '1': 'icmp',
  '2': 'igmp',
  '4': 'ipencap',
  '6': 'tcp',
  '17': 'udp',
  '33': 'dccp',
  '41': 'ipv6',
  '47': 'gre',
  '50': 'esp',
  '51': 'ah',
  '58': 'ipv6-icmp',
  '89': 'ospf',
  '103': 'pim',
  '108': 'ipcomp',
  '112': 'vrrp',
  '132': 'sctp',
  '135': 'mobility-header',
  '136': 'udplite',
  icmpv6: 'ipv6-icmp',
};
const NAMED = new Set(['tcp', ...Object.values(PROTOCOLS), ...Object.keys(PROTOCOLS)]);
const isProtocol = (word: string): boolean => NAMED.has(word.replace('!', '')) || /^!?\d{1,3}$/.test(word);

/** Names that resolvers give to addresses everywhere; any other name is one of this network. */
const HOSTS: Readonly<Record<string, string>> = {
  localhost: '127.0.0.1',
  loopback: '127.0.0.0',
  'link-local': '169.254.0.0',
  'ip6-localhost': '::1',
  'base-address.mcast.net': '224.0.0.0',
  'all-systems.mcast.net': '224.0.0.1',
  'all-routers.mcast.net': '224.0.0.2',
  'mdns.mcast.net': '224.0.0.251',
};
const MASKED = /^[\d.:a-f/]*[xX*][\dxX*.:a-f/]*$/;

interface Cursor {
  readonly line: string;
  at: number;
}

function word(c: Cursor): string {
  while (c.line[c.at] === ' ') c.at++;
  const from = c.at;
  while (c.at < c.line.length && c.line[c.at] !== ' ') c.at++;
  return c.line.slice(from, c.at);
}

const OPT = /^(?:--|[!-]f|--f)$/;

/** The first words of what follows, without moving. */
function ahead(c: Cursor, count: number): string[] {
  const copy = { line: c.line, at: c.at };
  return Array.from({ length: count }, () => word(copy));
}

/** A rule without a target leaves its column blank. The words behind tell that; only old ip6tables leaves `opt` blank as well. */
function hasTarget(c: Cursor, columns: Columns): boolean {
  const [first = '', second = '', third = ''] = ahead(c, 3);
  if (OPT.test(second)) return false;
  if (OPT.test(third)) return true;
  const next = columns.numbered || columns.counted ? c.at + 1 : c.at;
  if (c.line[next] !== ' ') return true;
  return !isProtocol(first) || isProtocol(second);
}

interface Sides {
  readonly options: string;
  readonly unread: readonly IptablesPart[];
}

/** One address column; undefined when it is none. */
function side(text: string, name: 'source' | 'destination'): Sides | undefined {
  const negated = text.startsWith('!');
  const value = negated ? text.slice(1) : text;
  const key = `${negated ? '! ' : ''}-${name === 'source' ? 's' : 'd'}`;
  // Without -n ip6tables prints `anywhere` for the address ::, whatever its mask (xshared.c, ipv6_addr_to_string).
  if (value === 'anywhere') return { options: '', unread: negated ? [name] : [] };
  if (/^(?:0\.0\.0\.0|::)\/0$/.test(value)) return { options: negated ? `${key} ${value}` : '', unread: [] };
  const slash = value.indexOf('/');
  const host = slash === -1 ? value : value.slice(0, slash);
  const mask = slash === -1 ? '' : value.slice(slash);
  const address = HOSTS[host.toLowerCase()] ?? host;
  const parsed = parseAddress(address);
  if (parsed) {
    const full = mask === '' ? `/${parsed.family === 4 ? 32 : 128}` : mask;
    return {
      options: `${key} ${full.includes('.') || full.includes(':') ? address + full : (canonicalPrefix(address + full) ?? address + full)}`,
      unread: [],
    };
  }
  if (MASKED.test(value) || !/^[\w.:-]+(?:\/[\d.:a-f]+)?$/.test(value)) return undefined;
  return { options: '', unread: [name] };
}

function device(text: string, key: string): string {
  const negated = text.startsWith('!');
  const name = negated ? text.slice(1) : text;
  return !negated && (name === '*' || name === 'any') ? '' : `${negated ? '! ' : ''}${key} ${name}`;
}

function protocol(text: string): string {
  const negated = text.startsWith('!');
  const printed = negated ? text.slice(1) : text;
  const name = PROTOCOLS[printed] ?? printed;
  return name === 'all' && !negated ? '' : `${negated ? '! ' : ''}-p ${name}`;
}

/** One row; a reason when it is none. */
export function readRow(line: string, columns: Columns): Row | string {
  const c: Cursor = { line, at: Math.min(columns.indent, line.search(/[^ ]|$/)) };
  const number = columns.numbered ? word(c) : '1';
  const packets = columns.counted ? countOf(word(c)) : undefined;
  const bytes = columns.counted ? countOf(word(c)) : 0;
  if (!/^\d+$/.test(number) || bytes === undefined || (columns.counted && packets === undefined))
    return 'not a row of a chain';
  const target = hasTarget(c, columns) ? word(c) : '';
  const proto = word(c);
  const known = OPT.test(ahead(c, 1)[0] ?? '');
  const opt = known ? word(c) : '--';
  const inside = columns.interfaces ? word(c) : '*';
  const outside = columns.interfaces ? word(c) : '*';
  const addresses = [word(c), word(c)] as const;
  if (addresses[1] === '') return 'not a row of a chain';
  const source = side(addresses[0], 'source');
  const destination = side(addresses[1], 'destination');
  // A sentence below the listing has words in all columns.
  if (!known && source?.unread.length && destination?.unread.length) return 'not a row of a chain';
  if (!source || !destination) return 'the addresses are masked or unreadable';
  const details = readDetails(line.slice(c.at), target);
  const words = [
    source.options,
    destination.options,
    device(inside, '-i'),
    device(outside, '-o'),
    protocol(proto),
    opt.includes('f') ? (opt.startsWith('!') ? '! -f' : '-f') : '',
    ...details.matches,
    details.target,
  ];
  return {
    text: words.filter((w) => w !== '').join(' '),
    unread: [...source.unread, ...destination.unread, ...details.unread],
    ...(packets !== undefined && { packets }),
  };
}
