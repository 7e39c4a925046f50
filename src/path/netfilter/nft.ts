import type { IptablesTableFact, NftChainFact } from '../../facts/index.js';
import { type At, type NftRule, readNft } from '../../kit/index.js';
import { chainsOf } from '../../model/lookups/iptables.js';
import { nftRuleAt } from '../../model/lookups/nftables.js';
import type { Missing } from '../../model/types.js';
import type { Machine } from '../machine.js';
import { choiceKey, type Place } from './nft-expression.js';
import { compileStatement, type Step } from './nft-statement.js';
import type { NftTable } from './nft-tables.js';
import { isKnown } from './tri.js';
import type { BaseChain, Chain, CompiledRule, HookContext, HookName, RuleVerdict } from './types.js';

/** `ip daddr 10.0.0.1` before anything is done: long chains are skipped by it. */
function onlyDst({ statements }: NftRule): string | undefined {
  for (const s of statements) {
    if (s.kind !== 'match') return undefined;
    if (s.op === '==' && s.left.kind === 'key' && /^ip6? daddr$/.test(s.left.name) && s.right.kind === 'value')
      return /[/-]/.test(s.right.text) ? undefined : s.right.text;
  }
  return undefined;
}

/**
 * Statements from left to right (nft_do_chain). What is not known is asked when something is to be done: a match behind it that says no makes
 * it no matter.
 */
function runSteps(steps: readonly Step[], place: Place, c: HookContext): RuleVerdict {
  let open: Missing | undefined;
  let presumed = true;
  for (const step of steps) {
    if (step.kind === 'match') {
      const answer = step.match(c);
      if (answer === false) return undefined;
      if (!isKnown(answer)) {
        open ??= answer;
        presumed &&= step.presumed;
      }
      continue;
    }
    if (open) {
      const missing = { ...open, node: c.machine.node, at: open.at ?? place.at, detail: open.detail ?? place.text };
      if (!c.walk.choose.either(`${choiceKey(c, place)} ${missing.input}`, missing, presumed)) return undefined;
      open = undefined;
    }
    const done = step.act(c);
    if (done === 'break') return undefined;
    if (done !== undefined) return done;
  }
  return undefined;
}

const ASKS: ReadonlySet<string> = new Set(['match', 'gate', 'vmap', 'xt', 'unknown']);

function compileRule(table: NftTable, at: At, text: string, packets: number | null | undefined): CompiledRule {
  const place: Place = { table, at, text };
  const reading = readNft(text);
  if (reading.kind === 'gap')
    return {
      at,
      text,
      run: (c) => ({
        kind: 'unknown',
        missing: { node: c.machine.node, input: 'a rule of nft', supply: 'nft-chain', reason: 'truncated', at },
      }),
    };
  const { statements } = reading.rule;
  const asked = statements.findLastIndex((s) => ASKS.has(s.kind));
  const counted: Place = typeof packets === 'number' ? { ...place, packets } : place;
  const steps = statements
    .map((s, i) => compileStatement(s, i === asked ? counted : place))
    .filter((s) => s !== undefined);
  const last = steps.findLastIndex((s) => s.kind === 'act');
  const dst = onlyDst(reading.rule);
  return {
    at,
    text,
    ...(dst !== undefined && { onlyDst: dst }),
    // Without anything done behind them matches tell nothing.
    run: last === -1 ? () => undefined : (c) => runSteps(steps, place, c),
  };
}

/** A chain whose rules were not listed may hold any. */
const unlisted = (fact: NftChainFact): CompiledRule => ({
  at: fact.at,
  text: `chain ${fact.chain}`,
  run: (c) => ({
    kind: 'unknown',
    missing: {
      node: c.machine.node,
      input: `rules of chain ${fact.chain}`,
      supply: 'nft-chain',
      reason: 'not-captured',
      at: fact.at,
    },
  }),
});

function chainOf(table: NftTable, fact: NftChainFact): Chain {
  let rules: readonly CompiledRule[] | undefined;
  return {
    name: fact.chain,
    at: fact.at,
    ...(fact.base && { policy: fact.base.policy === 'drop' ? 'drop' : 'accept' }),
    rules: () => {
      rules ??= fact.rules
        ? fact.rules.text.map((text, i) => compileRule(table, nftRuleAt(fact, i), text, fact.rules?.packets?.[i]))
        : [unlisted(fact)];
      return rules;
    },
  };
}

const HOOKS: ReadonlySet<string> = new Set([
  ...['prerouting', 'input', 'forward', 'output', 'postrouting', 'ingress', 'egress'],
]);

/** The chains of a table that the kernel calls, in their order. */
export function baseChains(table: NftTable): readonly BaseChain[] {
  const chains = new Map(table.chains.map((fact) => [fact.chain, chainOf(table, fact)]));
  return table.chains.flatMap(({ chain: name, base }) => {
    const chain = chains.get(name);
    if (!chain || !base || !HOOKS.has(base.hook)) return [];
    return [
      {
        hook: base.hook as HookName,
        priority: base.priority,
        type: base.type === 'nat' || base.type === 'route' ? base.type : 'filter',
        table: `nft ${table.family} ${table.name}`,
        chain,
        find: (wanted: string) => chains.get(wanted),
        ...(base.devices && { devices: base.devices }),
      },
    ];
  });
}

const BUILT_IN: ReadonlySet<string> = new Set(['filter', 'nat', 'mangle', 'raw', 'security']);

/** Do the rules of an iptables-save show the same table? They say more than nft does of it. */
function shown(table: NftTable, managed: boolean, iptables: readonly IptablesTableFact[]): boolean {
  if (!BUILT_IN.has(table.name) || (table.family !== 'ip' && table.family !== 'ip6')) return false;
  const family = table.family === 'ip' ? 4 : 6;
  return iptables.some((f) => {
    if (f.family !== family || f.table !== table.name || f.backend === 'legacy') return false;
    if (managed || f.backend === 'nft') return true;
    const names = new Set(chainsOf(f).map((c) => c.name));
    return table.chains.every((c) => names.has(c.chain));
  });
}

/** All tables of nft in a stack that are not asleep, without those that iptables shows. */
export function nftTables(machine: Machine): readonly NftTable[] {
  const made = new Map<string, { table: NftTable; chains: NftChainFact[] }>();
  const heads = new Map(machine.facts('nft-table').map((t) => [`${t.family} ${t.table}`, t]));
  const sets = machine.facts('nft-set');
  for (const chain of machine.facts('nft-chain')) {
    const id = `${chain.family} ${chain.table}`;
    const known = made.get(id);
    if (known) {
      known.chains.push(chain);
      continue;
    }
    const chains = [chain];
    const own = sets.filter((s) => s.family === chain.family && s.table === chain.table);
    const table: NftTable = {
      machine,
      family: chain.family,
      name: chain.table,
      chains,
      sets: new Map(own.map((s) => [s.set, s])),
      translated: heads.get(id)?.managed === true,
    };
    made.set(id, { table, chains });
  }
  const iptables = machine.facts('iptables-table');
  return [...made].flatMap(([id, { table }]) => {
    const head = heads.get(id);
    return head?.flags?.includes('dormant') || shown(table, head?.managed === true, iptables) ? [] : [table];
  });
}

const FAMILIES = { 4: new Set(['ip', 'inet']), 6: new Set(['ip6', 'inet']) } as const;

/** The chains that packets of a family meet. */
export const nftChains = (tables: readonly NftTable[], family: 4 | 6): readonly BaseChain[] =>
  tables.filter((t) => FAMILIES[family].has(t.family)).flatMap(baseChains);
