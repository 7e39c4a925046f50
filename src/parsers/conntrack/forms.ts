import {
  ASSURED,
  checked,
  type Flow,
  HARDWARE,
  newDirection,
  newFlow,
  OFFLOADED,
  protocolOf,
  takeInto,
  UNREPLIED,
} from './flow.js';

/** Numbers of protocols by name, as `-o save` prints names. */
const NAMES: ReadonlySet<string> = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmpv6', 'gre']);

const STATUS: Readonly<Record<string, number>> = { ASSURED, OFFLOAD: OFFLOADED, HW_OFFLOAD: OFFLOADED + HARDWARE };

/** Option → which direction (0 original, 1 reply), and what of it. The reply's ends are named by what NAT made of them. */
const ENDS: Readonly<Record<string, readonly [0 | 1, string]>> = {
  '-s': [0, 'src'],
  '-d': [0, 'dst'],
  '-r': [1, 'src'],
  '-g': [1, 'src'],
  '-q': [1, 'dst'],
  '-n': [1, 'dst'],
  '--sport': [0, 'sport'],
  '--dport': [0, 'dport'],
  '--reply-port-src': [1, 'sport'],
  '--reply-port-dst': [1, 'dport'],
  '--srckey': [0, 'srckey'],
  '--dstkey': [0, 'dstkey'],
  '--reply-key-src': [1, 'srckey'],
  '--reply-key-dst': [1, 'dstkey'],
  '--icmp-type': [0, 'type'],
  '--icmp-code': [0, 'code'],
  '--icmp-id': [0, 'id'],
  '--icmpv6-type': [0, 'type'],
  '--icmpv6-code': [0, 'code'],
  '--icmpv6-id': [0, 'id'],
};

export const isSaved = (words: readonly string[]): boolean =>
  /^-[AIUD]$/.test(words[0] ?? '') && words.includes('-s') && words.includes('-d') && words.includes('-p');

/** `-o save`: options that make the entry again (conntrack-tools src/conntrack.c ct_save_snprintf). */
export function readSaved(words: readonly string[]): Flow | string {
  const flow = newFlow('');
  flow.directions.push(newDirection(), newDirection());
  const [original, reply] = flow.directions;
  for (let i = 1; i < words.length; i += 2) {
    const option = words[i] ?? '';
    const value = words[i + 1] ?? '';
    const end = ENDS[option];
    const direction = end && flow.directions[end[0]];
    if (!option.startsWith('-') || value === '') return 'not an entry of conntrack -o save';
    if (end && direction) {
      const reason = takeInto(direction, end[1], value);
      if (reason !== undefined) return reason;
    } else if (option === '-p')
      flow.protocol = NAMES.has(value) ? value : protocolOf(value, /^\d+$/.test(value) ? value : '');
    else if (option === '-t') flow.timeout = Number(value);
    else if (option === '--state') flow.state = value;
    else if (option === '-m') flow.mark = Number(value) || 0;
    else if (option === '-w') flow.zone = Number(value) || 0;
    else if (option === '--orig-zone' && original) original.zone = Number(value) || 0;
    else if (option === '--reply-zone' && reply) reply.zone = Number(value) || 0;
    else if (option === '--helper') flow.helper = value;
    else if (option === '-u') for (const status of value.split(',')) flow.flags |= STATUS[status] ?? 0;
  }
  if (!words.some((w, i) => words[i - 1] === '-u' && w.includes('SEEN_REPLY'))) flow.flags |= UNREPLIED;
  return checked(flow);
}

export const isXmlFlow = (line: string): boolean => /^<flow[ >]/.test(line);

const TAG = /<(\/?)([a-z\d]{2,12})( [^<>]{0,100})?>([^<]{0,100})/g;

/** `-o xml`: one element a line (libnetfilter_conntrack's snprintf_xml.c). Of ICMP it prints neither type nor id. */
export function readXmlFlow(line: string): Flow | string {
  const flow = newFlow('');
  flow.flags = line.includes('<assured/>') ? ASSURED : 0;
  if (line.includes('<unreplied/>')) flow.flags |= UNREPLIED;
  if (!line.trimEnd().endsWith('</flow>')) return 'an entry that breaks off';
  let independent = false;
  for (const [, closing, tag = '', attributes = '', value = ''] of line.matchAll(TAG)) {
    if (closing) continue;
    const reason = element(flow, tag, attributes, value, independent);
    if (reason !== undefined) return reason;
    if (tag === 'meta') independent = attributes.includes('independent');
  }
  return checked(flow);
}

const KEYS: ReadonlySet<string> = new Set(['src', 'dst', 'sport', 'dport', 'srckey', 'dstkey']);

function element(flow: Flow, tag: string, attributes: string, value: string, independent: boolean): string | undefined {
  const current = flow.directions[flow.directions.length - 1];
  if (tag === 'meta' && !attributes.includes('independent')) flow.directions.push(newDirection());
  else if (tag === 'layer4' && flow.protocol === '')
    flow.protocol = protocolOf(
      /protoname="([\w-]+)"/.exec(attributes)?.[1] ?? '',
      /protonum="(\d+)"/.exec(attributes)?.[1] ?? '',
    );
  else if (KEYS.has(tag)) return current ? takeInto(current, tag, value) : 'an entry without its addresses';
  else if (tag === 'zone' && independent) flow.zone = Number(value) || 0;
  else if (tag === 'zone' && current) current.zone = Number(value) || 0;
  // It prints TCP's names for the states of SCTP and DCCP.
  else if (tag === 'state' && flow.protocol === 'tcp') flow.state = value;
  else if (tag === 'timeout') flow.timeout = Number(value);
  else if (tag === 'mark') flow.mark = Number(value) || 0;
  else if (tag === 'helper') flow.helper = value;
  return undefined;
}
