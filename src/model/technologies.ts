import type { AnyFact } from '../facts/index.js';
import type { At, PlacedCapture } from '../kit/index.js';
import { isFlannelVxlan } from './lookups/devices.js';
import { chainAt } from './lookups/iptables.js';
import type { Technology } from './types.js';

/** Which technology does one fact show? Names that only that technology makes. */
function shownBy(fact: AnyFact): Technology | undefined {
  switch (fact.kind) {
    case 'link':
      if (isFlannelVxlan(fact.name) || /^flannel[.-]/.test(fact.name)) return 'flannel';
      if (fact.name === 'cni0' || fact.name === 'cbr0' || fact.name === 'kube-ipvs0') return 'kubernetes';
      return /^(cali[0-9a-f]{11}|vxlan\.calico)$/.test(fact.name) ? 'calico' : undefined;
    case 'netconf':
    case 'neigh':
    case 'fdb':
      if (isFlannelVxlan(fact.dev)) return 'flannel';
      return /^(cali[0-9a-f]{11}|vxlan\.calico)$/.test(fact.dev) ? 'calico' : undefined;
    case 'route':
      if (fact.nexthops.some((n) => n.dev !== undefined && isFlannelVxlan(n.dev))) return 'flannel';
      if (fact.nexthops.some((n) => n.dev !== undefined && /^cali[0-9a-f]{11}$/.test(n.dev))) return 'calico';
      return fact.proto === 'bird' ? 'bird' : undefined;
    case 'flannel-config':
    case 'flannel-lease':
    case 'flannel-log':
    case 'flannel-subnet-key':
    case 'flannel-announcement':
    case 'subnet-env':
      return 'flannel';
    case 'bgp-peer':
    case 'calico-status':
    case 'ip-pool':
    case 'bgp-config':
    case 'calico-node':
    case 'block-affinity':
    case 'ipam-block':
    case 'ipam-usage':
    case 'workload-endpoint':
      return 'calico';
    case 'bird-protocol':
    case 'bird-route':
      return 'bird';
    case 'cni-config':
      if (fact.plugins.some((plugin) => plugin.type === 'flannel')) return 'flannel';
      return fact.plugins.some((plugin) => plugin.type === 'calico') ? 'calico' : 'kubernetes';
    case 'kube-proxy-config':
      return 'kube-proxy';
    case 'nft-table':
      if (/^flannel-ipv[46]$/.test(fact.table)) return 'flannel';
      return fact.table === 'kube-proxy' || fact.table === 'calico' ? fact.table : undefined;
    // Tables that iptables-nft made.
    case 'nft-chain':
      return ownerOf(fact.chain);
    case 'pod':
    case 'workload':
      if (/^(kube-flannel|canal)/.test(fact.name)) return 'flannel';
      return /^calico-node/.test(fact.name) ? 'calico' : 'kubernetes';
    case 'node':
      return Object.keys(fact.annotations).some((key) => key.startsWith('projectcalico.org/'))
        ? 'calico'
        : 'kubernetes';
    case 'component-log':
      return fact.component === 'calico' || fact.component === 'felix'
        ? 'calico'
        : fact.component === 'bird'
          ? 'bird'
          : undefined;
    default:
      return undefined;
  }
}

/** Which technology made the chain? */
function ownerOf(chain: string): Technology | undefined {
  if (chain.startsWith('KUBE-S')) return 'kube-proxy';
  if (chain.startsWith('FLANNEL-')) return 'flannel';
  return chain.startsWith('cali-') ? 'calico' : undefined;
}

/** First line that shows each technology; bird runs Calico's BGP, so it counts for both. */
export function findTechnologies(captures: readonly PlacedCapture[]): ReadonlyMap<Technology, At> {
  const found = new Map<Technology, At>();
  const add = (technology: Technology | undefined, at: () => At): void => {
    if (technology !== undefined && !found.has(technology)) found.set(technology, at());
  };
  for (const capture of captures)
    for (const raw of capture.facts) {
      const fact = raw as AnyFact;
      if (fact.kind !== 'iptables-table') add(shownBy(fact), () => fact.at);
      else for (const [i, name] of fact.chains.name.entries()) add(ownerOf(name), () => chainAt(fact, i));
    }
  const [any] = found.values();
  if (any !== undefined && !found.has('kubernetes')) found.set('kubernetes', any);
  const bird = found.get('bird');
  if (bird !== undefined && !found.has('calico')) found.set('calico', bird);
  return found;
}
