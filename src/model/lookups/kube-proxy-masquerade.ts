import type { IptablesTableFact, NftChainFact } from '../../facts/index.js';
import { contains, parseAddress, parsePrefix } from '../../kit/index.js';
import { chainsOf, type UnreadRule, unreadRulesOf } from './iptables.js';
import { isAsked, type ProxyFacts, type ProxyGap, proxyModeOf } from './kube-proxy.js';
import { nftRuleAt } from './nftables.js';

const gap = (subject: string, says: string, at: ProxyGap['at']): ProxyGap => ({
  subject,
  says,
  ...(at !== undefined && { at }),
});

const lacking = (subject: string, says: string, at: ProxyGap['at']): ProxyGap => ({
  ...gap(subject, says, at),
  lacks: true,
});

const headOf = (table: IptablesTableFact, chain: string): ProxyGap['at'] =>
  chainsOf(table).find((c) => c.name === chain)?.at;

/** A packet that kept its source: a rule that looks at addresses alone may have decided for it. */
export interface KeptSource {
  readonly src: string;
  readonly dst: string;
}

/** A rule without its remark: what it looks at, and what it does. */
function partsOf(text: string): { readonly match: string; readonly target: string; readonly rest: string } {
  const plain = text.replace(/ ?-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '').trim();
  const [, match = plain, target = '', rest = ''] = /^(.*?) ?-[jg] (\S+)(.*)$/.exec(plain) ?? [];
  return { match: match.trim(), target, rest: rest.trim() };
}

/** Does it look at nothing, or at addresses alone, which these packets have? */
function isMet(match: string, kept: readonly KeptSource[]): boolean {
  if (match === '') return true;
  const [, src, dst] = /^(?:-s (\S+))? ?(?:-d (\S+))?$/.exec(match) ?? [];
  if (src === undefined && dst === undefined) return false;
  const holds = (text: string | undefined, address: string): boolean => {
    if (text === undefined) return true;
    const [prefix, ip] = [parsePrefix(text), parseAddress(address)];
    return prefix !== undefined && ip !== undefined && prefix.family === ip.family && contains(prefix, ip);
  };
  return kept.some((k) => holds(src, k.src) && holds(dst, k.dst));
}

const quoted = (chain: string, rule: UnreadRule): string => `"-A ${chain} ${rule.text.trim()}"`;

/** The rule that decides before one of these is over, in it or in a chain that it asks. */
function decidesFirst(
  nat: IptablesTableFact,
  chain: string,
  rules: readonly UnreadRule[],
  kept: readonly KeptSource[],
  depth = 0,
): { readonly chain: string; readonly rule: UnreadRule } | undefined {
  for (const rule of rules) {
    const { match, target } = partsOf(rule.text);
    if (!isMet(match, kept)) continue;
    if (target === 'ACCEPT' || (target === 'RETURN' && depth === 0)) return { chain, rule };
    if (target === 'RETURN') return undefined;
    if (depth > 8 || !nat.chains.name.includes(target)) continue;
    const below = decidesFirst(nat, target, unreadRulesOf(nat, target), kept, depth + 1);
    if (below) return below;
  }
  return undefined;
}

/** The rule that ends nat POSTROUTING for every packet before its last rule, with the chain that it stands in. */
export const endOfPostrouting = (nat: IptablesTableFact) =>
  decidesFirst(nat, 'POSTROUTING', unreadRulesOf(nat, 'POSTROUTING'), []);

/** What MARK makes of a mark (net/netfilter/xt_mark.c). */
function marked(mark: number, rest: string): number {
  const [, how, value = '0', mask] =
    /--(set-xmark|set-mark|or-mark|and-mark|xor-mark) (\w+)(?:\/(\w+))?/.exec(rest) ?? [];
  const v = Number(value);
  const kept = mask === undefined ? 0 : ~Number(mask);
  switch (how) {
    case 'set-xmark':
      return ((mark & kept) ^ v) >>> 0;
    case 'set-mark':
      return ((mark & kept) | v) >>> 0;
    case 'or-mark':
      return (mark | v) >>> 0;
    case 'and-mark':
      return (mark & v) >>> 0;
    case 'xor-mark':
      return (mark ^ v) >>> 0;
    default:
      return mark;
  }
}

/** The mark that KUBE-MARK-MASQ gives, or the rule that leaves it before. */
function markGiven(nat: IptablesTableFact): number | UnreadRule {
  let mark = 0;
  for (const rule of unreadRulesOf(nat, 'KUBE-MARK-MASQ')) {
    const { match, target, rest } = partsOf(rule.text);
    if (match !== '') continue;
    if (target === 'RETURN' || target === 'ACCEPT') return mark === 0 ? rule : mark;
    if (target === 'MARK') mark = marked(mark, rest);
  }
  return mark;
}

/** What KUBE-POSTROUTING does with a packet that has the mark, rule by rule. */
function gapOfPostrouting(nat: IptablesTableFact, given: number, kept: readonly KeptSource[]): ProxyGap | undefined {
  const chain = 'KUBE-POSTROUTING';
  let mark = given;
  let asked: { readonly rule: UnreadRule; readonly bit: string } | undefined;
  const other = (a: { readonly rule: UnreadRule; readonly bit: string }): ProxyGap =>
    gap(chain, `KUBE-MARK-MASQ sets 0x${given.toString(16)}, and ${chain} asks for ${a.bit}`, a.rule.at);
  for (const rule of unreadRulesOf(nat, chain)) {
    const { match, target, rest } = partsOf(rule.text);
    const [, not, value, mask] = /^-m mark (! )?--mark (\w+)(?:\/(\w+))?$/.exec(match) ?? [];
    const has = value === undefined || (mark & Number(mask ?? '0xffffffff')) >>> 0 === Number(value);
    const isMasquerade = target === 'MASQUERADE' || target === 'SNAT';
    if (value !== undefined && has === (not !== undefined)) {
      if (isMasquerade) asked ??= { rule, bit: value };
      continue;
    }
    if (isMasquerade) return undefined;
    if (value === undefined && !isMet(match, kept)) continue;
    if (target === 'MARK') mark = marked(mark, rest);
    if (target !== 'RETURN' && target !== 'ACCEPT') continue;
    return value === undefined
      ? gap(chain, `${quoted(chain, rule)} leaves it before it masquerades`, rule.at)
      : other({ rule, bit: value });
  }
  if (asked) return other(asked);
  return lacking(chain, `${chain} masquerades nothing`, headOf(nat, chain));
}

/**
 * pkg/proxy/iptables/proxier.go: KUBE-MARK-MASQ sets a bit (0x4000 unless --iptables-masquerade-bit says otherwise), KUBE-POSTROUTING masquerades what
 * has it; older ones match the bit, newer ones return without it and take it away first.
 */
function gapIn(facts: ProxyFacts, nat: IptablesTableFact, kept: readonly KeptSource[]): ProxyGap | undefined {
  const mark = markGiven(nat);
  if (typeof mark !== 'number')
    return gap('KUBE-MARK-MASQ', `${quoted('KUBE-MARK-MASQ', mark)} leaves it before it marks`, mark.at);
  if (mark === 0)
    return lacking(
      'KUBE-MARK-MASQ',
      'KUBE-MARK-MASQ marks nothing',
      headOf(nat, 'KUBE-MARK-MASQ') ?? headOf(nat, 'KUBE-SERVICES'),
    );
  const rules = unreadRulesOf(nat, 'POSTROUTING');
  const jump = rules.findIndex((r) => /-j KUBE-POSTROUTING\b/.test(r.text));
  if (jump < 0)
    return lacking(
      'nat POSTROUTING',
      'nothing in nat POSTROUTING jumps to KUBE-POSTROUTING',
      headOf(nat, 'POSTROUTING'),
    );
  const before = decidesFirst(nat, 'POSTROUTING', rules.slice(0, jump), kept);
  if (before)
    return gap(
      'nat POSTROUTING',
      `${quoted(before.chain, before.rule)} decides before KUBE-POSTROUTING is asked`,
      before.rule.at,
    );
  const below = gapOfPostrouting(nat, mark, kept);
  if (below) return below;
  const changes = [...facts['iptables-table']]
    .filter((t) => t.family === 4 && (t.table === 'mangle' || t.table === 'nat'))
    .flatMap((t) => unreadRulesOf(t, 'POSTROUTING').slice(0, t === nat ? jump : undefined))
    .find((r) => /^-j MARK --set-x?mark 0x/.test(r.text.trim()) && (marked(mark, r.text) & mark) !== mark);
  return (
    changes &&
    gap(
      'POSTROUTING',
      `${quoted('POSTROUTING', changes)} changes the mark before KUBE-POSTROUTING asks for it`,
      changes.at,
    )
  );
}

/** Of two backends with rules of kube-proxy one holds those of an earlier one: where either masquerades, the node does. */
function gapOfIptables(facts: ProxyFacts, kept: readonly KeptSource[]): ProxyGap | undefined {
  const gaps = facts['iptables-table']
    // A flushed table is kube-proxy/not-programmed.
    .filter((t) => t.family === 4 && t.table === 'nat' && t.chains.name.includes('KUBE-SERVICES') && isAsked(t))
    .map((nat) => gapIn(facts, nat, kept));
  return gaps.every((g) => g !== undefined) ? gaps[0] : undefined;
}

/** pkg/proxy/nftables/proxier.go: mark-for-masquerade, and nat-postrouting → masquerading. */
function gapOfNft(facts: ProxyFacts): ProxyGap | undefined {
  const chains = facts['nft-chain'].filter((c) => c.table === 'kube-proxy' && c.family === 'ip');
  const named = (name: string): NftChainFact | undefined => chains.find((c) => c.chain === name);
  const base = chains.find((c) => c.base?.type === 'nat' && c.base.hook === 'postrouting');
  const marks = named('mark-for-masquerade');
  const masquerades = named('masquerading');
  if (marks?.rules && !marks.rules.text.some((t) => /^meta mark set\b/.test(t)))
    return lacking('mark-for-masquerade', 'mark-for-masquerade marks nothing', marks.at);
  if (!base?.rules?.text.some((t) => /^jump masquerading\b/.test(t)))
    return lacking('nat-postrouting', 'nothing at nat postrouting jumps to masquerading', base?.at ?? chains[0]?.at);
  if (!masquerades?.rules) return undefined;
  const leaves = [
    { chain: base, until: /^jump masquerading\b/ },
    { chain: masquerades, until: /^masquerade\b/ },
  ].flatMap(({ chain, until }) => {
    const text = chain.rules?.text ?? [];
    const i = text.findIndex((t) => /^(?:return|accept)$/.test(t) || until.test(t));
    return i >= 0 && !until.test(text[i] ?? '') ? [{ chain, i, text: text[i] ?? '' }] : [];
  })[0];
  if (leaves)
    return gap(
      leaves.chain.chain,
      `"${leaves.text}" in ${leaves.chain.chain} decides before anything is masqueraded`,
      nftRuleAt(leaves.chain, leaves.i),
    );
  const first = masquerades.rules.text.length > 0 ? nftRuleAt(masquerades, 0) : masquerades.at;
  return masquerades.rules.text.some((t) => /^masquerade\b/.test(t))
    ? undefined
    : lacking('masquerading', 'masquerading masquerades nothing', first);
}

/**
 * Why is what kube-proxy marks not masqueraded? Undefined: by its rules it is; IPVS asks ipsets beside them, which are not looked at. `kept`: packets that
 * the walk shows with the source that they had.
 */
export function masqueradeGapOf(facts: ProxyFacts, kept: readonly KeptSource[] = []): ProxyGap | undefined {
  switch (proxyModeOf(facts)) {
    case 'nftables':
      return gapOfNft(facts);
    case 'iptables':
      return gapOfIptables(facts, kept);
    default:
      return undefined;
  }
}
