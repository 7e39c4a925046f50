import { canonicalPrefix, parseAddress } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, numberAt, textAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';

/** Flags that decide the network: interface, addresses, ranges, proxy mode. */
export const NETWORK_FLAG =
  /^--?(?:iface|public-ip|ip-masq|kube-subnet-mgr|subnet-file|etcd-prefix|cluster-cidr|service-(?:cluster-ip-range|cidr|node-port-range)|allocate-node-cidrs|node-cidr-mask-size|proxy-mode|ipvs-|masquerade-all|iptables-masquerade|detect-local|hostname-override|nodeport-addresses|advertise-address|bind-address|node-ip|conntrack|overlay-type|enable-overlay|run-router)/;
const NETWORK_ENV =
  /^(?:CALICO_|FELIX_(?!HEALTH|LOG)|FLANNELD?_|IP6?$|IP6?_AUTODETECTION_METHOD$|CLUSTER_TYPE$|NODEIP$|IPALLOC_RANGE$|WEAVE_MTU$|DATASTORE_TYPE$|NO_DEFAULT_POOLS$|AWS_VPC_)/;
const MOST = 200;

/** An argument and its line. */
interface Argument {
  readonly text: string;
  readonly line: number;
}

/** A v1 Pod: the pod, and the networks that its arguments fix. */
export function readPod(context: ObjectContext): void {
  const { object, emit, elided } = context;
  const args = argumentsOf(valueAt(object, 'spec'));
  readClusterCidrs(context, args);
  const node = textAt(object, 'spec', 'nodeName');
  // A manifest in /etc/kubernetes/manifests is not a running pod: nothing scheduled it, nothing reports on it.
  if (node === undefined && valueAt(object, 'status', 'phase') === undefined) return;
  const podIps = itemsAt(object, 'status', 'podIPs').flatMap((p) => textAt(p, 'ip') ?? []);
  const ips = podIps.length > 0 ? podIps : [textAt(object, 'status', 'podIP') ?? []].flat();
  if (ips.some((ip) => !parseAddress(ip))) {
    context.gap(nameLine(context), 'the address of the pod is masked');
    return;
  }
  const hostNetwork = flagAt(object, 'spec', 'hostNetwork');
  const hostIp = textAt(object, 'status', 'hostIP');
  const labels = wordsAt(object, 'metadata', 'labels');
  const networkArgs = args.flatMap((a) => (NETWORK_FLAG.test(a.text) ? a.text : [])).slice(0, MOST);
  const env = environment(object);
  const known = hostNetwork ?? (itemsAt(object, 'spec', 'containers').length > 0 && !elided ? false : undefined);
  emit(nameLine(context), {
    kind: 'pod',
    namespace: namespaceOf(context),
    name: nameOf(context),
    ...state(object),
    ips,
    ...(node !== undefined && { node }),
    ...(hostIp !== undefined && { hostIp }),
    ...(known !== undefined && { hostNetwork: known }),
    ...(labels && { labels }),
    ...(networkArgs.length > 0 && { args: networkArgs }),
    ...(env && { env }),
  });
}

/** STATUS as kubectl's printer has it, as far as it matters: Terminating, a waiting reason, `Evicted`, else the phase. */
function state(object: Located) {
  const containers = itemsAt(object, 'status', 'containerStatuses');
  const waiting = [...itemsAt(object, 'status', 'initContainerStatuses'), ...containers]
    .flatMap((c) => textAt(c, 'state', 'waiting', 'reason') ?? [])
    .find((reason) => reason !== 'PodInitializing');
  const deleted = textAt(object, 'metadata', 'deletionTimestamp') !== undefined;
  const phase = textAt(object, 'status', 'phase');
  const status = deleted ? 'Terminating' : (waiting ?? textAt(object, 'status', 'reason') ?? phase);
  const total = itemsAt(object, 'spec', 'containers').length || containers.length;
  const ready = containers.filter((c) => flagAt(c, 'ready')).length;
  return {
    ...(status !== undefined && { status }),
    ...(containers.length > 0 && {
      ready: { ready, total },
      restarts: containers.reduce((sum, c) => sum + (numberAt(c, 'restartCount') ?? 0), 0),
    }),
  };
}

/** Words of `command` and `args` of all containers; `--iface eth1` is joined to `--iface=eth1`. */
function argumentsOf(podSpec: Located | undefined): Argument[] {
  const out: Argument[] = [];
  for (const container of [...itemsAt(podSpec, 'initContainers'), ...itemsAt(podSpec, 'containers')]) {
    const words = [...itemsAt(container, 'command'), ...itemsAt(container, 'args')].flatMap(shellWords);
    for (const [i, word] of words.entries()) {
      const next = words[i + 1];
      if (!word.text.startsWith('-')) continue;
      const value = word.text.includes('=') || !next || next.text.startsWith('-') ? '' : `=${next.text}`;
      if (out.length < 10_000) out.push({ text: word.text + value, line: word.line });
    }
  }
  return out;
}

/** `sh -c "exec flanneld --iface=eth1"` keeps its flags inside one word. */
function shellWords(node: Located): Argument[] {
  if (node.kind !== 'text') return [];
  const { block, line } = node;
  return node.text
    .split('\n')
    .flatMap((part, i) =>
      part.split(/\s+/).flatMap((text) => (text === '' ? [] : [{ text, line: block ? line + i : line }])),
    );
}

function environment(object: Located): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const container of itemsAt(object, 'spec', 'containers')) {
    for (const item of itemsAt(container, 'env')) {
      const name = textAt(item, 'name');
      const value = textAt(item, 'value');
      if (name === undefined || value === undefined || !NETWORK_ENV.test(name)) continue;
      if (pairs.length < MOST && pairs.every(([seen]) => seen !== name)) pairs.push([name, value]);
    }
  }
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}

const CIDR_FLAG = /^--?(cluster-cidr|service-cluster-ip-range|service-cidr)=["']?([^"']+)/;

/** `--cluster-cidr` and `--service-cluster-ip-range` of kube-controller-manager, kube-apiserver, kube-proxy and k3s. */
function readClusterCidrs({ emit, gap }: ObjectContext, args: readonly Argument[]): void {
  for (const { text, line } of args) {
    const match = CIDR_FLAG.exec(text);
    if (!match) continue;
    const written = (match[2] ?? '').split(',');
    const cidrs = written.flatMap((cidr) => canonicalPrefix(cidr) ?? []);
    if (cidrs.length === written.length) {
      emit(line, {
        kind: 'cluster-cidr',
        what: match[1] === 'cluster-cidr' ? 'pod' : 'service',
        cidrs,
        source: `--${match[1]}`,
      });
    } else if (!/[$<{]/.test(match[2] ?? '')) gap(line, 'the range is masked');
  }
}

/** DaemonSet, Deployment: only the networks that the template's arguments fix. */
export const readWorkload = (context: ObjectContext): void =>
  readClusterCidrs(context, argumentsOf(valueAt(context.object, 'spec', 'template', 'spec')));
