import { type Arrival, drop, note } from '../context.js';
import type { BaseChain, Chain, CompiledRule, HookContext, RuleVerdict } from './types.js';

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
export function runChain(c: HookContext, base: BaseChain, chain: Chain, depth: number): Decided {
  for (const rule of candidates(chain.rules(), c.packet.dst.text)) {
    c.table = base.table;
    c.chain = chain.name;
    c.back = undefined;
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

/** What a base chain's decision makes of a packet; undefined: it goes on. */
export function conclude(c: HookContext, base: BaseChain, decided: Decided): Arrival | undefined {
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
    case 'drop': {
      const why = verdict.why ?? (rule && c.back?.says);
      return drop(
        w,
        'netfilter',
        machine,
        rule ? `${where}: ${rule.text}${why ? ` (${why})` : ''}` : `${where}: policy DROP`,
        [rule?.at ?? base.chain.at, ...((rule && c.back?.at) ?? [])],
        {
          by: rule ? (c.back ? 'rp-filter' : 'rule') : 'policy',
          ...(rule && c.back && { dev: c.iif }),
          ...place,
        },
      );
    }
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
