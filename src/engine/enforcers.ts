import { fileOf } from '../kit/index.js';
import { unreadRulesOf } from '../model/lookups/iptables.js';
import type { ClusterModel } from '../model/types.js';
import type { Because } from '../path/types.js';

/**
 * Chains in which NetworkPolicies are enforced: Calico (felix/rules), kube-router (pkg/controllers/netpol), Weave (npc), kindnet and
 * kube-network-policies.
 */
const CHAIN =
  /^(?:cali-(?:tw|fw|pi|po|pri|pro)-|cali-(?:pi|po)_|KUBE-POD-FW-|KUBE-NWPLCY-|WEAVE-NPC|CILIUM_POLICY|ANTREA-POL)/;
const TABLE = /(?:network-polic|netpol)/;

export const isOfEnforcer = ({ chain = '', table = '' }: Pick<Because, 'chain' | 'table'>): boolean =>
  CHAIN.test(chain) || TABLE.test(table);

/** What a rule looks at, and what it does; without remarks, which may hold anything. */
function partsOf(text: string): { readonly match: string; readonly target: string } {
  const plain = text.replace(/ ?-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '');
  const [, match = plain, target = ''] = /^(.*?) ?-[jg] (\S+)/.exec(plain) ?? [];
  return { match: match.trim(), target };
}

/**
 * The chain of an enforcer that the same chain asked before, for the same packets. What such a chain does not accept comes back, and the rule behind it
 * drops it: Weave ends with `-A FORWARD -o weave -j DROP` (prog/weave-npc/main.go, WEAVE-NPC before it).
 */
export function enforcerAbove(model: ClusterModel, because: Because): string | undefined {
  const { node, netns, chain, evidence } = because;
  const [at] = evidence;
  if (because.hook === undefined || netns !== '' || chain === undefined || at === undefined) return undefined;
  for (const table of model.node(node)?.host.facts('iptables-table') ?? []) {
    if (fileOf(table.at) !== fileOf(at)) continue;
    const rules = unreadRulesOf(table, chain);
    const i = rules.findIndex((r) => r.at === at);
    const { match } = partsOf(rules[i]?.text ?? '');
    if (match === '') continue;
    const before = rules.slice(0, i).map((r) => partsOf(r.text));
    const enforcer = before.find((r) => r.match === match && CHAIN.test(r.target))?.target;
    // One that lost its rules enforces nothing: what is dropped behind it is lost.
    if (enforcer !== undefined && unreadRulesOf(table, enforcer).length > 0) return enforcer;
  }
  return undefined;
}
