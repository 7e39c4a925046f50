import type { FlannelConfigFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';
import { readJson } from '../text/json.js';
import { flagAt, type Located, type LocatedText, lineAt, numberAt, textAt, textsAt, valueAt } from '../text/located.js';
import { readYaml } from '../text/yaml.js';
import { readCorefile } from './corefile.js';
import { kubeProxyConfig } from './kube-proxy.js';
import { nameLine, nameOf, type ObjectContext } from './read.js';

/** flannel's `net-conf.json` or etcd value; undefined when it is neither. */
export function flannelConfig(value: Located): Draft<FlannelConfigFact> | undefined {
  const network = textAt(value, 'Network');
  const ipv6Network = textAt(value, 'IPv6Network');
  if (network === undefined && ipv6Network === undefined) return undefined;
  const subnetLength = numberAt(value, 'SubnetLen');
  const backend = textAt(value, 'Backend', 'Type');
  const vni = numberAt(value, 'Backend', 'VNI');
  const port = numberAt(value, 'Backend', 'Port');
  const directRouting = flagAt(value, 'Backend', 'DirectRouting');
  const clusterTag = textsAt(value, 'Backend', 'RouteTableFilter').find((filter) => filter.startsWith('tag:'));
  return {
    kind: 'flannel-config',
    ...(network !== undefined && { network }),
    ...(ipv6Network !== undefined && { ipv6Network }),
    ...(subnetLength !== undefined && { subnetLength }),
    ...(backend !== undefined && { backend }),
    ...(vni !== undefined && { vni }),
    ...(port !== undefined && { port }),
    ...(directRouting !== undefined && { directRouting }),
    ...(clusterTag !== undefined && { clusterTag }),
  };
}

/** Line that says flannel's network: the key's, else the value's. */
export const flannelConfigLine = (value: Located): number =>
  lineAt(value, 'Network') ?? lineAt(value, 'IPv6Network') ?? value.line;

/** Is the network readable? Masked ones must not become values. */
export const hasPlainNetworks = (fact: Draft<FlannelConfigFact>): boolean =>
  [fact.network, fact.ipv6Network].every((n) => n === undefined || canonicalPrefix(n) !== undefined);

/** Network components that keep plain settings in a ConfigMap. */
const SETTINGS_MAPS = /^(?:calico-config|canal-config|cilium-config|antrea-config|kube-router-cfg|rke2-canal-config)$/;
/** A CNI template, keys and certificates are no settings. */
const NO_SETTING = /cni_network_config|cni-conf|token|secret|password|etcd_(?:key|cert|ca)|net-conf/i;

/** A ConfigMap: flannel's, kubeadm's, kube-proxy's and CoreDNS' carry a configuration file as a string, Calico's settings. */
export function readConfigMap(context: ObjectContext): void {
  const data = valueAt(context.object, 'data');
  if (data?.kind !== 'map') return;
  const name = nameOf(context);
  for (const [key, { value }] of data.entries) {
    if (value.kind === 'text') readConfigText(context, key, value, name);
  }
  if (!SETTINGS_MAPS.test(name)) return;
  const settings = [...data.entries].flatMap(([key, { value }]) =>
    value.kind === 'text' && !NO_SETTING.test(key) && value.text.length < 500 ? [[key, value.text] as const] : [],
  );
  context.emit(nameLine(context), {
    kind: 'component-config',
    resource: 'ConfigMap',
    name,
    settings: Object.fromEntries(settings),
  });
}

/** Keys whose text is a file that is read. */
const FILES: ReadonlySet<string> = new Set([
  'net-conf.json',
  'ClusterConfiguration',
  'MasterConfiguration',
  'config.conf',
  'kubelet',
]);

/** One key of a ConfigMap's data; `source` is the ConfigMap's name. */
export function readConfigText(
  context: Pick<ObjectContext, 'emit' | 'gap'>,
  key: string,
  body: LocatedText,
  source: string,
): void {
  // Inside a quoted string all lines of the inner file are one line of the outer one.
  const lineOf = (line: number): number => (body.block ? line : body.line);
  if (key === 'Corefile') {
    for (const { line, fact } of readCorefile(body.text.split('\n'), source))
      context.emit(lineOf(body.line + line), fact);
    return;
  }
  if (!FILES.has(key)) return;
  const json = key === 'net-conf.json';
  const reading = json ? readJson(body.text, body.line) : readYaml(body.text, body.line);
  if ('error' in reading) {
    context.gap(body.line, `${key}: ${reading.error}`);
    return;
  }
  if (json) emitFlannelConfig(context, reading.value, lineOf);
  else if (key === 'kubelet') readClusterDns(context, reading.value, source, lineOf);
  else readSettings(context, reading.value, lineOf);
}

/** What all kubelets are told of DNS: their common KubeletConfiguration. */
function readClusterDns(
  { emit, gap }: Pick<ObjectContext, 'emit' | 'gap'>,
  value: Located,
  source: string,
  lineOf: (line: number) => number,
): void {
  const written = textsAt(value, 'clusterDNS');
  const addresses = written.flatMap((address) => canonicalAddress(address) ?? []);
  const domain = textAt(value, 'clusterDomain');
  const resolvConf = textAt(value, 'resolvConf');
  const line = lineOf(lineAt(value, 'clusterDNS') ?? value.line);
  if (addresses.length < written.length) gap(line, "the cluster's DNS address is masked");
  else if (written.length > 0 || domain !== undefined)
    emit(line, {
      kind: 'cluster-dns',
      addresses,
      ...(domain !== undefined && { domain }),
      ...(resolvConf !== undefined && { resolvConf }),
      source,
    });
}

function emitFlannelConfig(
  { emit, gap }: Pick<ObjectContext, 'emit' | 'gap'>,
  value: Located,
  lineOf: (line: number) => number,
): void {
  const fact = flannelConfig(value);
  const line = lineOf(flannelConfigLine(value));
  if (!fact) gap(line, 'net-conf.json without a Network');
  else if (hasPlainNetworks(fact)) emit(line, fact);
  else gap(line, 'the network is masked');
}

const SETTINGS = [
  { path: ['networking', 'podSubnet'], what: 'pod' },
  { path: ['networking', 'serviceSubnet'], what: 'service' },
  { path: ['clusterCIDR'], what: 'pod' },
] as const;

/** ClusterConfiguration of kubeadm, KubeProxyConfiguration of kube-proxy. */
export function readSettings(
  { emit, gap }: Pick<ObjectContext, 'emit' | 'gap'>,
  value: Located,
  lineOf: (line: number) => number = (line) => line,
): void {
  let masked = false;
  for (const { path, what } of SETTINGS) {
    const written = textAt(value, ...path)
      ?.split(',')
      .filter((c) => c !== '');
    if (!written || written.length === 0) continue;
    const cidrs = written.flatMap((cidr) => canonicalPrefix(cidr.trim()) ?? []);
    const line = lineOf(lineAt(value, ...path) ?? value.line);
    if (cidrs.length < written.length) {
      gap(line, 'the range is masked');
      masked = true;
    } else emit(line, { kind: 'cluster-cidr', what, cidrs, source: path.join('.') });
  }
  if (textAt(value, 'kind') === 'KubeProxyConfiguration' && !masked)
    emit(lineOf(lineAt(value, 'mode') ?? lineAt(value, 'kind') ?? value.line), kubeProxyConfig(value));
  const domain = textAt(value, 'networking', 'dnsDomain');
  if (domain !== undefined)
    emit(lineOf(lineAt(value, 'networking', 'dnsDomain') ?? value.line), {
      kind: 'cluster-dns',
      addresses: [],
      domain,
      source: 'networking.dnsDomain',
    });
}
