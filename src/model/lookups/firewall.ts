import type { IptablesTableFact, NftChainFact } from '../../facts/index.js';
import type { At } from '../../kit/index.js';
import type { Missing } from '../types.js';
import { chainsOf, rulesOf } from './iptables.js';

/** Who writes the rules of a firewall, and so who must be asked to change them: a rule deleted behind its back comes again. */
export type FirewallTool = 'docker' | 'firewalld' | 'ufw' | 'felix' | 'iptables' | 'nft';

/** Where netfilter decided. */
export interface Decision {
  /** `iptables filter`, `iptables-legacy filter`, `nft inet firewalld`. */
  readonly table?: string;
  readonly chain?: string;
  readonly by?: string;
  readonly hook?: string;
  /** `iptables filter FORWARD: -A FORWARD -j REJECT`: the rule stands behind the colon. */
  readonly reason: string;
  readonly evidence: readonly At[];
}

export interface FirewallFacts {
  readonly 'iptables-table': readonly IptablesTableFact[];
  readonly 'nft-chain': readonly NftChainFact[];
}

/** Is it rules of a firewall that are not known? What a rule about the firewall cannot answer without. */
export const isOfFirewall = (m: Missing): boolean =>
  m.supply === 'iptables-table' || m.supply === 'nft-chain' || /^(?:chain|iptables|nft)/.test(m.input);

/** firewalld's chains by iptables (src/firewall/core/ipXtables.py): zones and their directions. */
const FIREWALLD = /^(?:(?:IN|FWDI|FWDO|FWD|PRE|POST|INPUT|FORWARD|OUTPUT)_|filter_(?:IN|FWD|INPUT|FORWARD|OUTPUT))/;

const filterTables = (facts: FirewallFacts): readonly IptablesTableFact[] =>
  facts['iptables-table'].filter((t) => t.family === 4 && t.table === 'filter');

/** The first chain of that kind, as proof that a tool is at work. */
export function chainLike(facts: FirewallFacts, name: RegExp): { readonly name: string; readonly at: At } | undefined {
  for (const table of filterTables(facts)) {
    const chain = chainsOf(table).find((c) => name.test(c.name));
    if (chain) return chain;
  }
  return facts['nft-chain'].flatMap((c) => (name.test(c.chain) ? [{ name: c.chain, at: c.at }] : []))[0];
}

/** Who decided. */
export function toolOf({ table = '', chain = '', by }: Decision, facts: FirewallFacts): FirewallTool {
  if (/ firewalld$/.test(table) || FIREWALLD.test(chain)) return 'firewalld';
  if (/^ufw6?-/.test(chain)) return 'ufw';
  if (chain.startsWith('cali-')) return 'felix';
  // A policy is nobody's rule: who else stands in the table tells who set it.
  if (by === 'policy' && !table.startsWith('nft ')) {
    if (chainLike(facts, /^ufw-/)) return 'ufw';
    if (chainLike(facts, /^DOCKER(?:-USER|-FORWARD)?$/)) return 'docker';
  }
  return table.startsWith('nft ') ? 'nft' : 'iptables';
}

const ruleText = (d: Decision): string => d.reason.replace(/^[^:]*: /, '');

/** Takes the deciding rule or policy away. Handles of nft must be looked up. */
export function removeDecision(d: Decision): readonly string[] {
  const { table = '', chain = '' } = d;
  const words = table.split(' ');
  if (words[0] === 'nft') {
    const name = words.slice(1).join(' ');
    return d.by === 'policy'
      ? [`nft chain ${name} ${chain} '{ policy accept; }'`]
      : [`nft -a list chain ${name} ${chain}`, `nft delete rule ${name} ${chain} handle HANDLE   # of the rule above`];
  }
  const save = words[0] === 'iptables-legacy' ? 'iptables-legacy' : 'iptables';
  const of = words[1] === undefined || words[1] === 'filter' ? '' : ` -t ${words[1]}`;
  return d.by === 'policy'
    ? [`${save}${of} -P ${chain} ACCEPT`]
    : [`${save}${of} ${ruleText(d).replace(/^-A /, '-D ')}`];
}

/** Chains by which a CNI or kube-proxy accepts what pods send. */
const ACCEPTS =
  /^(?:FLANNEL-FWD|CNI-FORWARD|KUBE-FORWARD|cali-FORWARD|cali-INPUT|WEAVE-(?:NPC|CANARY|EXPOSE)|CILIUM_FORWARD|KUBE-ROUTER-FORWARD|CNI-ADMIN)$/;

/** The jump to a CNI's or kube-proxy's accepting chain that the deciding rule stands in front of. */
export function acceptedBehind(
  d: Decision,
  facts: FirewallFacts,
): { readonly at: At; readonly name: string } | undefined {
  const hook = d.hook?.toUpperCase() ?? '';
  for (const table of filterTables(facts)) {
    const rules = rulesOf(table, hook);
    const own = rules.findIndex((r) => r.at === d.evidence[0] || (d.chain !== hook && r.spec.target?.name === d.chain));
    if (own < 0) continue;
    const behind = rules.slice(own + 1).find((r) => ACCEPTS.test(r.spec.target?.name ?? ''));
    if (behind) return { at: behind.at, name: behind.spec.target?.name ?? '' };
  }
  return undefined;
}

/** Lets what comes from and goes to a network be forwarded, by the tool that is in charge. */
export function allowForward(tool: FirewallTool, networks: readonly string[], d: Decision): readonly string[] {
  const each = (make: (network: string) => readonly string[]) => networks.flatMap(make);
  switch (tool) {
    case 'firewalld':
      return [
        ...each((n) => [`firewall-cmd --permanent --zone=trusted --add-source=${n}`]),
        'firewall-cmd --reload   # then restart kube-proxy and the CNI: a reload takes their rules away',
      ];
    case 'ufw':
      return each((n) => [`ufw route allow from ${n}`, `ufw route allow to ${n}`]);
    case 'docker':
      return each((n) => [`iptables -I DOCKER-USER -s ${n} -j ACCEPT`, `iptables -I DOCKER-USER -d ${n} -j ACCEPT`]);
    case 'felix':
      return ['calicoctl get felixconfiguration default -o yaml'];
    default:
      return removeDecision(d);
  }
}
