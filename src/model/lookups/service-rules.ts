import type { IptablesTableFact, NftChainFact } from '../../facts/index.js';

/** Chains and tables of whoever serves services or pods: kube-proxy, kube-router, Cilium, Calico, kindnet. */
const OF_CLUSTER = /^(?:KUBE-|CILIUM_|cali-|kube-proxy|kindnet)/;

/** Is the chain one that something of the cluster made? */
export const isOfCluster = ({ chain, table }: Pick<NftChainFact, 'chain' | 'table'>): boolean =>
  OF_CLUSTER.test(chain) || OF_CLUSTER.test(table);

/**
 * Tables of iptables, NAT among them, of which none serves a service. kubelet writes chains of its own whatever kube-proxy's mode is; in the nftables
 * mode nothing is in iptables but those.
 */
export const hidesService = (tables: readonly IptablesTableFact[]): boolean =>
  tables.some((t) => t.table === 'nat') &&
  !tables.some((t) => t.chains.name.some((name) => /^(?:KUBE-SERVICES$|CILIUM_)/.test(name)));
