import type { EndpointAddress, EndpointsFact, ServicePort } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { bareName, given, isAddress, listed, MASKED, pairs, type Row, type RowReading } from './cells.js';

/** Row of `kubectl get nodes`; undefined when its STATUS is not a node's (namespaces have the same columns). */
export function nodeRow(row: Row): RowReading | undefined {
  const status = row.STATUS ?? '';
  if (!/^(?:NotReady|Ready|Unknown)(?:,|$)/.test(status)) return undefined;
  const internalIps = listed(row['INTERNAL-IP']);
  const externalIps = listed(row['EXTERNAL-IP']);
  if (![...internalIps, ...externalIps].every(isAddress)) return MASKED;
  const runtime = given(row['CONTAINER-RUNTIME']);
  // `| column -t` breaks the image's name, `Debian GNU/Linux 12 (bookworm)`, into columns that the header does not have.
  const shifted = runtime !== undefined && !/^[\w.+-]+:\/\/\S*$/.test(runtime);
  const osImage = shifted ? undefined : given(row['OS-IMAGE']);
  const kernel = shifted ? undefined : given(row['KERNEL-VERSION']);
  const version = given(row.VERSION);
  return {
    facts: [
      {
        kind: 'node',
        name: bareName(row.NAME),
        ready: status.startsWith('Ready'),
        status,
        internalIps,
        externalIps,
        podCidrs: [],
        ...(kernel !== undefined && { kernel }),
        ...(osImage !== undefined && { osImage }),
        ...(runtime !== undefined && !shifted && { runtime }),
        ...(version !== undefined && { version }),
        annotations: {},
      },
    ],
  };
}

/** Row of `kubectl get pods`. hostNetwork is not in the table, so it stays unknown. */
export function podRow(row: Row, namespace: string): RowReading {
  const ips = listed(row.IP);
  if (!ips.every(isAddress)) return MASKED;
  const counts = /^(\d+)\/(\d+)$/.exec(row.READY ?? '');
  const restarts = /^\d+/.exec(row.RESTARTS ?? '')?.[0];
  const status = given(row.STATUS ?? row.REASON);
  const node = given(row.NODE);
  const labels = pairs(row.LABELS);
  return {
    facts: [
      {
        kind: 'pod',
        namespace: row.NAMESPACE ?? namespace,
        name: bareName(row.NAME),
        ...(status !== undefined && { status }),
        ...(counts && { ready: { ready: Number(counts[1]), total: Number(counts[2]) } }),
        ...(restarts !== undefined && { restarts: Number(restarts) }),
        ips,
        ...(node !== undefined && { node }),
        ...(labels && { labels }),
      },
    ],
  };
}

/** `80:30080/TCP`, `53/UDP`; undefined when it is neither. */
function servicePort(text: string): ServicePort | undefined {
  const match = /^(\d+)(?::(\d+))?\/(\w+)$/.exec(text);
  if (!match) return undefined;
  const nodePort = match[2];
  return {
    port: Number(match[1]),
    protocol: match[3] ?? '',
    ...(nodePort !== undefined && { nodePort: Number(nodePort) }),
  };
}

/** Row of `kubectl get services`. */
export function serviceRow(row: Row, namespace: string): RowReading {
  const clusterIp = row['CLUSTER-IP'] ?? row.CLUSTER_IP ?? row['IP(S)'];
  const clusterIps = listed(clusterIp).filter((ip) => ip !== 'None');
  // A load balancer may have a host name; 1.4 and older print `nodes` and `<nodes>` for NodePort.
  const external = listed(row['EXTERNAL-IP'] ?? row.EXTERNAL_IP);
  const written = listed(row['PORT(S)']);
  const ports = written.flatMap((port) => servicePort(port) ?? []);
  if (!clusterIps.every(isAddress) || external.some((ip) => /^[\dxX*.]+$/.test(ip) && !isAddress(ip))) return MASKED;
  if (ports.length < written.length) return { gap: 'ports not understood' };
  const type = given(row.TYPE);
  const selector = pairs(row.SELECTOR);
  return {
    facts: [
      {
        kind: 'service',
        namespace: row.NAMESPACE ?? namespace,
        name: bareName(row.NAME),
        ...(type !== undefined && { type }),
        clusterIps,
        externalIps: external.filter(isAddress),
        ports,
        ...(selector && { selector }),
      },
    ],
  };
}

const MORE = / ?\+ (\d+) more\.\.\.$/;

/** Splits `10.244.0.6:8080` and `[fd00::6]:8080`; without a port when there is none. */
function socket(text: string): { readonly ip: string; readonly port?: number } | undefined {
  const match = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d+))?$/.exec(text);
  if (isAddress(text)) return { ip: text };
  if (!match?.[1] || !isAddress(match[1])) return undefined;
  return { ip: match[1], ...(match[2] !== undefined && { port: Number(match[2]) }) };
}

/** Row of `kubectl get endpoints`, which lists ready addresses only, at most three. */
export function endpointsRow(row: Row, namespace: string): RowReading {
  const cell = row.ENDPOINTS ?? '';
  const more = MORE.exec(cell)?.[1];
  const sockets = listed(cell.replace(MORE, '')).map(socket);
  const known = sockets.flatMap((s) => s ?? []);
  if (known.length < sockets.length) return MASKED;
  const fact = (addresses: readonly string[], ports: readonly number[]): Draft<EndpointsFact> => ({
    kind: 'endpoints',
    namespace: row.NAMESPACE ?? namespace,
    name: bareName(row.NAME),
    addresses: addresses.map((ip) => ({ ip, ready: true })),
    ports: ports.map((port) => ({ port, protocol: '' })),
    ...(more !== undefined && { more: Number(more) }),
  });
  const portsByIp = new Map<string, number[]>();
  for (const { ip, port } of known) {
    const ports = portsByIp.get(ip) ?? [];
    if (port !== undefined) ports.push(port);
    portsByIp.set(ip, ports);
  }
  if (more !== undefined || portsByIp.size === 0) {
    const facts = [fact([...portsByIp.keys()], [...new Set(known.flatMap((s) => s.port ?? []))])];
    return more === undefined ? { facts } : { facts, more: `+ ${more} more... of ${bareName(row.NAME)}` };
  }
  // Addresses with the same ports are one subset.
  const groups = new Map<string, { ips: string[]; ports: number[] }>();
  for (const [ip, ports] of portsByIp) {
    const group = groups.get(ports.join()) ?? { ips: [], ports };
    group.ips.push(ip);
    groups.set(ports.join(), group);
  }
  return { facts: [...groups.values()].map(({ ips, ports }) => fact(ips, ports)) };
}

/** Kubernetes appends five letters of its own alphabet to the service's name. */
const SLICE_SUFFIX = /-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** Row of `kubectl get endpointslices`; the table shows addresses that are not ready, too. */
export function endpointSliceRow(row: Row, namespace: string): RowReading {
  const cell = row.ENDPOINTS ?? '';
  const more = MORE.exec(cell)?.[1];
  const ips = listed(cell.replace(MORE, ''));
  if (row.ADDRESSTYPE === 'FQDN') return { facts: [] };
  if (!ips.every(isAddress)) return MASKED;
  // Of ports three are shown, too.
  const morePorts = MORE.exec(row.PORTS ?? '')?.[1];
  const ports = listed(row.PORTS?.replace(MORE, '')).filter((port) => /^\d+$/.test(port));
  const name = bareName(row.NAME).replace(SLICE_SUFFIX, '');
  const addresses = ips.map((ip): EndpointAddress => ({ ip }));
  return {
    facts: [
      {
        kind: 'endpoints',
        namespace: row.NAMESPACE ?? namespace,
        name,
        addresses,
        ports: ports.map((port) => ({ port: Number(port), protocol: '' })),
        ...(more !== undefined && { more: Number(more) }),
      },
    ],
    ...((more ?? morePorts) !== undefined && { more: `+ ${more ?? morePorts} more... of ${name}` }),
  };
}
