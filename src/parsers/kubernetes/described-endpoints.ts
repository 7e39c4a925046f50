import type { EndpointAddress, ServicePort } from '../../facts/index.js';
import { given, itemsOf } from '../text/describe.js';
import { type Described, fieldOf, isAddress, listed, sectionAt } from './described.js';

/** Endpoints: one fact per subset, at the line of its addresses. */
export function describedEndpoints(d: Described): void {
  const name = fieldOf(d, 'Name') ?? '';
  const namespace = fieldOf(d, 'Namespace') ?? '';
  const section = sectionAt(d, 'Subsets');
  const subsets: { line: number; addresses: EndpointAddress[]; ports: ServicePort[] }[] = [];
  for (let i = (section?.line ?? 0) + 1; section && i < section.to; i++) {
    const line = d.text.line(i).trim();
    const [key = '', value = ''] = line.split(/:\s+/, 2);
    const ready = key === 'Addresses';
    if (ready) subsets.push({ line: i, addresses: [], ports: [] });
    if (ready || key === 'NotReadyAddresses') {
      subsets.at(-1)?.addresses.push(...listed(value).map((ip) => ({ ip, ready })));
    }
    const port = portRow(line);
    if (port) subsets.at(-1)?.ports.push(port);
  }
  if (subsets.length === 0) d.emit(d.from, { kind: 'endpoints', namespace, name, addresses: [], ports: [] });
  for (const { line, addresses, ports } of subsets) {
    if (addresses.every((a) => isAddress(a.ip))) d.emit(line, { kind: 'endpoints', namespace, name, addresses, ports });
    else d.gap(line, 'an address is masked');
  }
}

/** `dns      53    UDP` */
function portRow(line: string): ServicePort | undefined {
  const match = /^(\S+)\s+(\d+)\s+(TCP|UDP|SCTP)$/.exec(line);
  if (!match) return undefined;
  const name = given(match[1]);
  return { ...(name !== undefined && { name }), port: Number(match[2]), protocol: match[3] ?? '' };
}

/** An EndpointSlice: `- Addresses:  10.60.1.5` with conditions, target and node under it. */
export function describedEndpointSlice(d: Described): void {
  const labels = sectionAt(d, 'Labels');
  const service = labels && itemsOf(d.text, labels).find((item) => item.key === 'kubernetes.io/service-name')?.value;
  const section = sectionAt(d, 'Endpoints');
  const endpoints: { ips: readonly string[]; ready?: boolean; node?: string; target?: string }[] = [];
  for (let i = (section?.line ?? 0) + 1; section && i < section.to; i++) {
    const [key = '', value = ''] = d.text.line(i).trim().split(/:\s+/, 2);
    const last = endpoints.at(-1);
    if (key === '- Addresses') endpoints.push({ ips: listed(value) });
    else if (!last || given(value) === undefined) continue;
    else if (key === 'Ready') last.ready = value === 'true';
    else if (key === 'NodeName') last.node = value;
    else if (key === 'TargetRef') last.target = value.replace(/^Pod\//, '');
  }
  const addresses = endpoints.flatMap(({ ips, ...rest }) => ips.map((ip): EndpointAddress => ({ ip, ...rest })));
  const ports: ServicePort[] = [];
  const table = sectionAt(d, 'Ports');
  for (let i = table?.line ?? 0; table && i < table.to; i++)
    ports.push(...[portRow(d.text.line(i).trim()) ?? []].flat());
  if (!addresses.every((a) => isAddress(a.ip))) d.gap(section?.line ?? d.from, 'an address is masked');
  else {
    const name = service ?? fieldOf(d, 'Name') ?? '';
    d.emit(d.from, { kind: 'endpoints', namespace: fieldOf(d, 'Namespace') ?? '', name, addresses, ports });
  }
}
