import type { IptablesTableFact, NftChainFact } from '../../facts/index.js';
import { chainsOf, unreadRulesOf } from './iptables.js';
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

/**
 * pkg/proxy/iptables/proxier.go: KUBE-MARK-MASQ sets a bit (0x4000 unless --iptables-masquerade-bit says otherwise), KUBE-POSTROUTING masquerades what
 * has it; older ones match the bit, newer ones return without it and take it away first.
 */
function gapIn(facts: ProxyFacts, nat: IptablesTableFact): ProxyGap | undefined {
  const marks = unreadRulesOf(nat, 'KUBE-MARK-MASQ');
  const bit = marks
    .map((r) => /-j MARK --(?:set-xmark|or-mark|set-mark) (0x[0-9a-f]+)/i.exec(r.text)?.[1])
    .find((b) => b !== undefined);
  if (bit === undefined)
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
  const before = rules.slice(0, jump).find((r) => /^-j (?:ACCEPT|RETURN)$/.test(r.text.trim()));
  if (before)
    return gap(
      'nat POSTROUTING',
      `"-A POSTROUTING ${before.text.trim()}" decides before KUBE-POSTROUTING is asked`,
      before.at,
    );
  const below = unreadRulesOf(nat, 'KUBE-POSTROUTING');
  if (!below.some((r) => /-j MASQUERADE\b/.test(r.text)))
    return lacking('KUBE-POSTROUTING', 'KUBE-POSTROUTING masquerades nothing', headOf(nat, 'KUBE-POSTROUTING'));
  const asked = below
    .map((r) => ({ r, bit: /--mark (0x[0-9a-f]+)/i.exec(r.text)?.[1] }))
    .find((x) => x.bit !== undefined);
  if (asked?.bit !== undefined && Number(asked.bit) !== Number(bit))
    return gap(
      'KUBE-POSTROUTING',
      `KUBE-MARK-MASQ sets ${bit}, and KUBE-POSTROUTING asks for ${asked.bit}`,
      asked.r.at,
    );
  const changes = [...facts['iptables-table']]
    .filter((t) => t.family === 4 && (t.table === 'mangle' || t.table === 'nat'))
    .flatMap((t) => unreadRulesOf(t, 'POSTROUTING').slice(0, t === nat ? jump : undefined))
    .find((r) => /^-j MARK --set-x?mark 0x/.test(r.text.trim()));
  return (
    changes &&
    gap(
      'POSTROUTING',
      `"-A POSTROUTING ${changes.text.trim()}" changes the mark before KUBE-POSTROUTING asks for it`,
      changes.at,
    )
  );
}

/** Of two backends with rules of kube-proxy one holds those of an earlier one: where either masquerades, the node does. */
function gapOfIptables(facts: ProxyFacts): ProxyGap | undefined {
  const gaps = facts['iptables-table']
    // A flushed table is kube-proxy/not-programmed.
    .filter((t) => t.family === 4 && t.table === 'nat' && t.chains.name.includes('KUBE-SERVICES') && isAsked(t))
    .map((nat) => gapIn(facts, nat));
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
  const first = masquerades.rules.text.length > 0 ? nftRuleAt(masquerades, 0) : masquerades.at;
  return masquerades.rules.text.some((t) => /^masquerade\b/.test(t))
    ? undefined
    : lacking('masquerading', 'masquerading masquerades nothing', first);
}

/** Why is what kube-proxy marks not masqueraded? Undefined: by its rules it is; IPVS asks ipsets beside them, which are not looked at. */
export function masqueradeGapOf(facts: ProxyFacts): ProxyGap | undefined {
  switch (proxyModeOf(facts)) {
    case 'nftables':
      return gapOfNft(facts);
    case 'iptables':
      return gapOfIptables(facts);
    default:
      return undefined;
  }
}
