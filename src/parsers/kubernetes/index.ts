import { type Located, textAt, valueAt } from '../text/located.js';
import { readConfigMap, readIpPool, readSettings } from './config.js';
import { readNode } from './node.js';
import { readPod, readWorkload } from './pod.js';
import type { ObjectContext } from './read.js';
import { readEndpointSlice, readEndpoints, readService } from './service.js';

export type { ObjectContext } from './read.js';

interface Reader {
  /** apiVersion must match: Knative has a Service and Calico a Node of its own. Items of raw lists have none. */
  readonly group: RegExp;
  read(context: ObjectContext): void;
}

const core = /^v1$/;
const settings = (context: ObjectContext): void => readSettings(context, context.object);

/** Kinds that carry facts. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['ClusterConfiguration', { group: /^kubeadm\.k8s\.io\//, read: settings }],
  ['ConfigMap', { group: core, read: readConfigMap }],
  ['DaemonSet', { group: /^(?:apps|extensions)\//, read: readWorkload }],
  ['Deployment', { group: /^(?:apps|extensions)\//, read: readWorkload }],
  ['Endpoints', { group: core, read: readEndpoints }],
  ['EndpointSlice', { group: /^discovery\.k8s\.io\//, read: readEndpointSlice }],
  ['IPPool', { group: /projectcalico\.org\//, read: readIpPool }],
  ['KubeProxyConfiguration', { group: /^kubeproxy\.config\.k8s\.io\//, read: settings }],
  ['MasterConfiguration', { group: /^kubeadm\.k8s\.io\//, read: settings }],
  ['Node', { group: core, read: readNode }],
  ['Pod', { group: core, read: readPod }],
  ['Service', { group: core, read: readService }],
]);

export const isRead = (kind: string): boolean => READERS.has(kind);

/** Go's own JSON of one object leaves out kind and apiVersion; a few shapes are unmistakable without them. */
export function guessKind(object: Located): string | undefined {
  const has = (...path: readonly string[]): boolean => valueAt(object, ...path) !== undefined;
  if (!has('metadata', 'name')) return undefined;
  if (has('spec', 'containers') && has('status', 'phase')) return 'Pod';
  if (has('status', 'nodeInfo')) return 'Node';
  if (has('spec', 'clusterIP') && has('spec', 'ports')) return 'Service';
  return has('subsets') ? 'Endpoints' : undefined;
}

/** Reads one object's facts; false when it is of a kind (or group) that carries none. */
export function readObject(kind: string, context: ObjectContext): boolean {
  const reader = READERS.get(kind);
  const version = textAt(context.object, 'apiVersion');
  if (!reader || (version !== undefined && !reader.group.test(version))) return false;
  reader.read(context);
  return true;
}
