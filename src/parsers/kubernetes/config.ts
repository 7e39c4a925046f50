import type { FlannelConfigFact } from '../../facts/index.js';
import { canonicalPrefix, type Draft } from '../../kit/index.js';
import { readJson } from '../text/json.js';
import { flagAt, type Located, type LocatedText, lineAt, numberAt, textAt, textsAt, valueAt } from '../text/located.js';
import { readYaml } from '../text/yaml.js';
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

/** A ConfigMap: flannel's, kubeadm's and kube-proxy's carry a configuration file as a string. */
export function readConfigMap(context: ObjectContext): void {
  const data = valueAt(context.object, 'data');
  if (data?.kind !== 'map') return;
  for (const [key, { value }] of data.entries) {
    if (value.kind === 'text') readConfigText(context, key, value);
  }
}

/** One key of a ConfigMap's data. */
export function readConfigText(context: Pick<ObjectContext, 'emit' | 'gap'>, key: string, body: LocatedText): void {
  const json = key === 'net-conf.json';
  if (!json && key !== 'ClusterConfiguration' && key !== 'MasterConfiguration' && key !== 'config.conf') return;
  const reading = json ? readJson(body.text, body.line) : readYaml(body.text, body.line);
  if ('error' in reading) {
    context.gap(body.line, `${key}: ${reading.error}`);
    return;
  }
  // Inside a quoted string all lines of the inner file are one line of the outer one.
  const lineOf = (line: number): number => (body.block ? line : body.line);
  if (!json) readSettings(context, reading.value, lineOf);
  else emitFlannelConfig(context, reading.value, lineOf);
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
  for (const { path, what } of SETTINGS) {
    const written = textAt(value, ...path)
      ?.split(',')
      .filter((c) => c !== '');
    if (!written || written.length === 0) continue;
    const cidrs = written.flatMap((cidr) => canonicalPrefix(cidr.trim()) ?? []);
    const line = lineOf(lineAt(value, ...path) ?? value.line);
    if (cidrs.length < written.length) gap(line, 'the range is masked');
    else emit(line, { kind: 'cluster-cidr', what, cidrs, source: path.join('.') });
  }
}

/** A Calico IPPool. The API server leaves out what is false or Never. */
export function readIpPool(context: ObjectContext): void {
  const { object, elided } = context;
  const cidr = canonicalPrefix(textAt(object, 'spec', 'cidr') ?? '');
  if (cidr === undefined) {
    context.gap(nameLine(context), 'an IPPool without a readable cidr');
    return;
  }
  const ipipMode = textAt(object, 'spec', 'ipipMode');
  const vxlanMode = textAt(object, 'spec', 'vxlanMode');
  const natOutgoing = flagAt(object, 'spec', 'natOutgoing') ?? (elided ? undefined : false);
  const disabled = flagAt(object, 'spec', 'disabled') ?? (elided ? undefined : false);
  context.emit(lineAt(object, 'spec', 'cidr') ?? nameLine(context), {
    kind: 'ip-pool',
    name: nameOf(context),
    cidr,
    ...(ipipMode !== undefined && { ipipMode }),
    ...(vxlanMode !== undefined && { vxlanMode }),
    ...(natOutgoing !== undefined && { natOutgoing }),
    ...(disabled !== undefined && { disabled }),
  });
}
