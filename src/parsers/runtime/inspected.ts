import type { ContainerFact, DockerNetworkFact } from '../../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, numberAt, textAt, valueAt, wordsAt } from '../text/located.js';
import { container, namedByKubelet } from './containers.js';

const entriesAt = (node: Located | undefined, ...path: readonly string[]): readonly (readonly [string, Located])[] => {
  const map = valueAt(node, ...path);
  return map?.kind === 'map' ? [...map.entries].map(([key, { value }]) => [key, value] as const) : [];
};

const addresses = (...texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.flatMap((text) => canonicalAddress((text ?? '').replace(/\/\d+$/, '')) ?? [])),
];
const many = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** A container of docker or podman: `docker inspect ID`. Its environment, mounts and arguments are not read. */
export function dockerContainer(value: Located): Draft<ContainerFact> | undefined {
  const id = textAt(value, 'Id') ?? textAt(value, 'ID');
  if (id === undefined || !valueAt(value, 'State') || !valueAt(value, 'NetworkSettings')) return undefined;
  const name = (textAt(value, 'Name') ?? '').replace(/^\//, '');
  const settings = valueAt(value, 'NetworkSettings');
  const networks = entriesAt(settings, 'Networks').map(([, network]) => network);
  const ports = entriesAt(settings, 'Ports').flatMap(([key, bindings]) => {
    const [port = '', protocol = ''] = key.split('/');
    return (bindings.kind === 'list' ? bindings.items : []).flatMap((b) => {
      const hostPort = Number(textAt(b, 'HostPort'));
      const hostIp = canonicalAddress(textAt(b, 'HostIp') ?? '');
      return hostPort > 0 ? { ...(hostIp !== undefined && { hostIp }), hostPort, port: Number(port), protocol } : [];
    });
  });
  const pid = numberAt(value, 'State', 'Pid');
  const labels = wordsAt(value, 'Config', 'Labels') ?? {};
  const pod = labels['io.kubernetes.pod.name'];
  return container({
    kind: 'container',
    runtime: valueAt(value, 'OCIConfigPath') ? 'podman' : 'docker',
    id,
    name,
    image: textAt(value, 'Config', 'Image'),
    state: textAt(value, 'State', 'Status'),
    ...namedByKubelet(name),
    ...(pod !== undefined && { pod: `${labels['io.kubernetes.pod.namespace'] ?? ''}/${pod}` }),
    podId: labels['io.kubernetes.sandbox.id'],
    pid: pid === 0 ? undefined : pid,
    networkMode: textAt(value, 'HostConfig', 'NetworkMode'),
    netns: textAt(settings, 'SandboxKey') || undefined,
    ips: addresses(
      textAt(settings, 'IPAddress'),
      textAt(settings, 'GlobalIPv6Address'),
      ...networks.flatMap((n) => [textAt(n, 'IPAddress'), textAt(n, 'GlobalIPv6Address')]),
    ),
    ports: many(ports),
  });
}

/** CONTAINER_RUNNING, SANDBOX_READY. */
const criState = (state: string | undefined): string | undefined =>
  state?.replace(/^(?:CONTAINER|SANDBOX)_/, '').toLowerCase();

/** `crictl inspect` (container) and `crictl inspectp` (sandbox): `status` is the CRI's, `info` the runtime's own. */
export function criInspected(value: Located): Draft<ContainerFact> | undefined {
  const status = valueAt(value, 'status');
  const id = textAt(status, 'id');
  const state = textAt(status, 'state');
  if (id === undefined || state === undefined) return undefined;
  const labels = wordsAt(status, 'labels') ?? {};
  const sandbox = state.startsWith('SANDBOX');
  const namespaces = itemsAt(value, 'info', 'runtimeSpec', 'linux', 'namespaces');
  const network = namespaces.find((n) => textAt(n, 'type') === 'network');
  const extra = itemsAt(status, 'network', 'additionalIps').map((ip) => textAt(ip, 'ip'));
  const mode = textAt(status, 'linux', 'namespaces', 'options', 'network');
  const name = textAt(status, 'metadata', 'name') ?? '';
  const pod = labels['io.kubernetes.pod.name'] ?? (sandbox ? name : undefined);
  const namespace = labels['io.kubernetes.pod.namespace'] ?? textAt(status, 'metadata', 'namespace') ?? '';
  return container({
    kind: 'container',
    runtime: 'cri',
    id,
    name,
    image: textAt(status, 'image', 'image') || undefined,
    state: criState(state),
    sandbox: sandbox || undefined,
    pod: pod === undefined ? undefined : `${namespace}/${pod}`,
    podId: textAt(value, 'info', 'sandboxID'),
    pid: numberAt(value, 'info', 'pid') || undefined,
    networkMode: mode === undefined ? undefined : mode === 'NODE' || mode === '2' ? 'host' : 'pod',
    netns: textAt(network, 'path'),
    ips: sandbox ? addresses(textAt(status, 'network', 'ip'), ...extra) : undefined,
  });
}

/** An item of `crictl ps -o json` or `crictl pods -o json`. */
export function criListed(value: Located): Draft<ContainerFact> | undefined {
  const id = textAt(value, 'id');
  const name = textAt(value, 'metadata', 'name');
  const state = textAt(value, 'state');
  if (id === undefined || name === undefined || state === undefined) return undefined;
  const labels = wordsAt(value, 'labels') ?? {};
  const sandbox = state.startsWith('SANDBOX');
  const pod = sandbox ? name : labels['io.kubernetes.pod.name'];
  const namespace = textAt(value, 'metadata', 'namespace') ?? labels['io.kubernetes.pod.namespace'] ?? '';
  return container({
    kind: 'container',
    runtime: 'cri',
    id,
    name,
    image: textAt(value, 'image', 'image'),
    state: criState(state),
    sandbox: sandbox || undefined,
    pod: pod === undefined ? undefined : `${namespace}/${pod}`,
    podId: textAt(value, 'podSandboxId'),
  });
}

/** A network of docker (`IPAM.Config`) or podman (`subnets`). */
export function dockerNetwork(value: Located): Draft<DockerNetworkFact> | undefined {
  const name = textAt(value, 'Name') ?? textAt(value, 'name');
  const driver = textAt(value, 'Driver') ?? textAt(value, 'driver');
  if (name === undefined || driver === undefined) return undefined;
  if (!valueAt(value, 'IPAM') && !valueAt(value, 'subnets') && !valueAt(value, 'network_interface')) return undefined;
  const option = (key: string): string | undefined => textAt(value, 'Options', key) ?? textAt(value, 'options', key);
  const docker = (key: string): string | undefined => option(`com.docker.network.${key}`);
  const flag = (text: string | undefined): boolean | undefined => (text === undefined ? undefined : text === 'true');
  const mtu = docker('driver.mtu') ?? option('mtu');
  const subnets = [...itemsAt(value, 'IPAM', 'Config'), ...itemsAt(value, 'subnets')].flatMap((range) => {
    const subnet = canonicalPrefix(textAt(range, 'Subnet') ?? textAt(range, 'subnet') ?? '');
    const gateway = canonicalAddress(textAt(range, 'Gateway') ?? textAt(range, 'gateway') ?? '');
    return subnet === undefined ? [] : { subnet, ...(gateway !== undefined && { gateway }) };
  });
  const containers = entriesAt(value, 'Containers').map(([id, c]) => {
    const mac = textAt(c, 'MacAddress') || undefined;
    return {
      name: textAt(c, 'Name') ?? id.slice(0, 12),
      ips: addresses(textAt(c, 'IPv4Address'), textAt(c, 'IPv6Address')),
      ...(mac !== undefined && { mac: mac.toLowerCase() }),
    };
  });
  const fields = {
    id: textAt(value, 'Id') ?? textAt(value, 'id'),
    scope: textAt(value, 'Scope'),
    internal: flagAt(value, 'Internal') ?? flagAt(value, 'internal'),
    bridge: docker('bridge.name') ?? textAt(value, 'network_interface'),
    mtu: mtu !== undefined && /^\d{1,6}$/.test(mtu) ? Number(mtu) : undefined,
    masquerade: flag(docker('bridge.enable_ip_masquerade')),
    icc: flag(docker('bridge.enable_icc')),
    subnets: many(subnets),
    containers: many(containers),
  };
  return {
    kind: 'docker-network',
    name,
    driver,
    ...Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)),
  };
}
