import type { LogStamp } from '../../facts/index.js';
import { type Layer, layerOf } from './layers.js';
import type { Level, Message } from './signature.js';

const COMPONENTS: readonly (readonly [RegExp, string])[] = [
  [/flannel|canal/i, 'flannel'],
  [/^bird6?$/i, 'bird'],
  [/calico|felix|typha/i, 'calico'],
  [/kube-?proxy/i, 'kube-proxy'],
  [/kube-?router/i, 'kube-router'],
  [/kubelet|kubenswrapper/i, 'kubelet'],
  [/coredns|kube-?dns|node-?local-?dns/i, 'coredns'],
  [/containerd/i, 'containerd'],
  [/docker/i, 'docker'],
  [/crio|cri-o/i, 'cri-o'],
  [/^(k3s|rke2)/i, 'k3s'],
  [/kubelite|microk8s|^k0s|hyperkube/i, 'kubelite'],
  [/weave/i, 'weave'],
  [/cilium/i, 'cilium'],
  [/aws-node|ipamd|aws-k8s|aws-vpc-cni/i, 'aws-node'],
  [/networkmanager|nm-dispatcher/i, 'NetworkManager'],
  [/systemd-networkd/i, 'systemd-networkd'],
  [/firewalld/i, 'firewalld'],
  [/multus/i, 'multus'],
  [/(?:^|[-_/])etcd/i, 'etcd'],
];

/** The component behind a tag, a pod's, container's or file's name; undefined when it is none that matters here. */
export const componentOf = (name: string): string | undefined => COMPONENTS.find(([re]) => re.test(name))?.[1];

/** What coloured a message (ESC has become nothing by then, or U+FFFD): `[31m`, `[0m`. */
const COLOUR = /(?:\u001b|\ufffd)?\[[\d;]{0,12}m/g;

/** Takes the logging library's head off a message; `component` is what tag or capture say. */
export function unwrap(text: string, stamp: LogStamp, component: string | undefined): Message {
  let body = text.includes('[0m') || text.includes('\u001b[') ? text.replace(COLOUR, '') : text;
  let level: Level | undefined;
  let named = component;
  let when: Layer['when'];
  // journald around docker around klog is the deepest that occurs.
  for (let depth = 0; depth < 4; depth++) {
    const layer = layerOf(body);
    if (!layer) break;
    body = layer.body;
    level = layer.level ?? level;
    named = layer.component ?? named;
    when ??= layer.when;
  }
  const dated = stamp.time === undefined && stamp.clock === undefined && when ? { ...stamp, ...when } : stamp;
  const kernel = stamp.unit === 'kernel' || component === 'kernel';
  return { body, stamp: dated, ...(level && { level }), kernel, component: named ?? stamp.unit ?? 'unknown' };
}
