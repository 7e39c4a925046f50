import type { AddressFact, LinkFact, RouteFact } from '../../facts/index.js';
import { contains, parsePrefix } from '../../kit/index.js';

/** Devices that Kubernetes, a CNI, a container engine or a hypervisor makes: their addresses are not the node's own. */
const VIRTUAL =
  /^(lo|cni\d+|cbr0|docker\d+|br-[0-9a-f]{12}|flannel[.-].*|flannel\d+|tunl\d+|vxlan[.-].*|wireguard\.cali|wg\d+|kube-ipvs0|nodelocaldns|virbr\d+.*|lxc.*|lxdbr\d+|cilium.*|weave|datapath|vethwe.*|kube-bridge|dummy.*|veth.*|cali.*|eni.*|gre\d+|gretap\d+|erspan\d+|sit\d+|ip6tnl\d+|ip_vti\d+|podman\d+|kube-dummy-if|wormhole.*)$/;

export const isVirtualDevice = (name: string): boolean => VIRTUAL.test(name);

/** Bridges that a container engine makes for itself; no pod of Kubernetes sits on them. */
export const isEngineBridge = (name: string): boolean =>
  /^(docker\d+|br-[0-9a-f]{12}|virbr\d+|lxdbr\d+|podman\d+)$/.test(name);

/** Overlay devices of the CNIs, by their fixed names. */
export const isTunnelDevice = (name: string): boolean =>
  /^(flannel\.\d+|flannel-v6\.\d+|flannel\.ipip|flannel-wg(-v6)?|flannel0|vxlan\.calico|vxlan-v6\.calico|tunl0|wireguard\.cali|cilium_vxlan|kube-tunnel.*|wormhole-wg0)$/.test(
    name,
  );

/** flannel's VXLAN device: `flannel.` and the VNI. */
export const isFlannelVxlan = (name: string): boolean => /^flannel\.\d+$/.test(name);

/** Bridges of bridge CNIs, by their fixed names. */
export const isPodBridgeName = (name: string): boolean => /^(cni0|cbr0|kube-bridge|weave|wormhole-br0)$/.test(name);

/** Host end of a routed pod (Calico, AWS, ptp). */
export const isRoutedPodDevice = (name: string): boolean => /^(cali[0-9a-f]{3,11}|eni[0-9a-f]{8,})$/.test(name);

/** Devices that Cilium's agent puts programs of eBPF on: of pods (their names hold the endpoint's id), of the node, of its tunnel. */
const CILIUM = /^(?:lxc(?:[0-9a-f]{6,}|_health)|cilium_(?:host|net|vxlan|geneve|wg0))$/;
/** Devices that Calico's BPF dataplane makes; with them its programs are on those of pods. */
const CALICO_BPF = /^bpf(?:in|out|natin|natout)\.cali$/;

/** Which devices of a stack have programs of eBPF, as the names of all its devices tell? */
export function programmed(names: readonly string[]): (name: string) => boolean {
  const isCalico = names.some((n) => CALICO_BPF.test(n));
  return (name) => CILIUM.test(name) || (isCalico && (CALICO_BPF.test(name) || isRoutedPodDevice(name)));
}

/** Ports that Open vSwitch has of its own on a node, by the names that Antrea, OVN-Kubernetes, Kube-OVN and itself give them: its flows decide. */
export const isSwitchPort = (name: string): boolean =>
  /^(ovs-system|br-(?:int|ex|ext|local|tun)|antrea-(?:gw|tun)\d+|ovn-k8s-(?:mp|gw)\d+|ovn0|(?:genev|vxlan|gre)_sys(?:_\d+)?)$/.test(
    name,
  );

/** VirtualBox NAT: the same address in every VM. */
export const isVirtualBoxNat = (address: string): boolean => address === '10.0.2.15';

export const addressesOf = (addresses: readonly AddressFact[], dev: string): readonly AddressFact[] =>
  addresses.filter((a) => a.dev === dev);

/** Addresses that other machines can know the node by. */
export const nodeAddresses = (addresses: readonly AddressFact[]): readonly AddressFact[] =>
  addresses.filter((a) => !isVirtualDevice(a.dev) && a.scope !== 'link' && a.scope !== 'host');

export const owners = (addresses: readonly AddressFact[], address: string): readonly AddressFact[] =>
  addresses.filter((a) => a.address === address);

/** The address fact whose subnet holds `address` and that is not that very address. */
export const subnetHolding = (addresses: readonly AddressFact[], address: string): AddressFact | undefined =>
  addresses.find((a) => {
    const subnet = parsePrefix(`${a.address}/${a.prefixLength}`);
    const other = parsePrefix(address);
    return subnet !== undefined && other !== undefined && a.prefixLength < 32 && contains(subnet, other);
  });

/** Is the device administratively up? Undefined when no flags were printed. */
export const isUp = (link: LinkFact): boolean | undefined => link.flags?.includes('UP');

/** Devices that routes of a table use. */
export const routeDevices = (route: RouteFact): readonly string[] =>
  route.nexthops.flatMap((n) => (n.dev === undefined ? [] : [n.dev]));

const isVeth = (link: LinkFact): boolean => /^veth/.test(link.name) || link.info?.kind === 'veth';

/** A veth whose other end is not in the same stack, as that of a cable between two bridges is: a pod may be there. */
export const leadsOut = (links: readonly LinkFact[], link: LinkFact): boolean =>
  isVeth(link) && !links.some((l) => l.name === link.peerName && l.peerName === link.name);

/** Ports of a bridge that lead to pods. */
export const podPortsOf = (links: readonly LinkFact[], bridge: string): readonly LinkFact[] =>
  links.filter((l) => l.master === bridge && leadsOut(links, l));

/** Bridges that pods are attached to, but for those that a container engine made for itself. */
export const podBridgesOf = (links: readonly LinkFact[]): readonly LinkFact[] =>
  links.filter(
    (l) =>
      (isPodBridgeName(l.name) || (l.info?.kind === 'bridge' && !isEngineBridge(l.name))) &&
      podPortsOf(links, l.name).length > 0,
  );
