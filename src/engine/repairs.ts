import type { AnyFact, IptablesTableFact, NftChainFact, RouteFact, StackKind } from '../facts/index.js';
import { type At, fileOf, lineOf } from '../kit/index.js';
import { chainsOf, unreadRulesOf } from '../model/lookups/index.js';
import { nftRuleAt } from '../model/lookups/nftables.js';
import type { ClusterModel, Node, Stack } from '../model/types.js';
import { type Pair, type Trace, traceProbe, type World, worldOf } from '../path/index.js';
import { probeOf } from './paths.js';
import type { FactChange, NonEmpty } from './types.js';

/** Each repair is a world of its own, and each pair a walk: bigger clusters and faults are left at what is known to be lost. */
const MOST_NODES = 40;
const MOST_PAIRS = 400;
const MOST_REPAIRS = 12;

/** A rule that matches everything and does nothing (counters alone). */
const NOTHING = '';

function withoutRule(fact: IptablesTableFact, at: At): IptablesTableFact {
  if (fileOf(fact.at) !== fileOf(at)) return fact;
  const names = [...new Set(fact.rules.chain)].map((i) => fact.chains.name[i] ?? '');
  const own = new Set(
    names.flatMap((n) => unreadRulesOf(fact, n).flatMap((r) => (r.at === at ? [`${n} ${r.text}`] : []))),
  );
  if (own.size === 0) return fact;
  let done = false;
  const text = fact.rules.text.map((t, i) => {
    const hit = !done && own.has(`${fact.chains.name[fact.rules.chain[i] ?? -1] ?? ''} ${t}`);
    if (hit) done = true;
    return hit ? NOTHING : t;
  });
  return { ...fact, rules: { ...fact.rules, text } };
}

/** The policy on that line becomes ACCEPT. */
function withoutPolicy(fact: IptablesTableFact, at: At): IptablesTableFact {
  const i = chainsOf(fact).findIndex((c) => c.at === at && c.policy !== undefined);
  return i < 0 ? fact : { ...fact, chains: { ...fact.chains, policy: { ...fact.chains.policy, [i]: 'ACCEPT' } } };
}

function withoutNft(fact: NftChainFact, at: At): NftChainFact {
  if (fact.base && fact.at === at) return { ...fact, base: { ...fact.base, policy: 'accept' } };
  const { rules } = fact;
  if (!rules || fileOf(fact.at) !== fileOf(at)) return fact;
  const i = rules.text.findIndex((_, n) => lineOf(nftRuleAt(fact, n)) === lineOf(at));
  return i < 0 ? fact : { ...fact, rules: { ...rules, text: rules.text.map((t, n) => (n === i ? 'counter' : t)) } };
}

/** Kinds of which a repair may take away one line. */
const REMOVED: ReadonlySet<string> = new Set(['address', 'route', 'policy-rule', 'xfrm-policy', 'xfrm-default']);

/** What one change makes of the facts of a kind. */
function changed(facts: readonly AnyFact[], kind: StackKind, change: FactChange): readonly AnyFact[] {
  switch (change.kind) {
    case 'set':
      if (kind !== 'netconf') return facts;
      return facts.map((f) =>
        f.kind === 'netconf' &&
        f.family === (change.family ?? 4) &&
        f.key === change.key &&
        (change.dev === undefined || (f.scope === 'device' && f.dev === change.dev))
          ? { ...f, value: change.value }
          : f,
      );
    case 'sysctl':
      if (kind !== 'sysctl') return facts;
      return facts.map((f) => (f.kind === 'sysctl' && f.key === change.key ? { ...f, value: change.value } : f));
    case 'add-route': {
      if (kind !== 'route') return facts;
      const { prefix, via, dev, at } = change;
      const route: RouteFact = {
        kind: 'route',
        at,
        family: 4,
        type: 'unicast',
        prefix,
        table: 'main',
        nexthops: [{ ...(via !== undefined && { via }), dev, flags: ['onlink'] }],
      };
      return [...facts, route];
    }
    case 'remove':
      return facts.flatMap((f): AnyFact[] => {
        if (f.kind === 'iptables-table') return [withoutPolicy(withoutRule(f, change.at), change.at)];
        if (f.kind === 'nft-chain') return [withoutNft(f, change.at)];
        return REMOVED.has(f.kind) && f.at === change.at ? [] : [f];
      });
    default:
      return change satisfies never;
  }
}

function repairedStack(stack: Stack, changes: readonly FactChange[]): Stack {
  const known = new Map<StackKind, readonly AnyFact[]>();
  return {
    ...stack,
    facts: ((kind: StackKind) => {
      const held =
        known.get(kind) ?? changes.reduce<readonly AnyFact[]>((facts, c) => changed(facts, kind, c), stack.facts(kind));
      known.set(kind, held);
      return held;
    }) as Stack['facts'],
  };
}

/** The model as it were with the repair made on its nodes. */
export function repaired(model: ClusterModel, changes: NonEmpty<FactChange>): ClusterModel {
  const nodes = model.nodes.map((n): Node => {
    const own = changes.filter((c) => c.node === n.name);
    return own.length === 0 ? n : { ...n, host: repairedStack(n.host, own) };
  });
  return { ...model, nodes };
}

/** Pairs of an effect that are walked to see whether a repair changes anything for them. */
const MOST_ASKED = 8;

/** What repairs change, as the walk says: those of a small cluster, and the first few. */
export interface Repairs {
  /** How many of the broken pairs work again; null: not tried. */
  restored(changes: NonEmpty<FactChange> | undefined, broken: ReadonlySet<Pair>): number | null;
  /** Nothing changes for what the effect breaks: its packets are lost where they were. Then the repaired fault is no cause of it. */
  refutes(cause: Repairable, effect: Repairable): boolean;
}

interface Repairable {
  readonly repair?: NonEmpty<FactChange>;
  readonly breaks?: readonly Pair[];
}

/** Where the packets of a pair are lost. */
const lostAt = ({ outcomes }: Trace): string =>
  JSON.stringify(
    outcomes.map((o) => [o.verdict, o.because?.node, o.because?.netns, o.because?.step, o.because?.evidence]),
  );

export function repairsOf(model: ClusterModel): Repairs {
  const worlds = new Map<NonEmpty<FactChange>, World | undefined>();
  const worldWith = (changes: NonEmpty<FactChange>): World | undefined => {
    if (worlds.has(changes)) return worlds.get(changes);
    const tries = model.nodes.length <= MOST_NODES && worlds.size < MOST_REPAIRS;
    const world = tries ? worldOf(repaired(model, changes)) : undefined;
    worlds.set(changes, world);
    return world;
  };
  return {
    restored(changes, broken) {
      const world = !changes || broken.size === 0 || broken.size > MOST_PAIRS ? undefined : worldWith(changes);
      if (!world) return null;
      const asked = [...broken].map((pair) => traceProbe(world, probeOf(pair)));
      return asked.filter((a) => a.kind === 'trace' && a.trace.verdict === 'delivered').length;
    },
    refutes({ repair }, { breaks = [] }) {
      const world = repair && breaks.length > 0 ? worldWith(repair) : undefined;
      if (!world) return false;
      const step = Math.ceil(breaks.length / MOST_ASKED);
      return breaks
        .filter((_, i) => i % step === 0)
        .every((pair) => {
          const asked = traceProbe(world, probeOf(pair));
          return asked.kind === 'trace' && lostAt(asked.trace) === lostAt(pair.trace);
        });
    },
  };
}
