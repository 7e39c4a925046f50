import type { Fact } from '../kit/index.js';

/**
 * One counter of the network stack since it exists (of the host: since boot). Zeros are facts too, so that "did not happen" differs from
 * "this kernel or tool does not count it". Three hundred a node at most.
 */
export interface NetworkCounterFact extends Fact {
  readonly kind: 'network-counter';
  /**
   * As nstat prints it: group and name in one, `IpInDiscards`, `TcpExtListenOverflows`, `Ip6OutNoRoutes`; `XfrmInError` of
   * /proc/net/xfrm_stat. Of /proc/net/stat, summed over the CPUs: `arp_cache.table_fulls`, and in the words of `conntrack -S`
   * `nf_conntrack.insert_failed`, `nf_conntrack.clash_resolve`, `nf_conntrack.error`. Of IPVS `ipvs.Conns`, `ipvs.InPkts` ….
   */
  readonly name: string;
  /** Beyond 2^53 (octets) rounded. */
  readonly value: number;
  /** An increment since some earlier run of nstat, and not the count itself. */
  readonly increment?: true;
}

/** One CPU's row of `/proc/net/softnet_stat`. */
export interface SoftnetFact extends Fact {
  readonly kind: 'softnet';
  readonly cpu: number;
  readonly processed: number;
  /** Packets that found the backlog queue full (net.core.netdev_max_backlog). */
  readonly dropped: number;
  /** Times that net.core.netdev_budget ran out with packets left. */
  readonly timeSqueeze: number;
}
