import { formatAddress, type NftExpression, type NftStatement, type NftVerdict } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import type { Zones } from '../conntrack.js';
import { doubt } from '../context.js';
import { ipOf } from '../ip.js';
import { masquerade, setCtMark, setMark, setZones, untrack } from './actions.js';
import { copied } from './copies.js';
import { isBelow, isGenerous, isNotAbove } from './iptables-gates.js';
import { isInert } from './iptables-targets.js';
import { finder, type Place, reader } from './nft-expression.js';
import { compileMatch, type NftMatch } from './nft-match.js';
import { compileNat } from './nft-nat.js';
import { isValue, type Part, typeOfKey, wordsOf } from './nft-value.js';
import { queued, queuesOf } from './queue.js';
import { unsupported } from './tri.js';
import type { HookContext, RuleVerdict } from './types.js';

/** One statement compiled. What only counts, logs or marks for others is none. */
export type Step =
  /** `presumed`: what is taken for likely where the answer is not known. */
  | { readonly kind: 'match'; readonly match: NftMatch; readonly presumed: boolean }
  /** Does or decides something; `break` ends the rule, undefined goes on with the next statement. */
  | { readonly kind: 'act'; readonly act: (c: HookContext) => RuleVerdict | 'break' };

type Act = Extract<Step, { kind: 'act' }>['act'];

const act = (does: Act): Step => ({ kind: 'act', act: does });
const match = (asks: NftMatch, presumed = true): Step => ({ kind: 'match', match: asks, presumed });

const unknown = (what: string, place: Place): Act => {
  const missing = { ...unsupported(what), at: place.at };
  return (c) => ({ kind: 'unknown', missing: { ...missing, node: c.machine.node } });
};

function verdictOf(v: NftVerdict): RuleVerdict {
  if (v.kind === 'jump') return v;
  return v.verdict === 'continue' ? undefined : { kind: v.verdict };
}

function compileVmap(key: NftExpression, map: NftExpression, place: Place): Act {
  const find = finder(key, map, place);
  return (c) => {
    const found = find(c);
    if (found === undefined) return 'break';
    if (!('element' in found)) return { kind: 'unknown', missing: { at: place.at, node: c.machine.node, ...found } };
    const { data } = found.element;
    if (data?.kind === 'verdict' || data?.kind === 'jump') return verdictOf(data);
    return { kind: 'unknown', missing: { ...unsupported(place.text), node: c.machine.node, at: place.at } };
  };
}

/** Fields whose change matters to nobody on the way. */
const INERT_KEY =
  /^(?:meta (?:priority|nftrace|pkttype|secmark)|ip6? flowlabel|(?:tcp|ip|udp) (?:option.*|checksum)|ct (?:label|event|secmark|helper)|(?:tcp|udp) (?:window|checksum))$/;

type Setter = (c: HookContext, value: bigint, place: Place) => void;

const hopLimit: Setter = (c, value, place) => {
  c.packet.ttl = Number(value);
  c.packet.anyTtl = false;
  c.packet.ttlSetBy = place.at;
};

const SETTERS: Readonly<Record<string, Setter>> = {
  'meta mark': (c, value, place) => {
    setMark(c, Number(value & 0xffffffffn), place.text, place.at);
  },
  'ct mark': (c, value) => {
    setCtMark(c, Number(value & 0xffffffffn));
  },
  'ct zone': zone((id) => ({ original: id, reply: id })),
  'ct original zone': zone((id) => ({ original: id, reply: 0 })),
  'ct reply zone': zone((id) => ({ original: 0, reply: id })),
  'ip dscp': dscp(4),
  'ip6 dscp': dscp(6),
  'ip ecn': ecn(4),
  'ip6 ecn': ecn(6),
  'ip ttl': hopLimit,
  'ip6 hoplimit': hopLimit,
  'ip saddr': address('src', 4),
  'ip daddr': address('dst', 4),
  'ip6 saddr': address('src', 6),
  'ip6 daddr': address('dst', 6),
};

function zone(of: (id: number) => Zones): Setter {
  return (c, value, place) => setZones(c, of(Number(value & 0xffffn)), place.text, place.at);
}

function dscp(family: 4 | 6): Setter {
  return (c, value) => {
    if (c.packet.src.family === family) c.packet.tos = ((c.packet.tos ?? 0) & 3) | (Number(value & 0x3fn) << 2);
  };
}

function ecn(family: 4 | 6): Setter {
  return (c, value) => {
    if (c.packet.src.family === family) c.packet.tos = ((c.packet.tos ?? 0) & 0xfc) | Number(value & 3n);
  };
}

/** NAT without a flow. */
function address(side: 'src' | 'dst', family: 4 | 6): Setter {
  return (c, value) => {
    const ip = ipOf(formatAddress({ family, words: wordsOf(value, family) }));
    if (c.packet.src.family === family && ip) c.packet[side] = ip;
  };
}

function portSetter(name: string): Setter | undefined {
  const field = /^(tcp|udp|th|sctp) ([sd]port)$/.exec(name);
  if (!field) return undefined;
  const [, proto, port] = field;
  return (c, value) => {
    if (proto === 'th' || c.packet.proto === proto) c.packet[port as 'sport' | 'dport'] = Number(value);
  };
}

/** `ip6 dscp set` in a table of IPv4: what nft makes of a TOS of iptables, without some of its bits. */
const isForeign = (key: string, { table }: Place): boolean =>
  key.startsWith(table.family === 'ip' ? 'ip6 ' : table.family === 'ip6' ? 'ip ' : '\n');

function compileSet(key: NftExpression, value: NftExpression, place: Place): Step | undefined {
  if (key.kind !== 'key' || isForeign(key.name, place)) return act(unknown(place.text, place));
  const { name } = key;
  if (INERT_KEY.test(name)) return undefined;
  const set = SETTERS[name] ?? portSetter(name);
  if (!set) return act(unknown(`${name} set`, place));
  const read = reader(value, place, [typeOfKey(name)]);
  return act((c) => {
    const part: Part | undefined = read(c)?.[0];
    if (part === undefined) return 'break';
    if (typeof part === 'bigint') set(c, part, place);
    else doubt(c.walk, { ...(isValue(part) ? unsupported(place.text) : part), node: c.machine.node, at: place.at });
    return undefined;
  });
}

/** ICMP's words for both families (nft_reject_icmp_code). */
const BOTH: Readonly<Record<string, readonly [string, string]>> = {
  'no-route': ['net-unreachable', 'no-route'],
  'port-unreachable': ['port-unreachable', 'port-unreachable'],
  'host-unreachable': ['host-unreachable', 'addr-unreachable'],
  'admin-prohibited': ['admin-prohibited', 'admin-prohibited'],
};

function compileReject(kind: string | undefined): Act {
  if (kind === 'tcp reset') return (c) => (c.packet.proto === 'tcp' ? { kind: 'reject', with: 'tcp-reset' } : 'break');
  const [protocol = 'icmpx', code = 'port-unreachable'] = (kind ?? 'icmpx port-unreachable').split(' ');
  return (c) => {
    const family = c.packet.src.family;
    if (protocol === 'icmp' || protocol === 'icmpv6') {
      if ((protocol === 'icmp') !== (family === 4)) return 'break';
      return { kind: 'reject', with: `icmp-${code}` };
    }
    const words = BOTH[code] ?? [code, code];
    return { kind: 'reject', with: `icmp-${words[family === 4 ? 0 : 1]}` };
  };
}

const missingMatch = (what: string, place: Place): NftMatch => {
  const missing: Missing = { ...unsupported(what), at: place.at };
  return () => missing;
};

/** `limit rate over 10/second burst 20 packets`, `add @m { ip saddr limit rate 5/minute }`, `ct count over 20`; octets are no packets. */
const GATE = /(?:^| )(?:limit rate (over )?(\d+\/\w+)(?: burst (\d+) packets)?|ct count (over ))/;

/** Connections of a count that nobody reaches, as far as nobody says that somebody does. */
const MANY = 1000;

/** Below a limit is who may be, by what the rule's own counter shows (nft_limit_pkts_eval, nft_connlimit_do_eval). */
function gateMatch(text: string, place: Place): NftMatch {
  // The packet's own flow is one.
  if (/(?:^| )ct count over 0$/.test(text)) return () => true;
  const open = missingMatch(text, place);
  const many = Number(/(?:^| )ct count over (\d+)$/.exec(text)?.[1] ?? 0);
  if (many >= MANY)
    return (c) => {
      c.walk.assumptions.add(`fewer than ${many} connections are open on ${c.machine.node}`);
      return false;
    };
  const [, over, rate, burst, above] = GATE.exec(text) ?? [];
  const { packets } = place;
  if (rate === undefined && above === undefined) return open;
  const rule = { key: `${place.at} ${place.text}`, ...(packets !== undefined && { packets }), isLast: true };
  const most = above === undefined ? Number(burst ?? 5) : Number.POSITIVE_INFINITY;
  if (over !== undefined || above !== undefined)
    return (c) => (isNotAbove(c, rule, rate ?? '', most) ? false : open(c));
  // An element's own limit is one of many, and each rule's packets are those of all.
  const keeps = !/ (?:drop|reject\b[^"]*)(?: comment .*)?$/.test(place.text);
  return (c) => ((keeps && isBelow(c, rule, rate ?? '', most)) || isGenerous(c, rate ?? '') ? true : open(c));
}

/** Parts of iptables that nft prints by name alone. */
function compileXt(name: string, target: boolean, place: Place): Step | undefined {
  if (!target) return match(missingMatch(`-m ${name}`, place));
  // What they set is not printed, and seldom asked for.
  if (name === 'TEE') return act((c) => copied(c, undefined, place.text, place.at));
  if (isInert(name) || /^(?:SET|DSCP|TOS|TCPMSS)$/.test(name)) return undefined;
  // Its only argument is a range of ports.
  if (name === 'MASQUERADE') return act((c) => masquerade(c, place.text, place.at));
  return act(unknown(`-j ${name}`, place));
}

/** `queue flags bypass to 0-3`, `fwd to "eth0"`, `synproxy …`. */
function compileTaken(text: string, place: Place): Act {
  const [, flags, number] = /^queue((?: (?:bypass|fanout))*)(?: to (\d+(?:-\d+)?))?$/.exec(text) ?? [];
  const queues = flags === undefined ? undefined : queuesOf(number, /\bbypass\b/.test(flags));
  return queues ? (c) => queued(c, queues, place.at) : unknown(text, place);
}

/** A statement compiled; undefined for what changes nothing that a packet meets. */
export function compileStatement(s: NftStatement, place: Place): Step | undefined {
  switch (s.kind) {
    case 'verdict':
    case 'jump': {
      const verdict = verdictOf(s);
      return verdict && act(() => verdict);
    }
    case 'match':
      return match(compileMatch(s, place));
    case 'vmap':
      return act(compileVmap(s.key, s.map, place));
    case 'set-key':
      return compileSet(s.key, s.value, place);
    case 'nat':
      return act(compileNat(s, place));
    case 'reject':
      return act(compileReject(s.with));
    case 'notrack':
      return act((c) => untrack(c, place.text, place.at));
    case 'xt':
      return compileXt(s.name, s.target, place);
    case 'gate':
      // A limit that is not reached, as one packet finds it.
      return match(gateMatch(s.text, place), !/(?:^| )over /.test(s.text));
    case 'taken':
      return act(compileTaken(s.text, place));
    case 'copy': {
      // To a device alone it is a frame, of which no stack takes what is not its own.
      const [, gateway] = /^dup to (\S+)/.exec(s.text) ?? [];
      return act((c) => copied(c, gateway, s.text, place.at));
    }
    case 'unknown':
      return act(unknown(s.text, place));
    case 'log':
    case 'effect':
      return undefined;
  }
}
