import { addresses, pods } from './addresses.mjs';
import { bgp } from './bgp.mjs';
import { byHand } from './by-hand.mjs';
import { byOthers } from './by-others.mjs';
import { fabric } from './fabric.mjs';
import { filter } from './filter.mjs';
import { firewalls } from './firewalls.mjs';
import { forwarding } from './forwarding.mjs';
import { hosts } from './hosts.mjs';
import { ipTunnel } from './ip-tunnel.mjs';
import { ipsec } from './ipsec.mjs';
import { ipv6 } from './ipv6.mjs';
import { ipvs } from './ipvs.mjs';
import { knobs } from './knobs.mjs';
import { proxyTable } from './kube-proxy-nft.mjs';
import { bridge, links, mtu } from './links.mjs';
import { lookups } from './lookups.mjs';
import { matches } from './matches.mjs';
import { nat, services } from './nat.mjs';
import { neighbours } from './neighbours.mjs';
import { nftByHand } from './nft-by-hand.mjs';
import { oddities } from './oddities.mjs';
import { routes, rules } from './routes.mjs';
import { sysctls } from './sysctl.mjs';
import { fdb, vxlan } from './vxlan.mjs';
import { wireguard } from './wireguard.mjs';

/** All cases that are no faults or trials of the samples. @type {readonly import('../case.mjs').Case[]} */
export const CASES = [
  ...forwarding,
  ...filter,
  ...matches,
  ...nat,
  ...services,
  ...proxyTable,
  ...routes,
  ...rules,
  ...neighbours,
  ...fdb,
  ...vxlan,
  ...ipTunnel,
  ...wireguard,
  ...ipvs,
  ...ipsec,
  ...links,
  ...bridge,
  ...mtu,
  ...addresses,
  ...pods,
  ...sysctls,
  ...bgp,
  ...hosts,
  ...firewalls,
  ...ipv6,
  ...lookups,
  ...knobs,
  ...fabric,
  ...byHand,
  ...byOthers,
  ...nftByHand,
  ...oddities,
];
