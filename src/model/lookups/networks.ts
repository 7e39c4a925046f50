import type {
  ClusterCidrFact,
  FlannelConfigFact,
  IpPoolFact,
  IptablesTableFact,
  NftChainFact,
  SubnetEnvFact,
} from '../../facts/index.js';
import { type At, formatPrefix, type NftStatement, parsePrefix } from '../../kit/index.js';
import { eachRule } from './iptables.js';
import { eachNftRule } from './nftables.js';

/** A network as one capture names it. */
export interface NamedNetwork {
  readonly prefix: string;
  readonly what: 'pod' | 'service';
  /** How the source is called in a sentence: `flannel's Network`. */
  readonly source: string;
  readonly at: At;
  readonly node?: string;
}

export interface NetworkFacts {
  readonly cluster: {
    readonly 'flannel-config': readonly FlannelConfigFact[];
    readonly 'cluster-cidr': readonly ClusterCidrFact[];
    readonly 'ip-pool': readonly IpPoolFact[];
  };
  readonly hosts: readonly {
    readonly node: string;
    readonly facts: {
      readonly 'subnet-env': readonly SubnetEnvFact[];
      readonly 'iptables-table': readonly IptablesTableFact[];
      readonly 'nft-chain': readonly NftChainFact[];
    };
  }[];
}

const canonical = (text: string): string | undefined => {
  const p = parsePrefix(text);
  return p && formatPrefix(p);
};

/**
 * kube-proxy's idea of the pod network: `-A KUBE-SERVICES ! -s X -d <clusterIP> … -j KUBE-MARK-MASQ` (also per service chain in newer
 * versions).
 */
export function proxyPodNetwork(
  tables: readonly IptablesTableFact[],
): { readonly prefix: string; readonly at: At } | undefined {
  const v4 = tables.filter((t) => t.family === 4);
  const wanted = (text: string, chain: string) => chain.startsWith('KUBE-S') && text.includes('KUBE-MARK-MASQ');
  for (const { spec, at } of eachRule(v4, wanted))
    if (spec.target?.name === 'KUBE-MARK-MASQ' && spec.source?.negated === true) {
      const prefix = canonical(spec.source.prefix);
      if (prefix !== undefined) return { prefix, at };
    }
  return undefined;
}

/** The prefix of `ip saddr != PREFIX`. */
const notFrom = (s: NftStatement): string | undefined =>
  s.kind === 'match' && s.op === '!=' && s.left.kind === 'key' && s.left.name === 'ip saddr' && s.right.kind === 'value'
    ? s.right.text
    : undefined;

/** Sends on to masquerading, by a chain or by the mark itself (kube-proxy 1.33 and later). */
const marks = (s: NftStatement): boolean =>
  (s.kind === 'jump' && /^(?:mark-for-masquerade|KUBE-MARK-MASQ)$/.test(s.chain)) ||
  (s.kind === 'set-key' && s.key.kind === 'key' && s.key.name === 'meta mark');

/**
 * The same of `nft list ruleset`: kube-proxy's own table (pkg/proxy/nftables/proxier.go), or the chains that it made by iptables-nft.
 */
export function nftProxyPodNetwork(
  chains: readonly NftChainFact[],
): { readonly prefix: string; readonly at: At } | undefined {
  const own = chains.filter((c) => c.family === 'ip' && (c.table === 'kube-proxy' || c.chain.startsWith('KUBE-S')));
  for (const { rule, at } of eachNftRule(own, (text) => text.includes('ip saddr != '))) {
    const prefix = canonical(rule.statements.map(notFrom).find((p) => p !== undefined) ?? '');
    if (prefix !== undefined && rule.statements.some(marks)) return { prefix, at };
  }
  return undefined;
}

/** Everything that names the pod or the service network, with its provenance; disagreement is a finding of its own. */
export function namedNetworks(view: NetworkFacts): readonly NamedNetwork[] {
  const out: NamedNetwork[] = [];
  const add = (text: string | undefined, what: NamedNetwork['what'], source: string, at: At, node?: string) => {
    const prefix = text === undefined ? undefined : canonical(text);
    if (prefix !== undefined) out.push({ prefix, what, source, at, ...(node !== undefined && { node }) });
  };
  for (const c of view.cluster['flannel-config']) add(c.network, 'pod', "flannel's Network", c.at);
  for (const c of view.cluster['cluster-cidr']) for (const cidr of c.cidrs) add(cidr, c.what, c.source, c.at);
  for (const p of view.cluster['ip-pool']) if (p.disabled !== true) add(p.cidr, 'pod', `Calico pool ${p.name}`, p.at);
  for (const host of view.hosts) {
    for (const e of host.facts['subnet-env'])
      for (const n of e.networks) add(n, 'pod', 'FLANNEL_NETWORK', e.at, host.node);
    const proxy = proxyPodNetwork(host.facts['iptables-table']) ?? nftProxyPodNetwork(host.facts['nft-chain']);
    if (proxy) add(proxy.prefix, 'pod', "kube-proxy's cluster CIDR", proxy.at, host.node);
  }
  return out;
}

/** The pod networks by all that names them, each once. */
export const podNetworks = (view: NetworkFacts): readonly string[] => [
  ...new Set(namedNetworks(view).flatMap((n) => (n.what === 'pod' ? [n.prefix] : []))),
];
