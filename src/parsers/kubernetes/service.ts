import type { EndpointAddress, ServicePort } from '../../facts/index.js';
import { parseAddress } from '../../kit/index.js';
import { flagAt, itemsAt, type Located, numberAt, textAt, textsAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';

const isAddress = (text: string): boolean => parseAddress(text) !== undefined;

function portsOf(list: readonly Located[]): ServicePort[] {
  return list.flatMap((port) => {
    const number = numberAt(port, 'port');
    if (number === undefined) return [];
    const name = textAt(port, 'name');
    const targetPort = textAt(port, 'targetPort');
    const nodePort = numberAt(port, 'nodePort');
    return {
      ...(name !== undefined && name !== '' && { name }),
      port: number,
      protocol: textAt(port, 'protocol') ?? 'TCP',
      ...(targetPort !== undefined && { targetPort }),
      ...(nodePort !== undefined && { nodePort }),
    };
  });
}

const HINTS = ['service.kubernetes.io/topology-mode', 'service.kubernetes.io/topology-aware-hints'];

/** What makes each node have endpoints of its own: `internalTrafficPolicy: Local`, `trafficDistribution`, hints by an annotation. */
function choosesNearest(object: Located): string | undefined {
  const distribution = textAt(object, 'spec', 'trafficDistribution');
  if (distribution !== undefined) return `trafficDistribution: ${distribution}`;
  if (textAt(object, 'spec', 'internalTrafficPolicy') === 'Local') return 'internalTrafficPolicy: Local';
  const annotations = wordsAt(object, 'metadata', 'annotations') ?? {};
  const hint = HINTS.find((key) => !/^(?:disabled)?$/i.test(annotations[key] ?? ''));
  return hint === undefined ? undefined : `${hint}: ${annotations[hint]}`;
}

/** A v1 Service as the API server returns it. */
export function readService(context: ObjectContext): void {
  const { object, emit } = context;
  const type = textAt(object, 'spec', 'type') ?? 'ClusterIP';
  const single = textAt(object, 'spec', 'clusterIP');
  const several = textsAt(object, 'spec', 'clusterIPs');
  const written = (several.length > 0 ? several : single === undefined ? [] : [single]).filter((ip) => ip !== '');
  // The API server always fills clusterIP in, if only with None: without it this is a manifest, not a service.
  if (written.length === 0 && type !== 'ExternalName') return;
  const clusterIps = written.filter((ip) => ip !== 'None');
  const ingress = itemsAt(object, 'status', 'loadBalancer', 'ingress').flatMap((i) => textAt(i, 'ip') ?? []);
  const externalIps = [...textsAt(object, 'spec', 'externalIPs'), ...ingress];
  if (![...clusterIps, ...externalIps].every(isAddress)) {
    context.gap(nameLine(context), 'an address of the service is masked');
    return;
  }
  const selector = wordsAt(object, 'spec', 'selector') ?? (context.elided ? undefined : {});
  const externalTrafficPolicy = textAt(object, 'spec', 'externalTrafficPolicy');
  const sessionAffinity = textAt(object, 'spec', 'sessionAffinity');
  const nearest = choosesNearest(object);
  emit(nameLine(context), {
    kind: 'service',
    namespace: namespaceOf(context),
    name: nameOf(context),
    type,
    clusterIps,
    externalIps,
    ports: portsOf(itemsAt(object, 'spec', 'ports')),
    ...(selector && { selector }),
    ...(externalTrafficPolicy !== undefined && { externalTrafficPolicy }),
    ...(sessionAffinity !== undefined && { sessionAffinity }),
    ...(nearest !== undefined && { nearest }),
  });
}

function target(node: Located): Pick<EndpointAddress, 'target' | 'node'> {
  const name = textAt(node, 'targetRef', 'name');
  const namespace = textAt(node, 'targetRef', 'namespace');
  const host = textAt(node, 'nodeName');
  return {
    ...(host !== undefined && { node: host }),
    ...(name !== undefined && { target: namespace === undefined ? name : `${namespace}/${name}` }),
  };
}

/** A v1 Endpoints: one fact per subset; one without addresses when there is no subset. */
export function readEndpoints(context: ObjectContext): void {
  const { object } = context;
  const subsets = itemsAt(object, 'subsets');
  if (subsets.length === 0) emitEndpoints(context, nameOf(context), [], []);
  for (const subset of subsets) {
    const addresses = (key: string, ready: boolean): EndpointAddress[] =>
      itemsAt(subset, key).flatMap((a) => {
        const ip = textAt(a, 'ip');
        return ip === undefined ? [] : { ip, ready, ...target(a) };
      });
    const all = [...addresses('addresses', true), ...addresses('notReadyAddresses', false)];
    emitEndpoints(context, nameOf(context), all, itemsAt(subset, 'ports'));
  }
}

/** A discovery.k8s.io EndpointSlice. The service is in a label; the slice's own name only begins with it. */
export function readEndpointSlice(context: ObjectContext): void {
  const { object } = context;
  // Unset `ready` means ready (discovery/v1 EndpointConditions).
  const addresses = itemsAt(object, 'endpoints').flatMap((endpoint) => {
    const ready = flagAt(endpoint, 'conditions', 'ready') !== false;
    return textsAt(endpoint, 'addresses').map((ip): EndpointAddress => ({ ip, ready, ...target(endpoint) }));
  });
  if (textAt(object, 'addressType') === 'FQDN') return;
  const name = textAt(valueAt(object, 'metadata', 'labels'), 'kubernetes.io/service-name') ?? nameOf(context);
  const hinted = itemsAt(object, 'endpoints').some(
    (e) => itemsAt(e, 'hints', 'forZones').length + itemsAt(e, 'hints', 'forNodes').length > 0,
  );
  emitEndpoints(context, name, addresses, itemsAt(object, 'ports'), hinted);
}

function emitEndpoints(
  context: ObjectContext,
  name: string,
  addresses: readonly EndpointAddress[],
  ports: readonly Located[],
  hinted = false,
): void {
  if (!addresses.every((a) => isAddress(a.ip))) context.gap(nameLine(context), 'an address of the endpoints is masked');
  else {
    const namespace = namespaceOf(context);
    context.emit(nameLine(context), {
      kind: 'endpoints',
      namespace,
      name,
      addresses,
      ports: portsOf(ports),
      ...(hinted && { hinted }),
    });
  }
}
