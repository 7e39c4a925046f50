import { canonicalPrefix, parseAddress } from '../../kit/index.js';
import { itemsAt, lineAt, numberAt, textAt, textsAt, valueAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';

export function readLease(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const holder = textAt(spec, 'holderIdentity');
  const renewed = textAt(spec, 'renewTime');
  const durationSeconds = numberAt(spec, 'leaseDurationSeconds');
  context.emit(nameLine(context), {
    kind: 'lease',
    namespace: namespaceOf(context),
    name: nameOf(context),
    ...(holder !== undefined && { holder }),
    ...(renewed !== undefined && { renewed }),
    ...(durationSeconds !== undefined && { durationSeconds }),
  });
}

export function readCrd(context: ObjectContext): void {
  const conditions = itemsAt(context.object, 'status', 'conditions');
  const established = conditions.find((c) => textAt(c, 'type') === 'Established');
  context.emit(nameLine(context), {
    kind: 'crd',
    name: nameOf(context),
    ...(established && { established: textAt(established, 'status') === 'True' }),
  });
}

export function readCiliumNode(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const ofType = (type: string): string[] =>
    itemsAt(spec, 'addresses').flatMap((a) => (textAt(a, 'type') === type ? (textAt(a, 'ip') ?? []) : []));
  const [internalIps, ciliumIps] = [ofType('InternalIP'), ofType('CiliumInternalIP')];
  if (![...internalIps, ...ciliumIps].every((ip) => parseAddress(ip))) {
    context.gap(nameLine(context), 'an address of the node is masked');
    return;
  }
  const podCidrs = textsAt(spec, 'ipam', 'podCIDRs').flatMap((cidr) => canonicalPrefix(cidr) ?? []);
  context.emit(nameLine(context), { kind: 'cilium-node', name: nameOf(context), internalIps, ciliumIps, podCidrs });
}

/** A kubeconfig: where its clusters are spoken to. Nothing else of it is kept. */
export function readKubeconfig({ object, emit }: ObjectContext): void {
  for (const cluster of itemsAt(object, 'clusters')) {
    const url = textAt(cluster, 'cluster', 'server');
    const line = lineAt(valueAt(cluster, 'cluster'), 'server');
    if (url !== undefined && line !== undefined)
      emit(line, { kind: 'cluster-endpoint', name: textAt(cluster, 'name') ?? '', url: withoutUser(url) });
  }
}

/** `https://user:password@host` must not be kept. */
export const withoutUser = (url: string): string => url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
