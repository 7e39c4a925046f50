import type { IptablesTableFact, IpvsServiceFact, NftChainFact, NftSetFact } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';
import { chainsOf, type UnreadRule, unreadRulesOf } from './iptables.js';
import { nftRuleAt } from './nftables.js';

export interface ProxyFacts {
  readonly 'iptables-table': readonly IptablesTableFact[];
  readonly 'nft-chain': readonly NftChainFact[];
  readonly 'nft-set': readonly NftSetFact[];
  readonly 'ipvs-service': readonly IpvsServiceFact[];
}

/** What a node's kube-proxy is asked for: a port of a service, by its own address or by a NodePort. */
export interface Served {
  readonly name: string;
  readonly ip: string;
  readonly proto: string;
  readonly port: number;
  readonly nodePort?: true;
}

/** Why its rules do not give a packet the address of an endpoint. */
export interface ProxyGap {
  /** The piece that lacks, as a subject: `nat PREROUTING`, `default/web:80`. */
  readonly subject: string;
  readonly says: string;
  /** The line that shows it; absent where there is nothing at all. */
  readonly at?: At;
  /** No rule that is there is wrong, one is not there: of a dump that breaks off nobody knows. */
  readonly lacks?: true;
}

type Hook = 'prerouting' | 'output';

const natTables = (facts: ProxyFacts): readonly IptablesTableFact[] =>
  facts['iptables-table'].filter((t) => t.family === 4 && t.table === 'nat');

const ofProxy = (facts: ProxyFacts): readonly NftChainFact[] =>
  facts['nft-chain'].filter((c) => c.table === 'kube-proxy' && c.family === 'ip');

/** In which mode does kube-proxy run here, by what it left? */
export function proxyModeOf(facts: ProxyFacts): 'nftables' | 'ipvs' | 'iptables' | undefined {
  if (ofProxy(facts).length > 0) return 'nftables';
  if (facts['ipvs-service'].length > 0) return 'ipvs';
  return natTables(facts).some((t) => t.chains.name.includes('KUBE-SERVICES')) ? 'iptables' : undefined;
}

const chainAtOf = (table: IptablesTableFact, name: string): At | undefined =>
  chainsOf(table).find((c) => c.name === name)?.at;

/** Does anything jump to kube-proxy's rules? Where nothing does, the table was flushed. */
export const isAsked = (table: IptablesTableFact): boolean =>
  ['PREROUTING', 'OUTPUT'].some((c) => unreadRulesOf(table, c).some((r) => /-j KUBE-SERVICES\b/.test(r.text)));

/** pkg/proxy/iptables/proxier.go: PREROUTING and OUTPUT → KUBE-SERVICES → KUBE-SVC-… → KUBE-SEP-…; refusals stand in `filter`. */
function gapOfIptables(facts: ProxyFacts, hook: Hook, s: Served): ProxyGap | undefined {
  const table = natTables(facts).find((t) => t.chains.name.includes('KUBE-SERVICES'));
  if (!table) return undefined;
  const base = hook.toUpperCase();
  const rules = unreadRulesOf(table, base);
  const jump = rules.findIndex((r) => /-j KUBE-SERVICES\b/.test(r.text));
  if (jump < 0) {
    const at = chainAtOf(table, base);
    const gone = !isAsked(table);
    return {
      subject: gone ? 'KUBE-SERVICES' : `nat ${base}`,
      says: `nothing in nat ${gone ? 'PREROUTING or OUTPUT' : base} jumps to KUBE-SERVICES`,
      ...(at !== undefined && { at }),
    };
  }
  const before = rules.slice(0, jump).find((r) => /^-j (?:ACCEPT|RETURN)$/.test(r.text.trim()));
  if (before)
    return {
      subject: `nat ${base}`,
      says: `"-A ${base} ${before.text.trim()}" decides before KUBE-SERVICES is asked`,
      at: before.at,
    };
  const wanted = s.nodePort
    ? new RegExp(`--dport ${s.port}\\b`)
    : new RegExp(`-d ${s.ip.replaceAll('.', '\\.')}/32 .*--dport ${s.port}\\b`);
  const ofProto = (text: string): boolean => wanted.test(text) && new RegExp(`-p ${s.proto}\\b`).test(text);
  const chain = s.nodePort ? 'KUBE-NODEPORTS' : 'KUBE-SERVICES';
  const refusals = facts['iptables-table']
    .filter((t) => t.family === 4 && t.table === 'filter')
    .flatMap((t) =>
      ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-NODEPORTS'].flatMap((name) => unreadRulesOf(t, name)),
    )
    .filter((r) => ofProto(r.text));
  const refusal = refusals.find((r) => /has no endpoints/.test(r.text));
  if (refusal)
    return { subject: s.name, says: `kube-proxy refuses ${s.name} as one without endpoints`, at: refusal.at };
  // It has endpoints on other nodes alone, and its traffic policy is Local: kube-proxy wrote all that it has to say of it here.
  if (refusals.some((r) => /has no local endpoints/.test(r.text))) return undefined;
  const entry = unreadRulesOf(table, chain).find((r) => ofProto(r.text));
  if (!entry) {
    const at = chainAtOf(table, chain);
    return { subject: s.name, says: `${chain} has no rule for ${s.name}`, ...(at !== undefined && { at }) };
  }
  const jumps = s.nodePort
    ? unreadRulesOf(table, 'KUBE-SERVICES').some((r) => /-j KUBE-NODEPORTS\b/.test(r.text))
    : true;
  if (!jumps) {
    const at = chainAtOf(table, 'KUBE-SERVICES');
    const says = 'nothing in KUBE-SERVICES jumps to KUBE-NODEPORTS';
    return { subject: 'KUBE-NODEPORTS', says, ...(at !== undefined && { at }) };
  }
  return deadEndBelow(table, new Set(), entry);
}

/** The first chain below a rule in which a packet may come to its end untranslated. */
function deadEndBelow(table: IptablesTableFact, seen: Set<string>, from: UnreadRule): ProxyGap | undefined {
  const name = /-j (KUBE-(?:SVC|SVL|EXT|XLB|FW|SEP)-\S+)/.exec(from.text)?.[1];
  if (name === undefined || seen.has(name)) return undefined;
  seen.add(name);
  const rules = unreadRulesOf(table, name);
  if (rules.length === 0) return { subject: name, says: `${name} is empty`, at: from.at };
  if (name.startsWith('KUBE-SEP-'))
    return rules.some((r) => /-j DNAT\b/.test(r.text))
      ? undefined
      : { subject: name, says: `${name} gives nothing the address of its endpoint`, at: rules[0]?.at ?? from.at };
  const onward = rules.filter((r) => /-j KUBE-(?:SVC|SVL|SEP|FW|XLB)-/.test(r.text));
  if (onward.length === 0) return { subject: name, says: `${name} leads to no endpoint`, at: rules[0]?.at ?? from.at };
  for (const rule of onward) {
    const below = deadEndBelow(table, seen, rule);
    if (below) return below;
  }
  // What none of its conditions holds for falls through: clients from outside, where the rule without a source is not there.
  const last = rules.at(-1);
  const isOpen = last !== undefined && /^(?:KUBE-EXT|KUBE-XLB)-/.test(name) && / -s |^-s |--src-type/.test(last.text);
  return isOpen
    ? { subject: name, says: `${name} ends without a rule for whoever asks from outside`, at: last.at }
    : undefined;
}

/** Elements of a map: `10.96.0.80 . tcp . 80 : goto service-…`. */
const elementOf = (
  set: NftSetFact | undefined,
  key: string,
): { readonly text: string; readonly at: At } | undefined => {
  const i = set?.elements?.text.findIndex((t) => t === key || t.startsWith(`${key} :`)) ?? -1;
  const line = set?.elements?.line[i];
  const text = set?.elements?.text[i];
  return set && line !== undefined && text !== undefined ? { text, at: at(fileOf(set.at), line) } : undefined;
};

/** pkg/proxy/nftables/proxier.go: nat-prerouting and nat-output → services → map service-ips → service-… → endpoint-…. */
function gapOfNft(facts: ProxyFacts, hook: Hook, s: Served): ProxyGap | undefined {
  const chains = ofProxy(facts);
  const base = chains.find((c) => c.base?.type === 'nat' && c.base.hook === hook);
  if (!base?.rules?.text.some((t) => /^jump services\b/.test(t)))
    return {
      subject: `nat-${hook}`,
      says: base ? `${base.chain} does not jump to the chain services` : `table kube-proxy has no chain at nat ${hook}`,
      ...(base ? { at: base.at } : chains[0] && { at: chains[0].at }),
    };
  const set = (name: string): NftSetFact | undefined =>
    facts['nft-set'].find((x) => x.table === 'kube-proxy' && x.family === 'ip' && x.set === name);
  const map = set(s.nodePort ? 'service-nodeports' : 'service-ips');
  const key = s.nodePort ? `${s.proto} . ${s.port}` : `${s.ip} . ${s.proto} . ${s.port}`;
  const refused = elementOf(set(s.nodePort ? 'no-endpoint-nodeports' : 'no-endpoint-services'), key);
  if (refused)
    return /goto reject/.test(refused.text)
      ? { subject: s.name, says: `kube-proxy refuses ${s.name} as one without endpoints`, at: refused.at }
      : undefined;
  if (!map?.elements) return undefined;
  const entry = elementOf(map, key);
  if (!entry) return { subject: s.name, says: `the map ${map.set} has no element for ${s.name}`, at: map.at };
  const ips = set('nodeport-ips');
  if (s.nodePort && ips?.elements && !elementOf(ips, s.ip))
    return { subject: 'nodeport-ips', says: `the set nodeport-ips does not hold ${s.ip}`, at: ips.at };
  return emptyBelow(chains, /: goto (\S+)/.exec(entry.text)?.[1]);
}

/** The first chain below that has nothing which translates. */
function emptyBelow(chains: readonly NftChainFact[], name: string | undefined): ProxyGap | undefined {
  const seen = new Set<string>();
  for (const open = [name]; open.length > 0; ) {
    const next = open.pop();
    const chain = chains.find((c) => c.chain === next);
    if (!chain?.rules || seen.has(chain.chain)) continue;
    seen.add(chain.chain);
    const rules = chain.rules.text;
    const below = rules.flatMap((t) =>
      [...t.matchAll(/goto ((?:endpoint|service|external)-[^\s,}]+)/g)].map((m) => m[1]),
    );
    if (below.length === 0 && !rules.some((t) => /\bdnat\b/.test(t)))
      return {
        subject: chain.chain,
        says: `${chain.chain} translates nothing`,
        at: rules.length > 0 ? nftRuleAt(chain, 0) : chain.at,
      };
    open.push(...below);
  }
  return undefined;
}

/** Why does the node not serve it? Undefined: by its rules it does. */
export function proxyGapOf(facts: ProxyFacts, hook: Hook, served: Served): ProxyGap | undefined {
  switch (proxyModeOf(facts)) {
    case 'nftables':
      return gapOfNft(facts, hook, served);
    case 'iptables':
      return gapOfIptables(facts, hook, served);
    case 'ipvs': {
      const known = facts['ipvs-service'].some(
        (v) => v.protocol === served.proto && v.address === served.ip && v.port === served.port,
      );
      return known ? undefined : { subject: served.name, says: `IPVS has no virtual server for ${served.name}` };
    }
    default:
      return { subject: 'services', says: 'there are no rules of kube-proxy' };
  }
}
