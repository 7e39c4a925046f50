import type { ComponentEvent } from '../../facts/index.js';
import { addressIn, componentFact, type Message, prefixIn, type Reading, type Signature } from './signature.js';

type Values = Readonly<Record<string, string | undefined>>;

/** Components that set pods up or relay what the CNI plug-in said. */
const SPEAKERS = new Set(['kubelet', 'k3s', 'kubelite', 'containerd', 'docker', 'cri-o', 'multus', 'calico']);
const PROXIES = new Set(['kube-proxy', 'k3s', 'kubelite']);

/** The pod of `… for pod "coredns-x_kube-system(uid)"`, `pod="kube-system/coredns-x"` or `network for pod "coredns-x"`. */
const podIn = (body: string): string | undefined =>
  /\bpod="([^"\s]+)"/.exec(body)?.[1] ?? /\bpod \\{0,8}"([^"\\\s(]+)/.exec(body)?.[1];

/** Error text inside a longer line; kubelet quotes CNI errors two or three times over, so it is searched, not anchored. */
function sandbox(
  event: ComponentEvent,
  needle: string,
  pattern: RegExp,
  values: (m: RegExpExecArray) => Values = () => ({}),
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      if (!SPEAKERS.has(message.component) && (message.level === undefined || message.level === 'info'))
        return undefined;
      const m = pattern.exec(message.body);
      return m ? componentFact(message, event, { ...values(m), pod: podIn(message.body) }) : undefined;
    },
  };
}

function proxy(
  event: ComponentEvent,
  needle: string,
  pattern: RegExp,
  values: (m: RegExpExecArray) => Values = () => ({}),
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      if (!PROXIES.has(message.component) && message.level === undefined) return undefined;
      const m = pattern.exec(message.body);
      return m ? componentFact(message, event, values(m), 'kube-proxy') : undefined;
    },
  };
}

/** Why a pod got no network: texts of the CNI plug-ins (bridge, host-local, flannel, calico), of kubelet and the runtimes. */
export const kubeletSignatures: readonly Signature[] = [
  sandbox(
    'sandbox-bridge-address',
    'already has an ip address different from',
    /\\{0,8}"([^"\\\s]+)\\{0,8}" already has an IP address different from ([^\s"\\,]+)/,
    (m) => ({ dev: m[1], address: prefixIn(m[2]) === undefined ? undefined : m[2] }),
  ),
  sandbox(
    'sandbox-subnet-env-missing',
    'flannel/subnet.env: no such file',
    /open (\S*subnet\.env): no such file or directory/,
    (m) => ({ path: m[1] }),
  ),
  sandbox(
    'sandbox-no-free-address',
    'no ip addresses available in',
    /no IP addresses available in (?:range set|network):? ?([^\s"\\]+)?/,
    (m) => ({ range: m[1] }),
  ),
  sandbox('sandbox-no-free-address', 'failed to assign an ip address', /failed to assign an IP address to container/),
  sandbox(
    'sandbox-no-free-address',
    'failed to request',
    /[Ff]ailed to request \d+ IPv?[46]? addresses\. IPAM allocated only 0/,
  ),
  sandbox(
    'sandbox-calico-node-not-running',
    'calico/nodename: no such file',
    /stat (\S*calico\/nodename): no such file or directory/,
    (m) => ({ path: m[1] }),
  ),
  sandbox(
    'sandbox-calico-unauthorized',
    'connection is unauthorized',
    /error getting ClusterInformation: connection is unauthorized/,
  ),
  sandbox(
    'sandbox-plugin-missing',
    'failed to find plugin',
    /failed to find plugin \\{0,8}"([^"\\\s]+)\\{0,8}" in path/,
    (m) => ({ plugin: m[1] }),
  ),
  sandbox('cni-not-initialized', 'cni config uninitialized', /cni config uninitialized/),
  sandbox('cni-not-initialized', 'cni plugin not initialized', /cni plugin not initialized/),
  sandbox('cni-not-initialized', 'no networks found in', /[Nn]o networks found in (\S+)/, (m) => ({
    path: m[1]?.replace(/["\\]+$/, ''),
  })),
  sandbox('sandbox-failed', 'set up sandbox container', /failed to set up sandbox container/),
  sandbox('sandbox-failed', 'failed to setup network for sandbox', /failed to setup network for sandbox/),
  sandbox('sandbox-failed', 'createpodsandbox for pod', /CreatePodSandbox for pod .{0,600}? failed/),
  proxy(
    'kube-proxy-node-address',
    'successfully retrieved node',
    /^"?Successfully retrieved [Nn]ode ?IP(?:s|\(s\))?(?:: |" (?:Node)?IPs=\["?)([\da-f.:]+)/,
    (m) => ({
      address: addressIn(m[1]),
    }),
  ),
  ...['proxier', 'using iptables proxy', 'using ipvs proxy', 'using nftables proxy'].map((needle) =>
    proxy('kube-proxy-mode', needle, /^"?Using (iptables|ipvs|nftables|userspace) [Pp]rox(?:ier|y)\b/, (m) => ({
      mode: m[1],
    })),
  ),
  proxy(
    'kube-proxy-cluster-cidr-missing',
    'clustercidr not specified',
    /clusterCIDR not specified, unable to distinguish/i,
  ),
  proxy('kube-proxy-cluster-cidr-missing', 'no cluster cidr', /[Dd]etect-local-mode.*no cluster CIDR/i),
  proxy(
    'kube-proxy-node-address-unknown',
    "can't determine this node's ip",
    /can't determine this node's IP, assuming/i,
  ),
  proxy(
    'kube-proxy-mode-unavailable',
    "can't use ",
    /[Cc]an't use (?:the )?(ipvs|iptables|nftables) proxier/i,
    (m) => ({
      wanted: m[1]?.toLowerCase(),
    }),
  ),
  proxy('kube-proxy-mode-unavailable', 'falling back to ', /^"?Falling back to iptables-based proxier/, () => ({
    wanted: 'ipvs',
  })),
  proxy('kube-proxy-restore-failed', 'failed to execute ip', /Failed to execute ip6?tables-(?:restore|save)/),
  proxy('kube-proxy-restore-failed', 'failed to execute nft', /Failed to (?:execute nft|sync rules)/i),
  proxy(
    'kube-proxy-port-in-use',
    'skipping this',
    /can't open (?:port|"([^"]+)"(?: \(:(\d+)\/\w+\))?), skipping (?:this|it)/i,
    (m) => ({ service: m[1], port: m[2] ?? /\bport="?[^"]*?:(\d+)\//.exec(m.input)?.[1] }),
  ),
  proxy('kube-proxy-bridge-nf-missing', 'missing br-netfilter module', /[Mm]issing br-netfilter module or unset/),
  proxy('kube-proxy-cannot-set-sysctl', "can't set sysctl", /can't set sysctl (\S+)/, (m) => ({ key: m[1] })),
];
