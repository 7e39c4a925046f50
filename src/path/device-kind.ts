import type { LinkFact } from '../facts/index.js';
import {
  isEngineBridge,
  isPodBridgeName,
  isRoutedPodDevice,
  isSwitchPort,
  isTunnelDevice,
} from '../model/lookups/devices.js';

/** What a device does with a packet that is sent on it. */
export type DeviceKind =
  | 'loopback'
  | 'nic'
  | 'veth'
  | 'bridge'
  | 'vxlan'
  | 'ipip'
  | 'gre'
  | 'wireguard'
  | 'vlan'
  | 'macvlan'
  | 'ipvlan'
  | 'bond'
  | 'vrf'
  | 'dummy'
  | 'other';

const KINDS: Readonly<Record<string, DeviceKind>> = {
  veth: 'veth',
  bridge: 'bridge',
  vxlan: 'vxlan',
  ipip: 'ipip',
  gre: 'gre',
  wireguard: 'wireguard',
  vlan: 'vlan',
  macvlan: 'macvlan',
  macvtap: 'macvlan',
  ipvlan: 'ipvlan',
  bond: 'bond',
  team: 'bond',
  vrf: 'vrf',
  dummy: 'dummy',
  ifb: 'dummy',
  geneve: 'other',
  ip6tnl: 'other',
  sit: 'other',
  gretap: 'other',
  vti: 'other',
  xfrm: 'other',
  tun: 'other',
  netkit: 'other',
  openvswitch: 'other',
};

/** Hardware that the kernel names no kind for: `virtio_net`, `ena`. */
const byName = (name: string): DeviceKind | undefined => {
  if (name === 'lo') return 'loopback';
  if (isSwitchPort(name)) return 'other';
  if (/^tunl\d+$/.test(name) || name === 'flannel.ipip') return 'ipip';
  if (/^(flannel\.\d+|flannel-v6\.\d+|vxlan.*|cilium_vxlan)$/.test(name)) return 'vxlan';
  if (/^(wg.*|wireguard.*|flannel-wg.*)$/.test(name)) return 'wireguard';
  if (isTunnelDevice(name)) return 'other';
  if (isPodBridgeName(name) || isEngineBridge(name)) return 'bridge';
  if (/^(veth|lxc)/.test(name) || isRoutedPodDevice(name)) return 'veth';
  if (/^(dummy|ifb|kube-ipvs|nodelocaldns|kube-dummy)/.test(name) || name.endsWith('.null')) return 'dummy';
  if (/^bond\d+$/.test(name)) return 'bond';
  return undefined;
};

/** The kind that `ip -d link` prints, else what the link's type and name say. */
export function kindOf(name: string, link: LinkFact | undefined, hasPorts: boolean): DeviceKind {
  if (link?.linkType === 'loopback') return 'loopback';
  const told = link?.info?.kind;
  if (told !== undefined) return KINDS[told] ?? 'nic';
  if (link?.vxlan) return 'vxlan';
  if (link?.linkType === 'ipip') return 'ipip';
  if (link?.linkType === 'gre') return 'gre';
  const named = byName(name);
  if (named) return named;
  if (hasPorts) return 'bridge';
  if (link?.netnsId !== undefined || link?.netnsName !== undefined) return 'veth';
  return 'nic';
}
