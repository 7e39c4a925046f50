import type { ClusterCidrFact, FlannelConfigFact, IpPoolFact, IptablesRuleFact, SubnetEnvFact } from '../../facts/index.js';
import { type At, formatPrefix, parsePrefix } from '../../kit/index.js';

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
    readonly facts: { readonly 'subnet-env': readonly SubnetEnvFact[]; readonly 'iptables-rule': readonly IptablesRuleFact[] };
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
export function proxyPodNetwork(rules: readonly IptablesRuleFact[]): { readonly prefix: string; readonly at: At } | undefined {
  for (const r of rules)
    if (r.chain.startsWith('KUBE-S') && r.spec.target?.name === 'KUBE-MARK-MASQ' && r.spec.source?.negated === true && r.family === 4) {
      const prefix = canonical(r.spec.source.prefix);
      if (prefix !== undefined) return { prefix, at: r.at };
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
    for (const e of host.facts['subnet-env']) for (const n of e.networks) add(n, 'pod', 'FLANNEL_NETWORK', e.at, host.node);
    const proxy = proxyPodNetwork(host.facts['iptables-rule']);
    if (proxy) add(proxy.prefix, 'pod', "kube-proxy's cluster CIDR", proxy.at, host.node);
  }
  return out;
}
