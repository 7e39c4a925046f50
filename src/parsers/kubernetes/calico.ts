import { canonicalAddress, canonicalPrefix, parseAddress } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, lineAt, numberAt, textAt, textsAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';

/** An address with or without its length. */
const isReachable = (text: string): boolean => parseAddress(text.replace(/\/\d+$/, '')) !== undefined;
const defined = <T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** An IPPool. The API server leaves out what is false or Never; v1 of the API wrote `ipip`, `nat-outgoing`. */
export function readIpPool(context: ObjectContext): void {
  const { object, elided } = context;
  const spec = valueAt(object, 'spec');
  const cidr = canonicalPrefix(textAt(spec, 'cidr') ?? textAt(object, 'metadata', 'cidr') ?? '');
  if (cidr === undefined) {
    context.gap(nameLine(context), 'an IPPool without a readable cidr');
    return;
  }
  const old = flagAt(spec, 'ipip', 'enabled');
  const oldMode = old === undefined ? undefined : old ? upper(textAt(spec, 'ipip', 'mode') ?? 'always') : 'Never';
  const uses = textsAt(spec, 'allowedUses');
  const unset = elided ? undefined : false;
  context.emit(lineAt(object, 'spec', 'cidr') ?? nameLine(context), {
    kind: 'ip-pool',
    name: nameOf(context) || cidr,
    cidr,
    ...defined({
      ipipMode: textAt(spec, 'ipipMode') ?? oldMode,
      vxlanMode: textAt(spec, 'vxlanMode'),
      natOutgoing: flagAt(spec, 'natOutgoing') ?? flagAt(spec, 'nat-outgoing') ?? unset,
      disabled: flagAt(spec, 'disabled') ?? unset,
      blockSize: numberAt(spec, 'blockSize'),
      nodeSelector: textAt(spec, 'nodeSelector'),
      disableBgpExport: flagAt(spec, 'disableBGPExport'),
    }),
    ...(uses.length > 0 && { allowedUses: uses }),
  });
}

const upper = (mode: string): string =>
  mode === 'cross-subnet' ? 'CrossSubnet' : `${mode.slice(0, 1).toUpperCase()}${mode.slice(1)}`;

const cidrsAt = (node: Located | undefined, key: string): string[] | undefined => {
  const cidrs = itemsAt(node, key).flatMap((item) => canonicalPrefix(textAt(item, 'cidr') ?? '') ?? []);
  return cidrs.length > 0 ? cidrs : undefined;
};

/** A number that Calico also takes as text (`asNumber: "64512"`, `1.10` in dotted form stays unread). */
const asNumberAt = (node: Located | undefined, ...path: readonly string[]): number | undefined =>
  numberAt(node, ...path);

export function readBgpConfiguration(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  context.emit(nameLine(context), {
    kind: 'bgp-config',
    name: nameOf(context),
    ...defined({
      nodeToNodeMesh: flagAt(spec, 'nodeToNodeMeshEnabled'),
      asNumber: asNumberAt(spec, 'asNumber'),
      listenPort: numberAt(spec, 'listenPort'),
      serviceClusterIps: cidrsAt(spec, 'serviceClusterIPs'),
      serviceExternalIps: cidrsAt(spec, 'serviceExternalIPs'),
      serviceLoadBalancerIps: cidrsAt(spec, 'serviceLoadBalancerIPs'),
    }),
  });
}

export function readBgpPeer(context: ObjectContext): void {
  const { object } = context;
  const spec = valueAt(object, 'spec');
  const written = textAt(spec, 'peerIP') ?? textAt(object, 'metadata', 'peerIP');
  const [, ip = '', port] = /^\[?([\da-fA-F.:]+?)\]?(?::(\d+))?$/.exec(written ?? '') ?? [];
  const isPlain = parseAddress(written ?? '') !== undefined;
  const peerIp = canonicalAddress(isPlain ? (written ?? '') : ip);
  if (written !== undefined && written !== '' && peerIp === undefined) {
    context.gap(lineAt(object, 'spec', 'peerIP') ?? nameLine(context), 'the address of the peer is masked');
    return;
  }
  context.emit(nameLine(context), {
    kind: 'bgp-peer-config',
    name: nameOf(context),
    ...defined({
      node: textAt(spec, 'node') ?? textAt(object, 'metadata', 'node'),
      nodeSelector: textAt(spec, 'nodeSelector'),
      peerIp,
      peerPort: !isPlain && port !== undefined ? Number(port) : undefined,
      peerSelector: textAt(spec, 'peerSelector'),
      asNumber: asNumberAt(spec, 'asNumber'),
      keepOriginalNextHop: flagAt(spec, 'keepOriginalNextHop'),
      sourceAddress: textAt(spec, 'sourceAddress'),
    }),
  });
}

/** A Node of Calico's own API (`calicoctl get node`). */
export function readCalicoNode(context: ObjectContext): void {
  const { object } = context;
  const spec = valueAt(object, 'spec');
  const addresses = {
    ipv4Address: textAt(spec, 'bgp', 'ipv4Address'),
    ipv6Address: textAt(spec, 'bgp', 'ipv6Address'),
    ipipTunnel: textAt(spec, 'bgp', 'ipv4IPIPTunnelAddr'),
    vxlanTunnel: textAt(spec, 'ipv4VXLANTunnelAddr'),
    ipv6VxlanTunnel: textAt(spec, 'ipv6VXLANTunnelAddr'),
    wireguardAddress: textAt(spec, 'wireguard', 'interfaceIPv4Address'),
  };
  if (Object.values(addresses).some((a) => a !== undefined && !isReachable(a))) {
    context.gap(nameLine(context), 'an address of the node is masked');
    return;
  }
  context.emit(nameLine(context), {
    kind: 'calico-node',
    name: nameOf(context),
    ...defined({
      ...addresses,
      asNumber: asNumberAt(spec, 'bgp', 'asNumber'),
      vxlanMac: textAt(spec, 'vxlanTunnelMACAddr')?.toLowerCase(),
      routeReflectorClusterId: textAt(spec, 'bgp', 'routeReflectorClusterID'),
      kubernetesNode: itemsAt(spec, 'orchRefs').flatMap((ref) =>
        textAt(ref, 'orchestrator') === 'k8s' ? (textAt(ref, 'nodeName') ?? []) : [],
      )[0],
      labels: wordsAt(object, 'metadata', 'labels'),
    }),
  });
}

export function readHostEndpoint(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const expectedIps = textsAt(spec, 'expectedIPs');
  if (!expectedIps.every(isReachable)) {
    context.gap(nameLine(context), 'an address of the endpoint is masked');
    return;
  }
  context.emit(nameLine(context), {
    kind: 'host-endpoint',
    name: nameOf(context),
    ...defined({ node: textAt(spec, 'node'), dev: textAt(spec, 'interfaceName') }),
    expectedIps,
    profiles: textsAt(spec, 'profiles'),
  });
}

export function readWorkloadEndpoint(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const ips = textsAt(spec, 'ipNetworks').map((network) => network.replace(/\/(?:32|128)$/, ''));
  if (!ips.every(isReachable)) {
    context.gap(nameLine(context), 'an address of the endpoint is masked');
    return;
  }
  context.emit(nameLine(context), {
    kind: 'workload-endpoint',
    namespace: namespaceOf(context),
    pod: textAt(spec, 'pod') ?? textAt(spec, 'workload') ?? nameOf(context),
    ...defined({
      node: textAt(spec, 'node'),
      dev: textAt(spec, 'interfaceName'),
      mac: textAt(spec, 'mac')?.toLowerCase(),
    }),
    ips,
  });
}

/** Deeper settings are read under their path; lists of scalars are joined by commas. */
const DEPTH = 5;
const MOST = 300;

/** Values that are no network setting and must not be kept. */
const SECRET = /token|password|secret|credential|privatekey|publickey|license|certificate/i;

/** FelixConfiguration, KubeControllersConfiguration, ClusterInformation, IPAMConfig: settings by name. */
export const readSettingsOf =
  (resource: string) =>
  (context: ObjectContext): void => {
    const settings: [string, string][] = [];
    const add = (path: string, node: Located, depth: number): void => {
      if (settings.length >= MOST || depth > DEPTH || SECRET.test(path)) return;
      if (node.kind === 'text') settings.push([path, node.text]);
      else if (node.kind === 'list') {
        const texts = node.items.flatMap((item) => (item.kind === 'text' ? item.text : []));
        if (texts.length === node.items.length) settings.push([path, texts.join(',')]);
        else for (const [i, item] of node.items.entries()) add(`${path}.${i}`, item, depth + 1);
      } else for (const [key, { value }] of node.entries) add(path === '' ? key : `${path}.${key}`, value, depth + 1);
    };
    const spec = valueAt(context.object, 'spec');
    if (spec) add('', spec, 0);
    context.emit(nameLine(context), {
      kind: 'component-config',
      resource,
      name: nameOf(context),
      settings: Object.fromEntries(settings),
    });
  };
