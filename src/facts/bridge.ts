import type { Fact } from '../kit/index.js';

/** One port of a bridge: `bridge link`, `brctl showstp`, the `bridge_slave` of `ip -d link`. */
export interface BridgePortFact extends Fact {
  readonly kind: 'bridge-port';
  readonly dev: string;
  readonly bridge?: string;
  /** `disabled`, `listening`, `learning`, `forwarding`, `blocking`: frames pass in `forwarding` only. */
  readonly state?: string;
  readonly priority?: number;
  readonly cost?: number;
  /** Names as in iproute2: `hairpin`, `isolated`, `learning`, `flood`, `neigh_suppress`, `vlan_tunnel` …; absent where the form prints none. */
  readonly switches?: Readonly<Record<string, boolean>>;
}

/** VLANs `vid` to `end` of one port, or of the bridge itself: `bridge vlan`. */
export interface BridgeVlanFact extends Fact {
  readonly kind: 'bridge-vlan';
  readonly dev: string;
  readonly vid: number;
  /** Last of a range; absent for a single one. */
  readonly end?: number;
  readonly pvid: boolean;
  readonly untagged: boolean;
  /** VNI of the first VLAN, where VLANs are mapped to tunnels. */
  readonly tunnelId?: number;
  /** Spanning tree's state in this VLAN: `forwarding`, `blocking` … */
  readonly state?: string;
}

/** VNIs `vni` to `end` that a VXLAN device with `vnifilter` takes: `bridge vni`. */
export interface BridgeVniFact extends Fact {
  readonly kind: 'bridge-vni';
  readonly dev: string;
  readonly vni: number;
  readonly end?: number;
  readonly remote?: string;
  readonly group?: string;
}

/** One multicast group that a bridge knows on a port: `bridge mdb`. */
export interface MdbFact extends Fact {
  readonly kind: 'mdb';
  readonly bridge: string;
  readonly port: string;
  /** Canonical address, or the MAC of a layer 2 group. */
  readonly group: string;
  readonly source?: string;
  readonly vid?: number;
  readonly permanent: boolean;
  readonly flags: readonly string[];
}
