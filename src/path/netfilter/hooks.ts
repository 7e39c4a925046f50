import type { Missing } from '../../model/types.js';
import { translate } from '../conntrack.js';
import { type Arrival, doubt, drop, note, type Walk } from '../context.js';
import { isInPieces, isTracking, unjoined } from '../fragments.js';
import { ipOf } from '../ip.js';
import type { Machine } from '../machine.js';
import type { Ip, Packet } from '../types.js';
import { fromDestination, toDestination } from './ipvs.js';
import { track } from './track.js';
import type { BaseChain, Chain, CompiledRule, Connection, HookContext, IpHook, RuleVerdict } from './types.js';

/** What stays with a packet while it is in one stack (`skb->_nfct`). */
export interface Passage {
  conn?: Connection;
  /** The packet as it was when OUTPUT last routed it again: what chains behind that change moves it no more (ip_route_me_harder). */
  rerouted?: Packet;
  /** Port of a bridge by which it came, which stays with what is then routed (nf_bridge_info), and the sender's lladdr. */
  readonly physIn?: string;
  readonly srcMac?: string;
  /** IPVS gave it to a destination (skb->ipvs_property). */
  balanced?: boolean;
}

export interface HookDevices {
  readonly iif?: string;
  readonly oif?: string;
  readonly physIn?: string;
  readonly physOut?: string;
  /** Next hop of the packet, which MASQUERADE asks for its source. */
  readonly nexthop?: Ip;
}

/** NF_IP_PRI_*: where the kernel's own parts stand among the chains. */
const CONNTRACK = -200;
const DEFRAGMENTATION = -400;
/** All chains of type nat are called from one place, whatever their own priorities are, which order them there (nf_nat_register_fn). */
const NAT: Readonly<Record<'src' | 'dst', number>> = { dst: -100, src: 100 };

/** Which side the chains of type nat translate at a hook (HOOK2MANIP). */
const SIDE: Readonly<Record<IpHook, 'src' | 'dst' | undefined>> = {
  prerouting: 'dst',
  output: 'dst',
  postrouting: 'src',
  input: 'src',
  forward: undefined,
};

const tracksAt = (hook: IpHook): boolean => hook === 'prerouting' || hook === 'output';

/** Rules of a long chain by the one destination that they ask for. */
interface Index {
  readonly general: readonly number[];
  readonly byDst: ReadonlyMap<string, readonly number[]>;
}
const indexes = new WeakMap<readonly CompiledRule[], Index>();
const LONG = 24;

function indexOf(rules: readonly CompiledRule[]): Index {
  const known = indexes.get(rules);
  if (known) return known;
  const general: number[] = [];
  const byDst = new Map<string, number[]>();
  for (const [i, rule] of rules.entries()) {
    if (rule.onlyDst === undefined) general.push(i);
    else {
      const list = byDst.get(rule.onlyDst);
      if (list) list.push(i);
      else byDst.set(rule.onlyDst, [i]);
    }
  }
  const index = { general, byDst };
  indexes.set(rules, index);
  return index;
}

/** The rules that may match the destination, in their order. */
function* candidates(rules: readonly CompiledRule[], dst: string): Generator<CompiledRule> {
  if (rules.length < LONG) {
    for (const rule of rules) if (rule.onlyDst === undefined || rule.onlyDst === dst) yield rule;
    return;
  }
  const { general, byDst } = indexOf(rules);
  const own = byDst.get(dst) ?? [];
  for (let g = 0, o = 0; g < general.length || o < own.length; ) {
    const next =
      (own[o] ?? Number.POSITIVE_INFINITY) < (general[g] ?? Number.POSITIVE_INFINITY) ? own[o++] : general[g++];
    const rule = rules[next ?? -1];
    if (rule) yield rule;
  }
}

interface Decided {
  readonly verdict: RuleVerdict;
  readonly rule?: CompiledRule;
  /** Where the rule stands. */
  readonly chain?: string;
}

const MAX_DEPTH = 64;

/** One chain and those that it calls. `undefined` as verdict: it came back without a decision. */
function runChain(c: HookContext, base: BaseChain, chain: Chain, depth: number): Decided {
  for (const rule of candidates(chain.rules(), c.packet.dst.text)) {
    const verdict = rule.run(c);
    if (verdict === undefined) continue;
    if (verdict.kind === 'return') return { verdict: undefined };
    if (verdict.kind !== 'jump') return { verdict, rule, chain: chain.name };
    const target = base.find(verdict.chain);
    // A chain that the dump does not show is not empty, it is not known.
    if (!target || depth > MAX_DEPTH)
      return {
        verdict: {
          kind: 'unknown',
          missing: {
            node: c.machine.node,
            input: `chain ${verdict.chain}`,
            supply: base.table.startsWith('nft ') ? 'nft-chain' : 'iptables-table',
            reason: 'not-captured',
            at: rule.at,
          },
        },
        rule,
      };
    const inner = runChain(c, base, target, depth + 1);
    if (inner.verdict !== undefined) return inner;
    if (verdict.goto) return { verdict: undefined };
  }
  return { verdict: undefined };
}

const policyOf = (base: BaseChain): RuleVerdict =>
  base.chain.policy === 'drop' ? { kind: 'drop' } : { kind: 'accept' };

const answers: Readonly<Record<string, string>> = { 'tcp-reset': 'tcp reset' };

/** Ends the leg, or undefined: the chain lets the packet on. */
/** A chain before defragmentation sees each piece, the later ones without ports; the walk has them as one packet. */
const piecesSeen = ({ machine }: HookContext, { table, hook, chain }: BaseChain): Missing => ({
  node: machine.node,
  input: `what ${table} ${hook.toUpperCase()} does with the pieces of a packet`,
  reason: 'unsupported',
  ...(chain.at !== undefined && { at: chain.at }),
});

function conclude(c: HookContext, base: BaseChain, decided: Decided): Arrival | undefined {
  const { walk: w, machine, packet, physIn, srcMac } = c;
  const { rule } = decided;
  const place = {
    hook: base.hook,
    table: base.table,
    chain: decided.chain ?? base.chain.name,
    ...(packet.inner && { tunnel: true as const }),
  };
  const verdict = decided.verdict ?? policyOf(base);
  const where = `${base.table} ${base.hook.toUpperCase()}`;
  switch (verdict?.kind) {
    case 'drop':
      return drop(
        w,
        'netfilter',
        machine,
        rule ? `${where}: ${rule.text}${verdict.why ? ` (${verdict.why})` : ''}` : `${where}: policy DROP`,
        [rule?.at ?? base.chain.at],
        { by: rule ? 'rule' : 'policy', ...place },
      );
    case 'reject':
      return drop(w, 'netfilter', machine, `${where}: ${rule?.text ?? 'reject'}`, [rule?.at], {
        by: 'reject',
        ...place,
        ...(physIn !== undefined && srcMac !== undefined && { bridged: { port: physIn, srcMac } }),
        answer: answers[verdict.with] ?? `icmp ${verdict.with.replace(/^icmp6?-/, '')}`,
      });
    case 'unknown':
      note(w, 'netfilter', machine, `${where}: ${rule?.text ?? ''} (not known what it does)`, [rule?.at]);
      return { kind: 'unknown', missing: verdict.missing };
    default:
      if (rule && base.type === 'filter' && base.priority === 0)
        note(w, 'netfilter', machine, `${where}: ${rule.text}`, [rule.at]);
      return undefined;
  }
}

/** Chains that see frames, without conntrack and NAT. */
export function runChains(bases: readonly BaseChain[], c: HookContext): Arrival | undefined {
  for (const base of bases) {
    const ended = conclude(c, base, runChain(c, base, base.chain, 0));
    if (ended) return ended;
  }
  return undefined;
}

/** A chain of type nat: asked for the first packet of a flow only (nf_nat_inet_fn). */
function runNat(c: HookContext, bases: readonly BaseChain[], side: 'src' | 'dst'): Arrival | undefined {
  const { entry, state, direction } = c.conn;
  if (!entry) return undefined;
  const done = side === 'src' ? entry.srcDone : entry.dstDone;
  if (!done && state === 'new' && direction === 'original') {
    for (const base of bases) {
      const decided = runChain(c, base, base.chain, 0);
      const ended = conclude(c, base, decided);
      if (ended) return ended;
      // Decided is also what leaves the packet as it is (nf_nat_initialized).
      if (side === 'src' ? entry.srcDone : entry.dstDone) break;
    }
    if (side === 'src') {
      entry.srcDone = true;
      // A stack that meets a flow once more behind its own translation takes it for another one.
      c.walk.connections.makeUnique(c.machine, entry);
    } else entry.dstDone = true;
  }
  const before = `${c.packet.src.text} ${c.packet.dst.text} ${c.packet.dport}`;
  if (translate(c.packet, entry, direction, side, known) && direction === 'reply') {
    const { src, dst } = c.packet;
    if (before !== `${src.text} ${dst.text} ${c.packet.dport}`)
      note(
        c.walk,
        'netfilter',
        c.machine,
        `conntrack: translated back, ${side} is ${side === 'src' ? src.text : dst.text}`,
      );
  }
  return undefined;
}

/** What a chain of type route must change for another routing (nf_route_table_hook4). */
const routeKey = ({ src, dst, mark, tos }: Packet): string => `${src.text} ${dst.text} ${mark} ${tos ?? 0}`;

function known(text: string): Ip {
  const ip = ipOf(text);
  if (!ip) throw new TypeError(`no address: ${text}`);
  return ip;
}

/**
 * All chains of a hook in the order of their priorities, with conntrack and NAT where the kernel has them. Undefined: the packet goes on,
 * perhaps changed. A stack whose rules were not captured lets it on, with a doubt.
 */
export function runHook(
  w: Walk,
  machine: Machine,
  hook: IpHook,
  packet: Packet,
  devices: HookDevices,
  passage: Passage,
): Arrival | undefined {
  const ruleset = machine.ruleset(packet.src.family);
  const stuck =
    hook === 'prerouting' && isTracking(ruleset)
      ? unjoined(w, machine, devices.iif ?? '', packet, 'conntrack')
      : undefined;
  if (stuck) return stuck;
  // NAT is decided at a flow's first packet; an answer can only be lost by rules that nobody captured.
  for (const missing of ruleset.missing) doubt(w, missing, packet.role === 'request' ? 'rewritten' : 'lost');
  for (const assumption of ruleset.assumptions ?? []) w.assumptions.add(assumption);
  const physIn = devices.physIn ?? passage.physIn;
  const context = (conn: Connection): HookContext => ({
    walk: w,
    machine,
    hook,
    packet,
    iif: devices.iif ?? '',
    oif: devices.oif ?? '',
    ...(physIn !== undefined && { physIn }),
    ...(passage.srcMac !== undefined && { srcMac: passage.srcMac }),
    ...(devices.physOut !== undefined && { physOut: devices.physOut }),
    ...(devices.nexthop && { nexthop: devices.nexthop }),
    conn,
  });
  // Before conntrack saw the packet its state is asked in vain (nft_ct_get_eval, xt_conntrack).
  const untracked: Connection = { state: 'invalid', direction: 'original', entry: undefined };
  const bases = ruleset.hooks[hook];
  let tracked = !tracksAt(hook);
  const side = SIDE[hook];
  let natDone = side === undefined;
  const conn = (): Connection => passage.conn ?? untracked;
  const startTracking = (): void => {
    tracked = true;
    // What comes again by lo, or from IPVS, still has its flow (nf_conntrack_in).
    passage.conn ??= track(w, machine, packet, untracked.zones);
  };
  const balance = (): Arrival | undefined => {
    fromDestination(w, machine, packet, passage);
    return toDestination(w, machine, packet, passage);
  };
  const nat = (): Arrival | undefined => {
    natDone = true;
    const ofNat = bases.filter((b) => b.type === 'nat');
    // IPVS stands before the NAT of LOCAL_IN and behind that of LOCAL_OUT (ip_vs_ops4).
    const before = hook === 'input' ? balance() : undefined;
    const to = packet.dst.text;
    const ended = before ?? (side ? runNat(context(conn()), ofNat, side) : undefined);
    // nf_nat_ipv4_local_fn
    if (hook === 'output' && packet.dst.text !== to) passage.rerouted = { ...packet };
    return ended ?? (hook === 'output' ? balance() : undefined);
  };
  for (const base of bases) {
    if (!tracked && base.priority > CONNTRACK) startTracking();
    if (base.type === 'nat') continue;
    if (side && !natDone && base.priority >= NAT[side]) {
      const ended = nat();
      if (ended) return ended;
    }
    const c = context(conn());
    if (base.priority < DEFRAGMENTATION && isInPieces(packet)) doubt(w, piecesSeen(c, base), 'lost');
    const route = routeKey(packet);
    const decided = runChain(c, base, base.chain, 0);
    if (base.type === 'route' && routeKey(packet) !== route) passage.rerouted = { ...packet };
    if (c.conn.state === 'untracked') passage.conn = c.conn;
    const ended = conclude(c, base, decided);
    if (ended) return ended;
  }
  if (!tracked) startTracking();
  if (hook === 'forward') fromDestination(w, machine, packet, passage);
  return natDone ? undefined : nat();
}
