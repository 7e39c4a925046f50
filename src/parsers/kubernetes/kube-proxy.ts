import type { KubeProxyConfigFact } from '../../facts/index.js';
import { canonicalPrefix, type Draft } from '../../kit/index.js';
import { flagAt, type Located, numberAt, textAt, textsAt } from '../text/located.js';

/** A KubeProxyConfiguration; empty values (`mode: ""`) are defaults and stay away. */
export function kubeProxyConfig(value: Located): Draft<KubeProxyConfigFact> {
  const text = (...path: string[]): string | undefined => {
    const found = textAt(value, ...path);
    return found === '' ? undefined : found;
  };
  const numbers = {
    masqueradeBit: numberAt(value, 'iptables', 'masqueradeBit'),
    conntrackMaxPerCore: numberAt(value, 'conntrack', 'maxPerCore'),
    conntrackMin: numberAt(value, 'conntrack', 'min'),
  };
  const flags = {
    masqueradeAll: flagAt(value, 'iptables', 'masqueradeAll') ?? flagAt(value, 'nftables', 'masqueradeAll'),
    ipvsStrictArp: flagAt(value, 'ipvs', 'strictARP'),
    conntrackTcpBeLiberal: flagAt(value, 'conntrack', 'tcpBeLiberal'),
  };
  const texts = {
    mode: text('mode'),
    detectLocalMode: text('detectLocalMode'),
    bindAddress: text('bindAddress'),
    hostnameOverride: text('hostnameOverride'),
    ipvsScheduler: text('ipvs', 'scheduler'),
  };
  const excluded = textsAt(value, 'ipvs', 'excludeCIDRs');
  return {
    kind: 'kube-proxy-config',
    clusterCidrs: (text('clusterCIDR') ?? '').split(',').flatMap((cidr) => canonicalPrefix(cidr.trim()) ?? []),
    nodePortAddresses: textsAt(value, 'nodePortAddresses'),
    ...(excluded.length > 0 && { ipvsExcludeCidrs: excluded }),
    ...Object.fromEntries(
      Object.entries({ ...texts, ...numbers, ...flags }).filter(([, setting]) => setting !== undefined),
    ),
  };
}
