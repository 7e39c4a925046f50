import type { IptablesTableFact, NetworkPolicyFact } from '../facts/index.js';
import { type At, contains, fileOf, parseAddress, parsePrefix } from '../kit/index.js';
import { chainAt, type UnreadRule, unreadRulesOf } from '../model/lookups/iptables.js';
import type { ClusterModel } from '../model/types.js';
import type { Because } from '../path/types.js';
import { type Asked, allowedByPolicies, arePoliciesListed } from './policies.js';

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

/** What an enforcer of NetworkPolicies lacks, so that it drops what it ought to let through. */
export interface EnforcerGap {
  readonly says: string;
  /** Most telling first: what lacks something, then what shows that it must be there. */
  readonly at: readonly [At, ...At[]];
}

/** Profiles of Calico's namespaces allow all; those of its service accounts may have no rule. */
const NEVER_EMPTY = /^(?:KUBE-NWPLCY-(?:DEFAULT|COMMON)$|KUBE-POD-FW-|cali-(?:tw|fw)-|cali-(?:pri|pro)-kns\.)/;

/** Of no policy that is listed does the chain rightly have no rules: a policy without rules denies all. */
function mustHold(policies: readonly NetworkPolicyFact[], chain: string, jump: UnreadRule): boolean {
  const types = /^cali-po/.test(chain) ? ['egress'] : /^cali-pi/.test(chain) ? ['ingress'] : ['ingress', 'egress'];
  const has = (p: NetworkPolicyFact): boolean => (p.entries ?? []).some((e) => types.includes(e.direction));
  const remark = /run through nw policy ([^\s"]+)/.exec(jump.text)?.[1];
  const named = policies.filter((p) => p.name === remark || chain.endsWith(`${p.namespace}.${p.name}`));
  const ofChain = named.length > 0 ? named : policies;
  return ofChain.length > 0 && ofChain.every(has);
}

/** The dropping rule's table on the node, and its place there. */
function placeOf(model: ClusterModel, { node, netns, hook, chain, evidence }: Because) {
  const [at] = evidence;
  const host = model.node(node)?.host;
  if (!host || hook === undefined || netns !== '' || chain === undefined || at === undefined) return undefined;
  for (const table of host.facts('iptables-table')) {
    if (fileOf(table.at) !== fileOf(at)) continue;
    const rules = unreadRulesOf(table, chain);
    const i = rules.findIndex((r) => r.at === at);
    const rule = rules[i];
    if (rule) return { host, table, rule, before: rules.slice(0, i) };
  }
  return undefined;
}

/** A chain that lost its rules, which the dropping one asks before. */
function emptied(model: ClusterModel, because: Because): EnforcerGap | undefined {
  const place = placeOf(model, because);
  // Of invalid packets, and of tunnels' from pods, no policy says anything.
  if (!place || !CHAIN.test(because.chain ?? '') || / --(?:ct)?state |encapped/.test(place.rule.text)) return undefined;
  const { host, table, before } = place;
  if (!host.absence('iptables-table', { family: `${table.family}`, table: table.table }).known) return undefined;
  const asked = before.flatMap((rule) => {
    const { target } = partsOf(rule.text);
    return CHAIN.test(target) && table.chains.name.includes(target) ? [{ rule, target }] : [];
  });
  const isEmpty = ({ target }: { readonly target: string }): boolean => unreadRulesOf(table, target).length === 0;
  const profiles = asked.filter((a) => /^cali-(?:pri|pro)-/.test(a.target));
  const policies = arePoliciesListed(model) ? model.facts('network-policy') : [];
  const gone = asked
    .filter(isEmpty)
    .find(
      ({ target, rule }) =>
        NEVER_EMPTY.test(target) ||
        (/^cali-(?:pri|pro)-/.test(target) && profiles.every(isEmpty)) ||
        (/^(?:cali-(?:pi|po)-|KUBE-NWPLCY-)/.test(target) && mustHold(policies, target, rule)),
    );
  if (!gone) return undefined;
  const at = chainAt(table, table.chains.name.indexOf(gone.target));
  return { says: `the chain ${gone.target}, which has to let it through, is empty`, at: [at, gone.rule.at] };
}

/** A set of a rule which lets packets of a policy through, that lacks one end while the rule's others hold theirs. */
function memberGap(model: ClusterModel, because: Because, asked: Asked): EnforcerGap | undefined {
  const place = placeOf(model, because);
  if (!place) return undefined;
  const sets = new Map(place.host.facts('ipset').map((s) => [s.name, s]));
  const holds = (name: string, address: string): boolean | undefined => {
    const set = sets.get(name);
    const ip = parseAddress(address);
    if (!set?.members || set.unread !== undefined || !ip) return undefined;
    return set.members.text.some((text) => {
      const prefix = parsePrefix(text.replace(/,.*/, ''));
      return prefix?.family === ip.family && contains(prefix, ip);
    });
  };
  for (const name of place.table.chains.name)
    for (const rule of CHAIN.test(name) ? unreadRulesOf(place.table, name) : []) {
      if (!/-j (?:MARK|ACCEPT|RETURN)\b/.test(rule.text)) continue;
      const matched = [...rule.text.matchAll(/(?<!! )--match-set (\S+) (src|dst)\b/g)].map(([, set = '', side]) => {
        const address = side === 'src' ? asked.from : asked.to;
        return { set, address, held: holds(set, address) };
      });
      const [lacking, ...others] = matched.filter((m) => m.held === false);
      const set = lacking && sets.get(lacking.set);
      if (!lacking || !set || others.length > 0 || matched.some((m) => m.held === undefined)) continue;
      if (matched.length > 1 || isAskedFrom(place.table, because.chain ?? '', name))
        return { says: `the set ${lacking.set} lacks ${lacking.address}`, at: [set.at, rule.at] };
    }
  return undefined;
}

/** Does a chain ask the other one? */
const isAskedFrom = (table: IptablesTableFact, from: string, chain: string): boolean =>
  from === chain || unreadRulesOf(table, from).some((r) => partsOf(r.text).target === chain);

/**
 * Why an enforcer drops what no NetworkPolicy forbids: a chain that it never leaves without rules is empty, or all policies and pods were captured and allow it.
 * Undefined: by what is known it is policy.
 */
export function enforcerGapOf(
  model: ClusterModel,
  because: Because,
  asked: Asked | undefined,
): EnforcerGap | undefined {
  if (because.direction !== 'request' || because.hook === undefined) return undefined;
  if (!isOfEnforcer(because) && enforcerAbove(model, because) === undefined) return undefined;
  const gone = emptied(model, because);
  if (gone) return gone;
  const [at] = because.evidence;
  const allowed = at === undefined || !asked ? undefined : allowedByPolicies(model, asked);
  if (at === undefined || !asked || !allowed) return undefined;
  const { by, from, to } = allowed;
  if ([by?.at ?? to.at, from.at, to.at].some((line) => model.notComparable(at, line) !== undefined)) return undefined;
  const objects = by ? [by.at] : [to.at];
  const says = by
    ? `NetworkPolicy ${by.namespace}/${by.name} allows it`
    : `no NetworkPolicy selects ${to.namespace}/${to.name}`;
  const member = memberGap(model, because, asked);
  return member
    ? { says: `${member.says}, and ${says}`, at: [...member.at, ...objects] }
    : { says: `${says}, and the enforcer has no rule for it`, at: [at, ...objects] };
}
