import type { ServicePort } from '../../facts/index.js';
import { canonicalPrefix, parseAddress, type Text } from '../../kit/index.js';
import { given, type Item, itemsOf, type Section } from '../text/describe.js';
import { backendData, networkAnnotations, readLeases } from './node.js';
import type { ObjectContext } from './read.js';
import { NETWORK_FLAG } from './template-spec.js';

/** One object of `kubectl describe`. */
export interface Described extends Pick<ObjectContext, 'emit' | 'gap'> {
  readonly text: Text;
  readonly from: number;
  readonly to: number;
  readonly sections: readonly Section[];
}

export const sectionAt = (d: Described, key: string): Section | undefined => d.sections.find((s) => s.key === key);
export const fieldOf = (d: Described, key: string): string | undefined => given(sectionAt(d, key)?.value);
const itemsIn = (d: Described, key: string): Item[] => {
  const section = sectionAt(d, key);
  return section ? itemsOf(d.text, section) : [];
};
const record = (items: readonly Item[]): Record<string, string> =>
  Object.fromEntries(items.flatMap(({ key, value }) => (key === '' ? [] : [[key, value]])));
export const isAddress = (text: string): boolean => parseAddress(text) !== undefined;
export const listed = (value: string | undefined): string[] => given(value)?.split(/,\s*/) ?? [];

/** A node, and flannel's lease in its annotations. */
export function describedNode(d: Described): void {
  const name = fieldOf(d, 'Name') ?? '';
  const addresses = itemsIn(d, 'Addresses');
  const ofType = (type: string): string[] => addresses.flatMap((a) => (a.key === type ? [a.value] : []));
  // Up to 1.5 all addresses stand on the line itself without their types.
  const bare = listed(sectionAt(d, 'Addresses')?.value).filter(isAddress);
  const internalIps = addresses.some((a) => a.key === 'InternalIP') ? ofType('InternalIP') : [...new Set(bare)];
  const externalIps = ofType('ExternalIP');
  if (![...internalIps, ...externalIps].every(isAddress)) {
    d.gap(sectionAt(d, 'Addresses')?.line ?? d.from, 'an address of the node is masked');
    return;
  }
  const podCidrs = listed(fieldOf(d, 'PodCIDRs') ?? fieldOf(d, 'PodCIDR')).flatMap((c) => canonicalPrefix(c) ?? []);
  // grep leaves annotations without their title (`grep -E "Name:|public-ip|PodCIDR"`): then they stand behind the name.
  const notes = [...itemsIn(d, 'Annotations'), ...itemsIn(d, 'Name').filter((item) => item.key.includes('/'))];
  const written = record(notes);
  const hostname = ofType('Hostname')[0];
  const providerId = fieldOf(d, 'ProviderID');
  d.emit(d.from, {
    kind: 'node',
    name,
    ...describedConditions(d),
    internalIps,
    externalIps,
    ...(hostname !== undefined && { hostname }),
    podCidrs,
    ...(providerId !== undefined && { providerId }),
    ...systemInfo(d),
    annotations: networkAnnotations(written),
  });
  readLeases(d, name, podCidrs, written, (key) => notes.find((item) => item.key === key)?.line);
  if (podCidrs.length === 0) announce(d, name, written, notes);
}

/** Annotations of an excerpt without the pod CIDR: whose they are is known, the subnet is not. */
function announce(d: Described, node: string, written: Readonly<Record<string, string>>, notes: readonly Item[]): void {
  const prefix = 'flannel.alpha.coreos.com/';
  const publicIp = written[`${prefix}public-ip`];
  const line = notes.find((item) => item.key.startsWith(prefix))?.line;
  if (line === undefined || (publicIp !== undefined && !isAddress(publicIp))) return;
  const backend = written[`${prefix}backend-type`];
  d.emit(line, {
    kind: 'flannel-announcement',
    node,
    ...(publicIp !== undefined && { publicIp }),
    ...(backend !== undefined && { backend }),
    ...backendData(written[`${prefix}backend-data`]),
  });
}

function describedConditions(d: Described) {
  const section = sectionAt(d, 'Conditions');
  const status = new Map<string, string>();
  for (let i = (section?.line ?? 0) + 1; section && i < section.to; i++) {
    const [type = '', value = ''] = d.text.line(i).trim().split(/\s+/, 2);
    status.set(type, value);
  }
  const ready = status.get('Ready');
  const unavailable = status.get('NetworkUnavailable');
  const cordoned = fieldOf(d, 'Unschedulable') === 'true' ? ',SchedulingDisabled' : '';
  return {
    ...(ready !== undefined && { ready: ready === 'True', status: `${ready === 'True' ? '' : 'Not'}Ready${cordoned}` }),
    ...(unavailable !== undefined && { networkUnavailable: unavailable === 'True' }),
  };
}

function systemInfo(d: Described) {
  const info = record(itemsIn(d, 'System Info'));
  const kernel = info['Kernel Version'];
  const osImage = info['OS Image'];
  const runtime = info['Container Runtime Version'];
  const version = info['Kubelet Version'];
  const machineId = info['Machine ID'];
  return {
    ...(kernel !== undefined && { kernel }),
    ...(osImage !== undefined && { osImage }),
    ...(runtime !== undefined && { runtime }),
    ...(version !== undefined && { version }),
    ...(machineId !== undefined && { machineId }),
  };
}

/** A pod. Its IP is its host's exactly when it runs in the host's network. */
export function describedPod(d: Described): void {
  const [node, hostIp] = fieldOf(d, 'Node')?.split('/') ?? [];
  const ips = [
    ...new Set([...listed(fieldOf(d, 'IP')), ...itemsIn(d, 'IPs').flatMap((i) => (i.key === 'IP' ? i.value : []))]),
  ];
  if (!ips.every(isAddress) || (hostIp && !isAddress(hostIp))) {
    d.gap(sectionAt(d, 'IP')?.line ?? d.from, 'an address of the pod is masked');
    return;
  }
  const containers = itemsIn(d, 'Containers');
  const ready = containers.filter((i) => i.key === 'Ready' && i.indent === 4);
  const restarts = containers.filter((i) => i.key === 'Restart Count');
  const status = fieldOf(d, 'Status')?.replace(/ \(.*/, '');
  const waiting = containers.find((item, i) => item.key === 'Reason' && containers[i - 1]?.value === 'Waiting');
  const shown = status === 'Running' || status === 'Pending' ? (waiting?.value ?? status) : status;
  const labels = record(itemsIn(d, 'Labels'));
  const args = containers
    .map(({ key, value }) => (key === '' || value === '' ? key + value : `${key}=${value}`))
    .filter((word) => NETWORK_FLAG.test(word));
  d.emit(d.from, {
    kind: 'pod',
    namespace: fieldOf(d, 'Namespace') ?? '',
    name: fieldOf(d, 'Name') ?? '',
    ...(shown !== undefined && { status: shown }),
    ...(ready.length > 0 && { ready: { ready: ready.filter((i) => i.value === 'True').length, total: ready.length } }),
    ...(restarts.length > 0 && { restarts: restarts.reduce((sum, i) => sum + (Number.parseInt(i.value, 10) || 0), 0) }),
    ips,
    ...(node && { node }),
    ...(hostIp && { hostIp }),
    ...(hostIp && ips.length > 0 && { hostNetwork: ips.includes(hostIp) }),
    labels,
    ...(args.length > 0 && { args: args.slice(0, 200) }),
  });
}

/** `dns  53/UDP`, `<unset>  80/TCP`. */
function namedPort(value: string): ServicePort | undefined {
  const match = /^(?:(\S+)\s+)?(\d+)\/(\w+)$/.exec(value);
  if (!match) return undefined;
  const name = given(match[1]);
  return { ...(name !== undefined && { name }), port: Number(match[2]), protocol: match[3] ?? '' };
}

/** A service and, by port, the endpoints that its description lists. */
export function describedService(d: Described): void {
  const name = fieldOf(d, 'Name') ?? '';
  const namespace = fieldOf(d, 'Namespace') ?? '';
  const several = listed(fieldOf(d, 'IPs'));
  const clusterIps = (several.length > 0 ? several : listed(fieldOf(d, 'IP'))).filter((ip) => ip !== 'None');
  const external = [...listed(fieldOf(d, 'External IPs')), ...listed(fieldOf(d, 'LoadBalancer Ingress'))];
  if (!clusterIps.every(isAddress)) {
    d.gap(sectionAt(d, 'IP')?.line ?? d.from, 'the address of the service is masked');
    return;
  }
  const type = fieldOf(d, 'Type');
  const externalTrafficPolicy = fieldOf(d, 'External Traffic Policy');
  const sessionAffinity = fieldOf(d, 'Session Affinity');
  const isLocal = fieldOf(d, 'Internal Traffic Policy') === 'Local';
  const ports: ServicePort[] = [];
  for (const { key, value, line } of d.sections) {
    const last = ports.at(-1);
    const port = key === 'Port' ? namedPort(value) : undefined;
    if (port) ports.push(port);
    else if (key === 'Port' && given(value)) d.gap(line, 'a port not understood');
    else if (key === 'TargetPort' && last)
      ports[ports.length - 1] = { ...last, targetPort: value.replace(/\/\w+$/, '') };
    else if (key === 'NodePort' && last) {
      ports[ports.length - 1] = { ...last, nodePort: namedPort(value)?.port ?? 0 };
    } else if (key === 'Endpoints') endpointsLine(d, name, namespace, line, value, last);
  }
  d.emit(d.from, {
    kind: 'service',
    namespace,
    name,
    ...(type !== undefined && { type }),
    clusterIps,
    externalIps: external.filter(isAddress),
    ports,
    selector: record(itemsIn(d, 'Selector').flatMap((item) => splitPairs(item))),
    ...(externalTrafficPolicy !== undefined && { externalTrafficPolicy }),
    ...(sessionAffinity !== undefined && { sessionAffinity }),
    ...(isLocal && { nearest: 'internalTrafficPolicy: Local' }),
  });
}

/** `app=web,tier=front` on one line. */
const splitPairs = (item: Item): Item[] =>
  `${item.key}=${item.value}`.split(',').map((pair) => {
    const [key = '', value = ''] = pair.split('=', 2);
    return { ...item, key, value };
  });

function endpointsLine(
  d: Described,
  name: string,
  namespace: string,
  line: number,
  value: string,
  port?: ServicePort,
): void {
  const more = / ?\+ (\d+) more\.\.\.$/.exec(value)?.[1];
  const sockets = listed(value.replace(/ ?\+ \d+ more\.\.\.$/, '')).map((s) =>
    /^\[?([\da-fA-F.:]+?)\]?(?::(\d+))?$/.exec(s),
  );
  const ips = sockets.map((s) => s?.[1] ?? '');
  if (!ips.every(isAddress)) {
    d.gap(line, 'an endpoint is masked or unreadable');
    return;
  }
  const numbers = [...new Set(sockets.flatMap((s) => (s?.[2] === undefined ? [] : Number(s[2]))))];
  const portName = port?.name;
  d.emit(line, {
    kind: 'endpoints',
    namespace,
    name,
    addresses: [...new Set(ips)].map((ip) => ({ ip, ready: true })),
    ports: numbers.map((n) => ({
      ...(portName !== undefined && { name: portName }),
      port: n,
      protocol: port?.protocol ?? '',
    })),
    ...(more !== undefined && { more: Number(more) }),
  });
}
