import type { IptablesMatch, IptablesOption } from '../../kit/index.js';
import { doubt } from '../context.js';
import { seesPieces } from '../fragments.js';
import type { Ip } from '../types.js';
import { addressType, isType6 } from './address-type.js';
import { compileBpf } from './bpf.js';
import { timeMatch } from './clock.js';
import { conntrackMatch } from './iptables-conntrack.js';
import {
  dscpOption,
  ecnOption,
  iprangeOption,
  ipv6headerMatch,
  lengthOption,
  tosOption,
  ttlOption,
} from './iptables-fields.js';
import {
  cgroupMatch,
  connbytesMatch,
  connlabelMatch,
  helperOption,
  ownerMatch,
  socketMatch,
  statisticMatch,
} from './iptables-flow.js';
import { devgroupOption, macOption, physdevMatch } from './iptables-frame.js';
import { connlimitMatch, hashlimitMatch, limitMatch, quotaMatch, type RuleOf, tcpmssMatch } from './iptables-gates.js';
import { headerOption } from './iptables-header.js';
import { recentMatch } from './iptables-recent.js';
import { rpfilterMatch } from './iptables-rpfilter.js';
import { type Match, markOf } from './iptables-values.js';
import { inSet } from './sets.js';
import { type Answer, invert, isKnown, unsupported } from './tri.js';
import type { HookContext } from './types.js';
import { compileU32 } from './u32.js';

/** `read` gives undefined for what has no such mark: then even the negated match says no (xt_connmark.c). */
function markOption(option: IptablesOption, read: (c: HookContext) => number | undefined): Match {
  const mark = markOf(option.values[0]);
  if (!mark || option.name !== '--mark') return () => unsupported(option.name);
  return (c) => {
    const own = read(c);
    return own !== undefined && ((own & mark.mask) >>> 0 === mark.value) !== option.negated;
  };
}

/** Of IPv4 an address has one type of several; of IPv6 it must have all that are asked for (xt_addrtype.c). */
function addrtypeMatch(match: IptablesMatch): Match {
  const limitIn = match.options.some((o) => o.name === '--limit-iface-in');
  const limitOut = match.options.some((o) => o.name === '--limit-iface-out');
  const asked = match.options
    .filter((o) => o.name === '--src-type' || o.name === '--dst-type')
    .map((o) => ({ ...o, words: o.values.flatMap((v) => v.split(',')).map((w) => w.toLowerCase()) }));
  const isOneOf = (c: HookContext, ip: Ip, words: readonly string[], dev: string | undefined): Answer => {
    if (ip.family === 6) return isType6(c.machine, ip, words, dev);
    const type = addressType(c.machine, ip, dev);
    return typeof type === 'string' ? words.includes(type) : type;
  };
  return (c) => {
    const dev = limitIn ? c.iif : limitOut ? c.oif : undefined;
    let open: Answer = true;
    for (const { name, words, negated } of asked) {
      const answer = isOneOf(c, name === '--src-type' ? c.packet.src : c.packet.dst, words, dev);
      if (!isKnown(answer)) open = answer;
      else if (answer === negated) return false;
    }
    return open;
  };
}

/**
 * Realms of a packet's route: its own below, above them that of the route back to where it came from (fib_combine_itag). Undefined: they have
 * names that no dump explains.
 */
function realmsOf({ machine, packet, iif, walk }: HookContext): number | undefined {
  const ask = (dst: Ip, src: Ip, from: string): number | undefined => {
    const found = machine.fib.lookup({ dst, src, iif: from, mark: packet.mark, proto: packet.proto }, (m) =>
      doubt(walk, m),
    );
    const own = found.kind === 'unicast' ? found.route.realms?.replace(/^.*\//, '') : '0';
    return own === undefined || own === 'cosmos' ? 0 : /^\d+$/.test(own) ? Number(own) : undefined;
  };
  const to = ask(packet.dst, packet.src, iif === '' ? 'lo' : iif);
  const from = iif === '' ? 0 : ask(packet.src, packet.dst, 'lo');
  return to === undefined || from === undefined ? undefined : from * 0x10000 + to;
}

/** Routes without a realm have 0, which /etc/iproute2/rt_realms calls cosmos. */
function realmOption(option: IptablesOption): Match {
  const [id, mask] = (option.values[0] ?? '')
    .replace(/^cosmos$/, '0')
    .split('/')
    .map(Number);
  if (option.name !== '--realm' || id === undefined || Number.isNaN(id)) return () => unsupported('-m realm');
  return (c) => {
    const realms = c.machine.facts('route').some((r) => r.realms !== undefined) ? realmsOf(c) : 0;
    return realms === undefined
      ? unsupported('-m realm')
      : ((realms & (mask ?? 0xffffffff)) >>> 0 === id) !== option.negated;
  };
}

const own =
  (name: string, compile: (text: string) => (p: HookContext['packet']) => Answer) =>
  (option: IptablesOption): Match => {
    const matches = compile(option.values[0] ?? '');
    return (c) => (option.name === name ? invert(matches(c.packet), option.negated) : unsupported(option.name));
  };

/** Each option's own match, for matches whose options stand alone. */
const BY_OPTION: Readonly<Record<string, (option: IptablesOption) => Match>> = {
  tcp: headerOption,
  udp: headerOption,
  udplite: headerOption,
  sctp: headerOption,
  dccp: headerOption,
  multiport: headerOption,
  icmp: headerOption,
  icmp6: headerOption,
  mark: (o) => markOption(o, (c) => c.packet.mark),
  connmark: (o) => markOption(o, (c) => c.conn.entry?.mark),
  iprange: iprangeOption,
  length: lengthOption,
  ttl: ttlOption,
  hl: ttlOption,
  dscp: dscpOption,
  tos: tosOption,
  ecn: ecnOption,
  mac: macOption,
  devgroup: devgroupOption,
  helper: helperOption,
  realm: realmOption,
  u32: own('--u32', compileU32),
  bpf: own('--bytecode', compileBpf),
  set: (o) =>
    o.name === '--match-set'
      ? (c) => invert(inSet(c, o.values[0] ?? '', (o.values[1] ?? '').split(',')), o.negated)
      : () => unsupported(o.name),
  pkttype: (o) => () => (o.values[0] === 'unicast' || o.values[0] === 'host') !== o.negated,
  policy: (o) => (o.name === '--pol' ? () => (o.values[0] === 'none') !== o.negated : () => true),
};

/** Matches whose options belong together. */
const WHOLE: Readonly<Record<string, (match: IptablesMatch, rule: RuleOf) => Match>> = {
  addrtype: addrtypeMatch,
  statistic: statisticMatch,
  rpfilter: rpfilterMatch,
  recent: recentMatch,
  physdev: physdevMatch,
  conntrack: conntrackMatch,
  state: conntrackMatch,
  connbytes: connbytesMatch,
  connlimit: connlimitMatch,
  connlabel: connlabelMatch,
  hashlimit: hashlimitMatch,
  limit: limitMatch,
  quota: quotaMatch,
  tcpmss: tcpmssMatch,
  owner: ownerMatch,
  socket: socketMatch,
  time: timeMatch,
  ipv6header: ipv6headerMatch,
  cgroup: () => cgroupMatch,
  ipvs: () => (c) => (c.machine.facts('ipvs-service').length > 0 ? unsupported('-m ipvs') : false),
};

/** Protocols that a match needs by itself. */
const NEEDS: Readonly<Record<string, string>> = {
  tcp: 'tcp',
  udp: 'udp',
  sctp: 'sctp',
  dccp: 'dccp',
  udplite: 'udplite',
  icmp: 'icmp',
  icmp6: 'icmp',
};

/** Say yes to every packet. */
export const ALWAYS: ReadonlySet<string> = new Set(['comment', 'nfacct']);
/** Headers that no packet of the walk has. */
const NEVER: ReadonlySet<string> = new Set(['rt', 'hbh', 'dst', 'mh', 'srh', 'l2tp']);

/**
 * One `-m` of a rule compiled. A match that this walk does not know answers that it does not.
 */
export function compileMatch(match: IptablesMatch, rule: RuleOf): Match {
  const { name } = match;
  if (ALWAYS.has(name)) return () => true;
  if (NEVER.has(name)) return () => false;
  if (name === 'frag') return (c) => (seesPieces(c) ? unsupported('-m frag of a packet in pieces') : false);
  const whole = WHOLE[name];
  if (whole) return whole(match, rule);
  const each = BY_OPTION[name];
  if (!each) return () => unsupported(`-m ${name}`);
  const parts = match.options.map(each);
  const proto = NEEDS[name];
  return (c) => {
    if (proto !== undefined && c.packet.proto !== proto) return false;
    let open: Answer = true;
    for (const part of parts) {
      const answer = part(c);
      if (answer === false) return false;
      if (!isKnown(answer)) open = answer;
    }
    return open;
  };
}
