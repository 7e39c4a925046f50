import { canonicalPrefix } from '../../kit/index.js';
import { itemsAt, type Located, textAt } from '../text/located.js';
import type { ObjectContext } from './read.js';

/** Flags that decide the network: interface, addresses, ranges, proxy mode. */
export const NETWORK_FLAG =
  /^--?(?:iface|public-ip|ip-masq|kube-subnet-mgr|subnet-file|etcd-prefix|cluster-cidr|service-(?:cluster-ip-range|cidr|node-port-range)|allocate-node-cidrs|node-cidr-mask-size|proxy-mode|ipvs-|masquerade-all|iptables-masquerade|detect-local|hostname-override|nodeport-addresses|advertise-address|bind-address|node-ip|conntrack|overlay-type|enable-overlay|run-router)/;
const NETWORK_ENV =
  /^(?:CALICO_|FELIX_(?!HEALTH|LOG)|FLANNELD?_|IP6?$|IP6?_AUTODETECTION_METHOD$|CLUSTER_TYPE$|NODEIP$|IPALLOC_RANGE$|WEAVE_MTU$|DATASTORE_TYPE$|NO_DEFAULT_POOLS$|AWS_VPC_)/;
const MOST = 200;

/** Does an environment variable of that name set up a network? Keys and tokens do not. */
export const isNetworkSetting = (name: string): boolean =>
  NETWORK_ENV.test(name) && !/TOKEN|PASSW|SECRET|CREDENTIAL|LICENSE|KEY(?!FILE)/.test(name);

/** An argument and its line. */
interface Argument {
  readonly text: string;
  readonly line: number;
}

/** Those of the arguments that decide the network. */
export const networkWords = (args: readonly Argument[]): string[] =>
  args.flatMap((a) => (NETWORK_FLAG.test(a.text) ? a.text : [])).slice(0, MOST);

/** Words of `command` and `args` of all containers; `--iface eth1` is joined to `--iface=eth1`. */
export function argumentsOf(podSpec: Located | undefined): Argument[] {
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

export function environment(podSpec: Located | undefined): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const container of itemsAt(podSpec, 'containers')) {
    for (const item of itemsAt(container, 'env')) {
      const name = textAt(item, 'name');
      const value = textAt(item, 'value');
      if (name === undefined || value === undefined || !isNetworkSetting(name)) continue;
      if (pairs.length < MOST && pairs.every(([seen]) => seen !== name)) pairs.push([name, value]);
    }
  }
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
}

const CIDR_FLAG = /^--?(cluster-cidr|service-cluster-ip-range|service-cidr)=["']?([^"']+)/;

/** `--cluster-cidr` and `--service-cluster-ip-range` of kube-controller-manager, kube-apiserver, kube-proxy and k3s. */
export function readClusterCidrs({ emit, gap }: Pick<ObjectContext, 'emit' | 'gap'>, args: readonly Argument[]): void {
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
