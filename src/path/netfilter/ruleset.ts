import type { Missing } from '../../model/types.js';
import type { Machine } from '../machine.js';
import { iptablesChains } from './iptables.js';
import type { BaseChain, HookName, Ruleset } from './types.js';

const HOOKS: readonly HookName[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** Rules that may be there and were not captured. Legacy and nft tables both see every packet. */
function missingRules(machine: Machine, family: 4 | 6): readonly Missing[] {
  if (machine.netns !== '' && machine.presumable('iptables-table')) return [];
  const input = family === 4 ? 'iptables-save' : 'ip6tables-save';
  const missing = machine.missing('iptables-table', input, { family: String(family), table: 'filter' });
  return missing ? [missing] : [];
}

/** All chains of a stack that the kernel calls, in their order. */
export function rulesetOf(machine: Machine, family: 4 | 6): Ruleset {
  const bases: BaseChain[] = machine
    .facts('iptables-table')
    .filter((f) => f.family === family)
    .flatMap((f) => iptablesChains(f));
  const ofHook = (hook: HookName): readonly BaseChain[] =>
    bases.filter((b) => b.hook === hook).sort((a, b) => a.priority - b.priority);
  return {
    hooks: Object.fromEntries(HOOKS.map((h) => [h, ofHook(h)])) as unknown as Ruleset['hooks'],
    missing: missingRules(machine, family),
  };
}
