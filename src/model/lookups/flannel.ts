import type { AddressFact, FlannelLogFact, LinkFact, RouteFact, SubnetEnvFact } from '../../facts/index.js';
import { type At, formatPrefix, type Prefix, parsePrefix } from '../../kit/index.js';
import { isFlannelVxlan } from './devices.js';

/** A capture's word on which pod subnet the node owns. */
export interface OwnSubnet {
  readonly prefix: string;
  readonly source: 'bridge-address' | 'bridge-route' | 'vtep-address' | 'subnet-env' | 'lease-log';
  readonly at: At;
}

const network = (text: string): string | undefined => {
  const prefix = parsePrefix(text);
  return prefix && formatPrefix(prefix);
};

/**
 * Everything on one host that names its own pod subnet. flannel.N's address is `<subnet>.0/32`: its length is unknown, so it is given
 * as /32 and compared by containment (flannel backend/vxlan).
 */
export function ownSubnets(facts: {
  readonly address: readonly AddressFact[];
  readonly route: readonly RouteFact[];
  readonly 'subnet-env': readonly SubnetEnvFact[];
  readonly 'flannel-log': readonly FlannelLogFact[];
}): readonly OwnSubnet[] {
  const out: OwnSubnet[] = [];
  const add = (text: string, source: OwnSubnet['source'], at: At) => {
    const prefix = network(text);
    if (prefix !== undefined) out.push({ prefix, source, at });
  };
  for (const a of facts.address) {
    if (a.family !== 4) continue;
    if (a.dev === 'cni0' || a.dev === 'cbr0') add(`${a.address}/${a.prefixLength}`, 'bridge-address', a.at);
    else if (isFlannelVxlan(a.dev)) add(`${a.address}/32`, 'vtep-address', a.at);
  }
  for (const r of facts.route)
    if (
      r.family === 4 &&
      r.proto === 'kernel' &&
      r.table === 'main' &&
      r.nexthops.some((n) => n.dev === 'cni0' || n.dev === 'cbr0')
    )
      add(r.prefix, 'bridge-route', r.at);
  for (const e of facts['subnet-env']) if (e.subnet !== undefined) add(e.subnet, 'subnet-env', e.at);
  for (const l of facts['flannel-log']) if (l.event.kind === 'lease-acquired') add(l.event.subnet, 'lease-log', l.at);
  return out;
}

/** flannel's VXLAN device of one host: flannel.N for IPv4 pods, flannel-v6.N for IPv6 ones. */
export const flannelDevice = (links: readonly LinkFact[], family: 4 | 6 = 4): LinkFact | undefined =>
  links.find((l) => (family === 4 ? isFlannelVxlan(l.name) : /^flannel-v6\.\d+$/.test(l.name)));

/** First address of a pod subnet: flannel's VTEP address and the gateway of the route towards it. */
export const vtepAddress = (prefix: Prefix): string => formatPrefix(prefix).replace(/\/\d+$/, '');
