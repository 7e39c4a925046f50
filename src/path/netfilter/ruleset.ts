import type { IptablesDumpFact } from '../../facts/index.js';
import { hidesService, isOfCluster } from '../../model/lookups/service-rules.js';
import type { Missing } from '../../model/types.js';
import type { Machine } from '../machine.js';
import { iptablesChains } from './iptables.js';
import { nftChains, nftTables } from './nft.js';
import type { NftTable } from './nft-tables.js';
import type { BaseChain, IpHook, Ruleset } from './types.js';

const HOOKS: readonly IpHook[] = ['prerouting', 'input', 'forward', 'output', 'postrouting'];

/** What was not captured: a doubt, or what is presumed because no collector of the dump takes it. */
interface Gaps {
  readonly missing: readonly Missing[];
  readonly assumptions: readonly string[];
}

const NONE: Gaps = { missing: [], assumptions: [] };

/** iptables' own tables. Those of its nft backend are in a listing of nft as well. */
function iptablesGaps(machine: Machine, family: 4 | 6): Gaps {
  if (machine.netns !== '' && machine.presumable('iptables-table')) return NONE;
  const input = family === 4 ? 'iptables-save' : 'ip6tables-save';
  const missing = machine.missing('iptables-table', input, { family: String(family), table: 'filter' });
  if (!missing) return otherBackend(machine, family, input);
  const seenByNft = machine.missing('nft-chain') === undefined;
  const scope = { family: String(family), backend: 'legacy', table: 'filter' };
  if (seenByNft && machine.missing('iptables-table', input, scope) === undefined) return NONE;
  if (!seenByNft || !machine.presumable('iptables-table', scope) || servesElsewhere(machine, 'nft-chain'))
    return { missing: [missing], assumptions: [] };
  const legacy = machine.facts('legacy-tables').find((f) => f.family === family);
  return legacy?.tables.length === 0
    ? NONE
    : { missing: [], assumptions: ['iptables-legacy has no rules beside those that nft lists'] };
}

/** Must services be served here, and do the rules of one backend not show who does? Then they are in the other, which nobody dumped. */
const servesElsewhere = (machine: Machine, shown: 'iptables-table' | 'nft-chain'): boolean =>
  machine.netns === '' &&
  machine.hasServices &&
  (shown === 'nft-chain'
    ? !machine.facts('nft-chain').some(isOfCluster)
    : machine.missing('iptables-table') === undefined && hidesService(machine.facts('iptables-table')));

/** Another dump of the family that may be of the other backend: old headers do not say which they are of. */
function isCaptured(machine: Machine, { family, otherBackend: other, at }: IptablesDumpFact): boolean {
  if (other === 'nft' && machine.missing('nft-chain') === undefined) return true;
  return (
    machine
      .facts('iptables-dump')
      .some((d) => d.at !== at && d.family === family && d.generated !== undefined && (d.backend ?? other) === other) ||
    machine.missing('iptables-table', 'iptables', { family: String(family), backend: other ?? '' }) === undefined
  );
}

/** The plain command is that of iptables-legacy there, and its dump is of those tables. */
const isLegacy = (machine: Machine): boolean =>
  machine.facts('tool-version').some(({ program, backend }) => program === 'iptables' && backend === 'legacy');

/** `# Warning: iptables-legacy tables present`: both backends see every packet. */
function otherBackend(machine: Machine, family: 4 | 6, input: string): Gaps {
  const scope = { family: String(family), backend: 'legacy' };
  // Where others' legacy tables were dumped, those of this one would have been.
  const ofLegacy =
    machine.presumable('iptables-table', scope) || isLegacy(machine)
      ? undefined
      : machine.missing('iptables-table', input.replace('-save', '-legacy-save'), scope);
  const missing = machine
    .facts('iptables-dump')
    .filter((d) => d.family === family && d.otherBackend !== undefined)
    .filter((d) => !isCaptured(machine, d))
    .map((d) => ({
      node: machine.node,
      input: `${family === 4 ? 'iptables' : 'ip6tables'}-${d.otherBackend}-save`,
      supply: 'iptables-table' as const,
      reason: 'not-captured' as const,
      at: d.at,
    }));
  return {
    missing: [...missing, ...(ofLegacy ? [ofLegacy] : [])].slice(0, 1),
    assumptions: [],
  };
}

function nftGaps(machine: Machine): Gaps {
  const missing = machine.missing('nft-chain', 'nft list ruleset');
  if (!missing) return NONE;
  if (machine.presumable('nft-chain') && !servesElsewhere(machine, 'iptables-table'))
    return machine.netns === ''
      ? { missing: [], assumptions: ['nftables has no rules beside those of iptables: nobody listed them'] }
      : NONE;
  // Some table of it was listed: the one that matters, for who took it.
  if (machine.facts('nft-chain').length > 0 && missing.reason !== 'truncated')
    return { missing: [], assumptions: [`nftables of ${machine.node} has no tables but those that were listed`] };
  return { missing: [missing], assumptions: [] };
}

const tables = new WeakMap<Machine, readonly NftTable[]>();
/** Tables of nft, read once per stack. */
export function tablesOf(machine: Machine): readonly NftTable[] {
  const made = tables.get(machine) ?? nftTables(machine);
  tables.set(machine, made);
  return made;
}

/**
 * All chains of a family by the age of their tables, the youngest first. A listing of nft is in the order of creation, and holds what the nft
 * backend of iptables made. Tables that it does not hold are taken for younger than all of it.
 */
function byAge(machine: Machine, family: 4 | 6): readonly BaseChain[] {
  const order = [...new Set(machine.facts('nft-chain').map((c) => `${c.family} ${c.table}`))];
  const ageOf = (id: string): number => {
    const at = order.indexOf(id);
    return at === -1 ? order.length : at;
  };
  const ofIptables = machine
    .facts('iptables-table')
    .filter((f) => f.family === family)
    .map((f) => ({
      age: f.backend === 'legacy' ? order.length : ageOf(`${family === 4 ? 'ip' : 'ip6'} ${f.table}`),
      chains: iptablesChains(f),
    }));
  const ofNft = tablesOf(machine).map((t) => ({
    age: ageOf(`${t.family} ${t.name}`),
    chains: [...nftChains([t], family)].reverse(),
  }));
  return [...ofIptables, ...ofNft].sort((a, b) => b.age - a.age).flatMap((t) => t.chains);
}

/** A chain without rules lets everything on, unless its policy does not. Most of iptables' chains are such. */
const decides = ({ chain }: BaseChain): boolean => chain.policy === 'drop' || chain.rules().length > 0;

/** All chains of a stack that the kernel calls, in their order. */
export function rulesetOf(machine: Machine, family: 4 | 6): Ruleset {
  // Of equal priority the chain that came last is first (nf_hook_entries_grow).
  const bases = byAge(machine, family);
  const ofHook = (hook: IpHook): readonly BaseChain[] =>
    bases.filter((b) => b.hook === hook && decides(b)).sort((a, b) => a.priority - b.priority);
  const gaps = [iptablesGaps(machine, family), nftGaps(machine)];
  return {
    hooks: Object.fromEntries(HOOKS.map((h) => [h, ofHook(h)])) as unknown as Ruleset['hooks'],
    missing: gaps.flatMap((g) => g.missing),
    assumptions: gaps.flatMap((g) => g.assumptions),
  };
}
