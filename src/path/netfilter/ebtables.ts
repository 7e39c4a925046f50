import type { EbtablesTableFact } from '../../facts/index.js';
import { type At, at, contains, fileOf, parsePrefix, protocolNumber } from '../../kit/index.js';
import { type FrameRule, frameRulesOf } from '../../model/lookups/ebtables.js';
import { note } from '../context.js';
import type { Packet } from '../types.js';
import { setMark } from './actions.js';
import { answerOf, deviceMatches, type Match, markOf, portRange, within } from './iptables-values.js';
import { protocolOf } from './packet.js';
import { invert, isKnown, unsupported } from './tri.js';
import type { BaseChain, Chain, CompiledRule, HookContext, HookName, RuleVerdict } from './types.js';

/** Where the kernel calls ebtables' chains (NF_BR_PRI_*). What `broute` drops is routed and not switched, which is not walked. */
const BUILT_IN: Readonly<Record<string, readonly (readonly [string, HookName, number])[]>> = {
  broute: [['BROUTING', 'prerouting', -1000]],
  nat: [
    ['PREROUTING', 'prerouting', -300],
    ['OUTPUT', 'output', 100],
    ['POSTROUTING', 'postrouting', 300],
  ],
  filter: [
    ['INPUT', 'input', -200],
    ['FORWARD', 'forward', -200],
    ['OUTPUT', 'output', 200],
  ],
};

const ETHER_TYPES: Readonly<Record<string, 4 | 6 | 'arp'>> = {
  ipv4: 4,
  '0x800': 4,
  '0x0800': 4,
  ipv6: 6,
  '0x86dd': 6,
  arp: 'arp',
  '0x806': 'arp',
  '0x0806': 'arp',
};
const etherOf = ({ proto, src }: Packet): 4 | 6 | 'arp' => (proto === 'arp' ? 'arp' : src.family);

/** A hardware address, perhaps with a mask, or one of ebtables' words. */
function macMatch(text: string, side: 'srcMac' | 'dstMac'): Match {
  const numbers = (mac: string): readonly number[] => mac.split(':').map((part) => Number.parseInt(part, 16));
  // A packet of the walk is for one receiver.
  const word = text.toLowerCase();
  const isBroadcast: Match = (c) => side === 'dstMac' && c.dstMac === 'ff:ff:ff:ff:ff:ff';
  if (word === 'unicast') return (c) => invert(isBroadcast(c), true);
  if (word === 'multicast' || word === 'broadcast') return isBroadcast;
  if (word === 'bga') return () => false;
  const [address = '', mask = 'ff:ff:ff:ff:ff:ff'] = word.split('/');
  const [wanted, bits] = [numbers(address), numbers(mask)];
  return (c) => {
    const own = c[side];
    if (own === undefined || wanted.length !== 6) return unsupported('ebtables lladdr');
    return numbers(own).every((n, i) => ((n ^ (wanted[i] ?? 0)) & (bits[i] ?? 0xff)) === 0);
  };
}

const portsMatch =
  (text: string, side: 'sport' | 'dport'): Match =>
  (c) => {
    const range = portRange(text);
    if (!range) return unsupported(`port ${text}`);
    return (c.packet.proto === 'tcp' || c.packet.proto === 'udp') && within([range], c.packet[side]);
  };

function addressMatch(text: string, side: 'src' | 'dst', family: 4 | 6): Match {
  const prefix = parsePrefix(text);
  return (c) => (prefix ? etherOf(c.packet) === family && contains(prefix, c.packet[side]) : unsupported(text));
}

const protocolMatch =
  (text: string): Match =>
  (c) => {
    if (c.packet.proto === 'arp') return false;
    const wanted = /^\d+$/.test(text) ? Number(text) : protocolNumber(text.toLowerCase());
    const own = protocolOf(c.packet);
    return wanted === undefined || own === undefined ? unsupported(`protocol ${text}`) : own === wanted;
  };

/** The match of one option; undefined: not one that is known. */
function optionMatch(name: string, value: string): Match | undefined {
  const family = name.startsWith('--ip6-') ? 6 : 4;
  switch (name.replace(/^--ip6?-/, '--ip-')) {
    case '-p':
    case '--protocol':
      return (c) => (ETHER_TYPES[value.toLowerCase()] ?? 0) === etherOf(c.packet);
    case '-i':
    case '--in-interface':
      return (c) => deviceMatches(value, c.iif);
    case '-o':
    case '--out-interface':
      return (c) => deviceMatches(value, c.oif);
    case '--logical-in':
    case '--logical-out':
      return (c) => deviceMatches(value, c.bridge ?? '');
    case '-s':
    case '--source':
      return macMatch(value, 'srcMac');
    case '-d':
    case '--destination':
      return macMatch(value, 'dstMac');
    case '--ip-src':
    case '--ip-source':
      return addressMatch(value, 'src', family);
    case '--ip-dst':
    case '--ip-destination':
      return addressMatch(value, 'dst', family);
    case '--ip-proto':
    case '--ip-protocol':
      return protocolMatch(value);
    case '--ip-sport':
    case '--ip-source-port':
      return portsMatch(value, 'sport');
    case '--ip-dport':
    case '--ip-destination-port':
      return portsMatch(value, 'dport');
    case '--arp-op':
    case '--arp-opcode':
      return arpMatch(
        (c) => value.toLowerCase() === c.packet.role || Number(value) === (c.packet.role === 'request' ? 1 : 2),
      );
    case '--arp-ip-src':
    case '--arp-ip-dst': {
      const prefix = parsePrefix(value);
      const side = name === '--arp-ip-src' ? 'src' : 'dst';
      return arpMatch((c) => (prefix ? contains(prefix, c.packet[side]) : unsupported(value)));
    }
    case '--arp-mac-src':
      return arpMatch(macMatch(value, 'srcMac'));
    case '--mark': {
      const mark = markOf(value);
      return mark && ((c) => (c.packet.mark & mark.mask) >>> 0 === mark.value);
    }
    default:
      return undefined;
  }
}

/** What only ARP has; its own kinds of hardware and protocol are always those of Ethernet and IPv4. */
const arpMatch =
  (match: Match): Match =>
  (c) =>
    c.packet.proto === 'arp' ? match(c) : false;

/** What only tells somebody, and options of targets. */
const TELLING = /^--(?:n?log|ulog|mark-|to-|snat-|dnat-|redirect-|arpreply-|comment)/;
/** Frames of other protocols alone have these. */
const OTHERS = /^--(?:arp|stp|802_3|vlan|rarp)-/;

/** Options of a rule with their values: `-p ! IPv4`, `! -i eth0`, `--ip-dst 10.0.0.0/8`. */
function matchesOf(text: string): readonly Match[] {
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  const out: Match[] = [];
  for (let i = 0; i < words.length; i++) {
    let negated = words[i] === '!';
    const name = words[negated ? ++i : i] ?? '';
    if (!name.startsWith('-')) continue;
    if (name === '-j' || name === '--jump' || name === '-c') {
      i++;
      continue;
    }
    if (words[i + 1] === '!') {
      negated = true;
      i++;
    }
    const value = words[i + 1] ?? '';
    if (TELLING.test(name)) continue;
    const match = optionMatch(name, value);
    if (!match && OTHERS.test(name))
      out.push((c) =>
        c.packet.proto === 'arp' && name.startsWith('--arp-') ? unsupported(`ebtables ${name}`) : false,
      );
    else {
      const known = match ?? (() => unsupported(`ebtables ${name}`));
      out.push((c) => invert(known(c), negated));
    }
    i++;
  }
  return out;
}

const TARGETS: Readonly<Record<string, RuleVerdict>> = {
  ACCEPT: { kind: 'accept' },
  DROP: { kind: 'drop' },
  RETURN: { kind: 'return' },
  CONTINUE: undefined,
};

/** `-j mark --mark-or 0x4000 --mark-target CONTINUE`: the mark, and then where to (ebt_mark.c). */
function markTarget(text: string, rule: FrameRule): CompiledRule['run'] | undefined {
  const [, how, word] = /--mark-(set|or|and|xor) (\S+)/.exec(text) ?? [];
  const value = Number(word);
  if (how === undefined || Number.isNaN(value)) return undefined;
  const then = TARGETS[/--mark-target (\S+)/.exec(text)?.[1] ?? 'ACCEPT'];
  return (c) => {
    const { mark } = c.packet;
    const made = how === 'set' ? value : how === 'or' ? mark | value : how === 'and' ? mark & value : mark ^ value;
    setMark(c, made, text, rule.at);
    return then;
  };
}

/**
 * `-j dnat --to-dst MAC --dnat-target CONTINUE`, `-j snat`, `-j redirect`: another receiver, sender, or the bridge itself (ebt_dnat.c, ebt_snat.c,
 * ebt_redirect.c). What ARP says inside of it stays, unless `--snat-arp` asks for that too.
 */
function lladdrTarget({ target, text, at }: FrameRule): CompiledRule['run'] | undefined {
  const then = TARGETS[new RegExp(`--${target}-target (\\S+)`).exec(text)?.[1] ?? 'ACCEPT'];
  const given = /--to-(?:dst|src|destination|source) (\S+)/.exec(text)?.[1]?.toLowerCase();
  const side = target === 'snat' ? 'srcMac' : 'dstMac';
  if (target !== 'redirect' && given === undefined) return undefined;
  return (c) => {
    const mac = target === 'redirect' ? c.bridgeMac : given;
    const isAsked = c.packet.proto === 'arp' && text.includes('--snat-arp');
    if (mac === undefined || isAsked) return unread(c, target, at);
    c[side] = padded(mac);
    note(c.walk, 'netfilter', c.machine, `${side === 'srcMac' ? 'from' : 'to'} lladdr ${mac}: ${text}`, [at]);
    return then;
  };
}

/** ebtables prints an octet below 16 with one digit (ether_ntoa). */
const padded = (mac: string): string =>
  mac
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':');

const unread = (c: HookContext, target: string, at: At): RuleVerdict => ({
  kind: 'unknown',
  missing: { node: c.machine.node, input: `ebtables -j ${target}`, reason: 'unsupported', at },
});

function targetOf(rule: FrameRule, table: string): CompiledRule['run'] {
  const { target, text, at } = rule;
  const unknown: CompiledRule['run'] = (c) => unread(c, target, at);
  if (table === 'broute' && target === 'DROP') return unknown;
  if (target in TARGETS) return () => TARGETS[target];
  if (target === 'mark') return markTarget(text, rule) ?? unknown;
  if (/^(?:snat|dnat|redirect)$/.test(target)) return (table === 'nat' && lladdrTarget(rule)) || unknown;
  // It answers questions, and lets everything else on (ebt_arpreply_tg).
  if (target === 'arpreply') return (c) => (c.packet.proto === 'arp' ? unknown(c) : undefined);
  return () => ({ kind: 'jump', chain: target, goto: false });
}

function compileRule(rule: FrameRule, table: string): CompiledRule {
  const matches = matchesOf(rule.text);
  const act = targetOf(rule, table);
  const text = `-A ${rule.chain} ${rule.text}`;
  return {
    at: rule.at,
    text,
    run(c) {
      const answer = answerOf(matches, c);
      if (answer === false) return undefined;
      if (!isKnown(answer)) {
        const missing = { node: c.machine.node, ...answer, at: answer.at ?? rule.at, detail: answer.detail ?? text };
        const key = `${c.machine.id} ${rule.at} ${c.hook} ${c.walk.legs.length} ${c.packet.src.text}`;
        if (!c.walk.choose.either(key, missing, rule.text.includes('--limit'))) return undefined;
      }
      return act(c);
    },
  };
}

/** The chains of one table of ebtables that the kernel calls. Own chains have a policy for what comes to their end. */
export function ebtablesChains(fact: EbtablesTableFact): readonly BaseChain[] {
  const { table, chains } = fact;
  const made = new Map<string, Chain>();
  for (const [i, name] of chains.name.entries()) {
    const policy = chains.policy[i];
    const line = chains.line[i];
    const head = line ? at(fileOf(fact.at), line) : fact.at;
    let rules: readonly CompiledRule[] | undefined;
    const isBuiltIn = BUILT_IN[table]?.some(([n]) => n === name) === true;
    const last: readonly CompiledRule[] =
      isBuiltIn || (policy !== 'DROP' && policy !== 'ACCEPT')
        ? []
        : [{ at: head, text: `policy ${policy} of ${name}`, run: () => TARGETS[policy] }];
    made.set(name, {
      name,
      at: head,
      ...(isBuiltIn && { policy: policy === 'DROP' ? 'drop' : 'accept' }),
      rules: () => {
        rules ??= [...frameRulesOf(fact, name).map((rule) => compileRule(rule, table)), ...last];
        return rules;
      },
    });
  }
  return (BUILT_IN[table] ?? []).flatMap(([name, hook, priority]) => {
    const chain = made.get(name);
    if (!chain) return [];
    return [{ hook, priority, type: 'filter', table: `ebtables ${table}`, chain, find: (n: string) => made.get(n) }];
  });
}
