import type { XfrmPolicyFact } from '../facts/index.js';
import { type At, contains, type Prefix, parsePrefix, protocolNumber } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Tuple } from './conntrack.js';
import { type Arrival, doubt, drop, note, type Walk } from './context.js';
import { ipOf } from './ip.js';
import { confMax, type Machine } from './machine.js';
import { icmpCode, icmpNumber, protocolOf } from './netfilter/packet.js';
import type { Connection } from './netfilter/types.js';
import type { Ip, Packet, StepKind } from './types.js';
import { withheld } from './withheld.js';

/*
 * Policies of IPsec (net/xfrm/xfrm_policy.c): whether a packet may be sent, passed on or taken as it is, must be sealed first, or is blocked. What
 * a tunnel does with a packet is not modelled, so that whoever is told to use one is not known to arrive.
 */

export type Direction = 'in' | 'out' | 'fwd';

interface Policy {
  readonly fact: XfrmPolicyFact;
  readonly source: Prefix;
  readonly destination: Prefix;
}

interface Policies {
  readonly by: Readonly<Record<Direction, readonly Policy[]>>;
  readonly blocked: Readonly<Partial<Record<Direction, At>>>;
  /** Those of stacks like this one were captured, and its own were not. */
  readonly unseen?: Missing;
}

const NONE: Policies = { by: { in: [], out: [], fwd: [] }, blocked: {} };
const compiled = new WeakMap<Machine, Policies>();

/** Those of the sort `sub` first, then by priority; of equal ones the older counts, and `ip xfrm policy` shows the newest first. */
const before = (a: Policy, b: Policy): number =>
  Number(b.fact.sub ?? false) - Number(a.fact.sub ?? false) ||
  (a.fact.priority ?? 0) - (b.fact.priority ?? 0) ||
  b.fact.at - a.fact.at;

/** A kernel or a tool without IPsec says so by failing, and who has no policies prints nothing: that is no capture that is missing. */
const butForNone = (missing: Missing | undefined): Missing | undefined =>
  missing && /^(?:command-failed|unsupported|empty)$/.test(missing.reason) ? undefined : missing;

function compile(machine: Machine): Policies {
  const facts = machine.facts('xfrm-policy');
  const unseen = (['xfrm-policy', 'xfrm-default'] as const)
    .map((kind) => butForNone(withheld(machine, kind)))
    .find((m) => m !== undefined);
  const defaults = machine.facts('xfrm-default');
  if (facts.length === 0 && defaults.length === 0) return unseen ? { ...NONE, unseen } : NONE;
  const all = facts.flatMap((fact): Policy[] => {
    const [source, destination] = [parsePrefix(fact.source), parsePrefix(fact.destination)];
    // Those of an xfrm device are for what passes it only (xfrm_policy_match compares if_id).
    return source && destination && !fact.ifId ? [{ fact, source, destination }] : [];
  });
  const of = (direction: Direction): readonly Policy[] =>
    all.filter((p) => p.fact.direction === direction).sort(before);
  const block = defaults.filter((d) => d.action === 'block').map((d) => [d.direction, d.at] as const);
  return {
    by: { in: of('in'), out: of('out'), fwd: of('fwd') },
    blocked: Object.fromEntries(block),
    ...(unseen && { unseen }),
  };
}

function policiesOf(machine: Machine): Policies {
  const known = compiled.get(machine) ?? compile(machine);
  compiled.set(machine, known);
  return known;
}

/** What a policy is asked with (struct flowi). */
interface Flow {
  readonly src: Ip;
  readonly dst: Ip;
  readonly sport: number;
  readonly dport: number;
  readonly packet: Packet;
  readonly dev: string;
}

/** xfrm_selector_match, xfrm_policy_match. Undefined: it asks for what is not known of the packet. */
function matches({ fact, source, destination }: Policy, flow: Flow): boolean | undefined {
  const { packet } = flow;
  const { proto, sport, dport, type, code, dev, key } = fact.selector ?? {};
  if (!contains(source, flow.src) || !contains(destination, flow.dst)) return false;
  if (fact.mark && (packet.mark & fact.mark.mask) >>> 0 !== fact.mark.value >>> 0) return false;
  if (dev !== undefined && dev !== flow.dev) return false;
  if (proto !== undefined && protocolNumber(proto) !== protocolOf(packet)) return false;
  if ((sport !== undefined && sport !== flow.sport) || (dport !== undefined && dport !== flow.dport)) return false;
  if (type !== undefined || code !== undefined) {
    const [ownType, ownCode] = [icmpNumber(packet), icmpCode(packet)];
    if (ownType === undefined) return undefined;
    if ((type !== undefined && type !== ownType) || (code !== undefined && code !== (ownCode ?? 0))) return false;
  }
  return key === undefined ? true : key === packet.inner?.key;
}

const side = (applies: boolean, tuple: string, own: Ip): Ip => (applies ? (ipOf(tuple) ?? own) : own);

/** What is let in or passed on is asked with the addresses that it came with, before NAT (nf_nat_decode_session). */
function flowOf(packet: Packet, dev: string, conn: Connection | undefined): Flow {
  const { entry, direction } = conn ?? {};
  const { src, dst, sport, dport } = packet;
  if (!entry) return { src, dst, sport, dport, packet, dev };
  const isOriginal = direction === 'original';
  const tuple: Tuple = isOriginal ? entry.original : entry.reply;
  const [ofSrc, ofDst] = isOriginal ? [entry.srcNat, entry.dstNat] : [entry.dstNat, entry.srcNat];
  return {
    src: side(ofSrc, tuple.src, src),
    dst: side(ofDst, tuple.dst, dst),
    sport: ofSrc ? tuple.sport : sport,
    dport: ofDst ? tuple.dport : dport,
    packet,
    dev,
  };
}

const textOf = ({ source, destination, direction, action, selector = {}, tunnels }: XfrmPolicyFact): string =>
  [
    `src ${source} dst ${destination}`,
    ...Object.entries(selector).map(([word, value]) => `${word} ${value}`),
    `dir ${direction}`,
    ...(action === 'block' ? ['action block'] : []),
    ...tunnels.map((t) => `tmpl src ${t.source} dst ${t.destination}`),
  ].join(' ');

/** A device for which the kernel is told to ask none (disable_policy, disable_xfrm); `lo` is one from its start (inetdev_event). */
function isExempt(machine: Machine, direction: Direction, packet: Packet, dev: string): boolean {
  const isLo = dev === 'lo';
  if (packet.dst.family === 6) {
    // Of IPv6 the device that has the address counts, and only for what comes in (addrconf_f6i_alloc).
    const own = direction === 'in' ? machine.local.get(packet.dst.text)?.dev : undefined;
    return own !== undefined && (confMax(machine, 6, 'disable_policy', own)?.value ?? 0) > 0;
  }
  const setting = confMax(machine, 4, direction === 'out' ? 'disable_xfrm' : 'disable_policy', dev);
  return setting ? setting.value > 0 : isLo;
}

const STEP: Readonly<Record<Direction, StepKind>> = { in: 'deliver', out: 'route', fwd: 'forward' };

const unknown = (machine: Machine, fact: XfrmPolicyFact): Missing => ({
  node: machine.node,
  input: `what IPsec does by the policy ${textOf(fact)}`,
  reason: 'unsupported',
  at: fact.at,
});

/**
 * May whoever sent it have sealed the packet? The policy wants it sealed, and the walk knows no sealed packets: those of a stack whose
 * policies are known to seal nothing come as they are.
 */
function maybeSealed(w: Walk, packet: Packet, fact: XfrmPolicyFact): boolean {
  return fact.tunnels.some(({ source }) => {
    const end = /^(?:0\.0\.0\.0|::)$/.test(source) ? packet.src : ipOf(source);
    const owners = end ? w.world.owners(end) : [];
    return (
      owners.length === 0 ||
      owners.some(
        (m) =>
          butForNone(m.missing('xfrm-policy')) !== undefined ||
          policiesOf(m).by.out.some((p) => p.fact.tunnels.length > 0),
      )
    );
  });
}

/** What came in a packet's way, with where it was: `iif` of what came in, `oif` of what goes out, and its flow for those of `in` and `fwd`. */
export interface Asked {
  readonly iif?: string;
  readonly oif?: string;
  readonly conn?: Connection | undefined;
  /** Not the first question: the packet was changed after it was let out, and nobody is told. */
  readonly again?: boolean;
}

/**
 * Ends the leg where a policy of IPsec blocks the packet or wants it sealed; undefined: it goes on. Asked of what is sent and passed on behind
 * its route (xfrm_lookup), and again once NAT changed it; of what is passed on before that, and of what a socket or a tunnel is about to take
 * (__xfrm_policy_check). A stack whose policies were not captured is taken to have none.
 */
export function byPolicy(
  w: Walk,
  machine: Machine,
  direction: Direction,
  packet: Packet,
  { iif = '', oif = '', conn, again = false }: Asked,
): Arrival | undefined {
  const policies = policiesOf(machine);
  if (policies.unseen) doubt(w, policies.unseen, 'lost');
  if (policies === NONE) return undefined;
  if (isExempt(machine, direction, packet, direction === 'out' ? oif : iif)) return undefined;
  // What is for the stack itself has the route of lo.
  const flow = flowOf(packet, direction === 'in' ? 'lo' : oif, direction === 'out' ? undefined : conn);
  const dev = direction === 'out' ? oif : iif;
  const answer = direction === 'out' && iif === '' && !again ? { answer: 'EPERM' } : {};
  const ends = (says: string, at: At): Arrival =>
    drop(w, STEP[direction], machine, says, [at], { dev, by: 'ipsec', ...answer });
  for (const policy of policies.by[direction]) {
    const { fact } = policy;
    const does = matches(policy, flow);
    if (does === false) continue;
    if (does === undefined) return { kind: 'unknown', missing: unknown(machine, fact) };
    if (fact.action === 'block') return ends(`IPsec policy blocks it: ${textOf(fact)}`, fact.at);
    if (fact.tunnels.length === 0) return undefined;
    const required = fact.tunnels.some((t) => !t.optional);
    if (direction === 'out' || (required && maybeSealed(w, packet, fact))) {
      note(w, STEP[direction], machine, `IPsec policy: ${textOf(fact)} (not known what it does)`, [fact.at], dev);
      return { kind: 'unknown', missing: unknown(machine, fact) };
    }
    return required
      ? ends(`it comes unsealed, and an IPsec policy wants it sealed: ${textOf(fact)}`, fact.at)
      : undefined;
  }
  const blocked = policies.blocked[direction];
  return blocked === undefined ? undefined : ends('no IPsec policy is for it, and the default is block', blocked);
}
