import type {
  ClusterCidrFact,
  FlannelConfigFact,
  IpPoolFact,
  IptablesTableFact,
  SubnetEnvFact,
} from '../../facts/index.js';
import { type At, formatPrefix, parsePrefix } from '../../kit/index.js';
import { eachRule } from './iptables.js';

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
    const proxy = proxyPodNetwork(host.facts['iptables-table']);
    if (proxy) add(proxy.prefix, 'pod', "kube-proxy's cluster CIDR", proxy.at, host.node);
  }
  return out;
}
