import type { Missing } from '../../model/types.js';
import { type Entry, translate } from '../conntrack.js';
import { type Arrival, doubt, note, trialOf, type Walk } from '../context.js';
import { isInPieces, isTracking, unjoined } from '../fragments.js';
import { ipOf } from '../ip.js';
import type { Machine } from '../machine.js';
import type { Ip, Packet } from '../types.js';
import { conclude, runChain } from './chains.js';
import { fromDestination, toDestination } from './ipvs.js';
import { track } from './track.js';
import type { BaseChain, Connection, HookContext, IpHook } from './types.js';

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

/** A chain before defragmentation sees each piece, the later ones without ports; the walk has them as one packet. */
const piecesSeen = ({ machine }: HookContext, { table, hook, chain }: BaseChain): Missing => ({
  node: machine.node,
  input: `what ${table} ${hook.toUpperCase()} does with the pieces of a packet`,
  reason: 'unsupported',
  ...(chain.at !== undefined && { at: chain.at }),
});

/** Asks chains of type nat until one decides, be it that the packet stays as it is (nf_nat_initialized). */
function decideNat(
  c: HookContext,
  bases: readonly BaseChain[],
  entry: Entry,
  side: 'src' | 'dst',
): Arrival | undefined {
  for (const base of bases) {
    const ended = conclude(c, base, runChain(c, base, base.chain, 0));
    if (ended) return ended;
    if (side === 'src' ? entry.srcDone : entry.dstDone) return undefined;
  }
  return undefined;
}

/**
 * Of equal priority the chain that came last is asked first, and legacy's may be any: where both kinds translate a flow, and not alike, either
 * order is possible.
 */
function inOrder(c: HookContext, bases: readonly BaseChain[], side: 'src' | 'dst'): readonly BaseChain[] {
  const legacy = bases.filter((b) => b.ageless);
  const others = bases.filter((b) => !b.ageless);
  if (!legacy.some((l) => others.some((b) => b.priority === l.priority))) return bases;
  const [one, other] = [translationBy(c, legacy, side), translationBy(c, others, side)];
  if (one === undefined || other === undefined || one === other) return bases;
  const input = `which of the rules of iptables-legacy and of nftables came last, at ${c.hook.toUpperCase()}`;
  const missing: Missing = { node: c.machine.node, input, reason: 'not-captured' };
  if (c.walk.choose.either(`${c.machine.id} ${c.hook} legacy last`, missing, true)) return bases;
  return [...others, ...legacy].sort((a, b) => a.priority - b.priority);
}

/** What chains would make of a flow, on trial; undefined: they leave it to others. */
function translationBy(c: HookContext, bases: readonly BaseChain[], side: 'src' | 'dst'): string | undefined {
  const { entry } = c.conn;
  if (!entry) return undefined;
  const own = { ...entry };
  const trial = { ...c, walk: trialOf(c.walk), packet: { ...c.packet }, conn: { ...c.conn, entry: own } };
  if (decideNat(trial, bases, own, side)) return 'ended';
  const decided = side === 'src' ? own.srcDone : own.dstDone;
  return decided ? JSON.stringify(own.reply) : undefined;
}

/** A chain of type nat: asked for the first packet of a flow only (nf_nat_inet_fn). */
function runNat(c: HookContext, bases: readonly BaseChain[], side: 'src' | 'dst'): Arrival | undefined {
  const { entry, state, direction } = c.conn;
  if (!entry) return undefined;
  const done = side === 'src' ? entry.srcDone : entry.dstDone;
  if (!done && state === 'new' && direction === 'original') {
    const ended = decideNat(c, inOrder(c, bases, side), entry, side);
    if (ended) return ended;
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
