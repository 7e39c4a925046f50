import type { ConntrackTuple } from '../../facts/index.js';
import { canonicalAddress } from '../../kit/index.js';
import { isMasked } from '../text/masked.js';

/** One direction: ports as the kernel's tuple has them, -1 for none. */
export interface Direction {
  source: string;
  destination: string;
  /** Of ICMP the id, of GRE the key. */
  sourcePort: number;
  /** Of ICMP 256 * type + code. */
  destinationPort: number;
  zone: number;
}

/** One flow as a line shows it. */
export interface Flow {
  protocol: string;
  state: string;
  timeout: number;
  readonly directions: Direction[];
  flags: number;
  mark: number;
  zone: number;
  helper: string;
}

export const UNREPLIED = 1;
export const ASSURED = 2;
export const OFFLOADED = 4;
export const HARDWARE = 8;

const FLAGS: Readonly<Record<string, number>> = {
  '[UNREPLIED]': UNREPLIED,
  '[ASSURED]': ASSURED,
  '[OFFLOAD]': OFFLOADED,
  '[HW_OFFLOAD]': OFFLOADED + HARDWARE,
};

/** The kernel knows fewer of these by name than the tool does, and newer ones no DCCP: of `unknown` the number tells. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  1: 'icmp',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  47: 'gre',
  58: 'icmpv6',
  132: 'sctp',
  136: 'udplite',
};

export const protocolOf = (name: string, number: string): string => PROTOCOLS[number] ?? (number || name);

export const newFlow = (protocol: string): Flow => ({
  protocol,
  state: '',
  timeout: -1,
  directions: [],
  flags: 0,
  mark: 0,
  zone: 0,
  helper: '',
});

export const newDirection = (): Direction => ({
  source: '',
  destination: '',
  sourcePort: -1,
  destinationPort: -1,
  zone: 0,
});

/**
 * Addresses that were met, in their canonical form: the same few thousand stand in each line of a table, and a slice of a line would keep
 * the line alive.
 */
const addresses = new Map<string, string>();
const MOST = 2 ** 17;

/** Canonical text of an address; undefined when it is none. */
export function addressOf(text: string): string | undefined {
  const known = addresses.get(text);
  if (known !== undefined) return known;
  const address = text.length > 64 ? undefined : canonicalAddress(text);
  if (address === undefined) return undefined;
  if (addresses.size >= MOST) addresses.clear();
  // The key too must not be a slice.
  addresses.set(address === text ? address : Array.from(text).join(''), address);
  return address;
}

const isDigits = (text: string): boolean => text.length > 0 && text.length < 16 && /^\d+$/.test(text);
const numberOf = (text: string): number => (text.startsWith('0x') ? Number.parseInt(text, 16) : Number(text));

/** Puts one value of a direction in its place. A reason when it is not what it should be. */
export function takeInto(d: Direction, key: string, value: string): string | undefined {
  if (key === 'src' || key === 'dst') {
    const address = addressOf(value);
    if (address === undefined) return isMasked(value) ? 'an address is masked' : 'an address is unreadable';
    if (key === 'src') d.source = address;
    else d.destination = address;
    return undefined;
  }
  const number = numberOf(value);
  if (!Number.isSafeInteger(number)) return 'a port is masked or unreadable';
  if (key === 'sport' || key === 'id' || key === 'srckey') d.sourcePort = number;
  else if (key === 'dport' || key === 'dstkey') d.destinationPort = number;
  else if (key === 'type') d.destinationPort = number * 256;
  else if (key === 'code') d.destinationPort += number;
  return undefined;
}

const OF_DIRECTION: ReadonlySet<string> = new Set(['src', 'dst', 'sport', 'dport', 'type', 'code', 'srckey', 'dstkey']);

function take(flow: Flow, key: string, value: string): string | undefined {
  const { directions } = flow;
  if (key === 'src') {
    if (directions.length === 2) return 'more than two directions in one entry';
    directions.push(newDirection());
  }
  const current = directions[directions.length - 1];
  const [original, reply] = directions;
  // Mostly the reply is the mirrored original: that is told faster than an address is found among all others.
  if (original && current === reply && reply) {
    if (key === 'src' && value === original.destination) {
      reply.source = original.destination;
      return undefined;
    }
    if (key === 'dst' && value === original.source) {
      reply.destination = original.source;
      return undefined;
    }
  }
  if (OF_DIRECTION.has(key)) return current ? takeInto(current, key, value) : 'an entry without its addresses';
  // `-o id` ends any line with the entry's own id; that of an echo stands behind its type and code.
  if (key === 'id') {
    if (current && current.sourcePort === -1 && flow.protocol.startsWith('icmp')) return takeInto(current, key, value);
  } else if (key === 'mark') flow.mark = Number(value) || 0;
  else if (key === 'zone') flow.zone = Number(value) || 0;
  else if (key === 'zone-orig' && directions[0]) directions[0].zone = Number(value) || 0;
  else if (key === 'zone-reply' && directions[1]) directions[1].zone = Number(value) || 0;
  else if (key === 'helper') flow.helper = value;
  return undefined;
}

/** Where a tuple's first direction is at: `ipv4     2 tcp      6 431999 ESTABLISHED src=…`. A reason when it is no entry. */
function head(words: readonly string[]): { readonly flow: Flow; readonly next: number } | undefined {
  const layer3 =
    /^ipv[46]$/.test(words[0] ?? '') || (words[0] === 'unknown' && /^[a-z][a-z\d-]*$/.test(words[2] ?? ''));
  let i = layer3 ? 2 : 0;
  const name = words[i] ?? '';
  const number = words[i + 1] ?? '';
  if (!/^[a-z][a-z\d-]*$/i.test(name) || !isDigits(number)) return undefined;
  const flow = newFlow(protocolOf(name.toLowerCase(), number));
  i += 2;
  if (isDigits(words[i] ?? '')) flow.timeout = Number(words[i++]);
  if (/^[A-Z][A-Z\d_]+$/.test(words[i] ?? '')) flow.state = words[i++] ?? '';
  return { flow, next: i };
}

/**
 * One entry: libnetfilter_conntrack's snprintf_default.c, the kernel's nf_conntrack_standalone.c (ct_seq_show), which differ in what they add
 * and agree in the order. A string is the reason why it is none.
 */
export function readFlow(words: readonly string[]): Flow | string {
  const start = head(words);
  if (!start) return 'not an entry of conntrack';
  const { flow, next } = start;
  let bracket = false;
  for (let i = next; i < words.length; i++) {
    const word = words[i] ?? '';
    if (bracket || word.charCodeAt(0) === 91) {
      // `[start=Wed Nov 25 19:22:48 2026]` too is one.
      flow.flags |= FLAGS[word] ?? 0;
      bracket = !word.endsWith(']');
      continue;
    }
    const equals = word.indexOf('=');
    if (equals === -1) {
      // Routers' vendors add words of their own at the end.
      if (flow.directions[1]?.destination) continue;
      return 'not an entry of conntrack';
    }
    const reason = take(flow, word.slice(0, equals), word.slice(equals + 1));
    if (reason !== undefined) return reason;
  }
  return checked(flow);
}

export function checked(flow: Flow): Flow | string {
  const { directions } = flow;
  const whole = directions.length === 2 && directions.every((d) => d.source !== '' && d.destination !== '');
  return whole ? flow : 'an entry whose addresses are missing';
}

/** A direction as a fact has it. */
export function tupleOf(protocol: string, d: Direction): ConntrackTuple {
  const { source, destination, sourcePort, destinationPort } = d;
  if (protocol.startsWith('icmp'))
    return {
      source,
      destination,
      ...(sourcePort !== -1 && { icmpId: sourcePort }),
      ...(destinationPort !== -1 && { icmpType: destinationPort >> 8, icmpCode: destinationPort & 255 }),
    };
  return {
    source,
    destination,
    ...(sourcePort !== -1 && { sourcePort }),
    ...(destinationPort !== -1 && { destinationPort }),
  };
}
