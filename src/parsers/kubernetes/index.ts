import type { Kind } from '../../facts/index.js';
import { type Located, textAt, valueAt } from '../text/located.js';
import {
  readBgpConfiguration,
  readBgpPeer,
  readCalicoNode,
  readHostEndpoint,
  readIpPool,
  readSettingsOf,
  readWorkloadEndpoint,
} from './calico.js';
import { readConfigMap, readSettings } from './config.js';
import { readEvent } from './events.js';
import { readBlockAffinity, readIpamBlock, readIpamHandle, readIpReservation } from './ipam.js';
import { readNode } from './node.js';
import { readCiliumNode, readCrd, readKubeconfig, readLease } from './others.js';
import { readPod } from './pod.js';
import { readCalicoPolicy, readNetworkPolicy } from './policy.js';
import type { ObjectContext } from './read.js';
import { readEndpointSlice, readEndpoints, readService } from './service.js';
import { readWorkload } from './workload.js';

export type { ObjectContext } from './read.js';

interface Reader {
  /** apiVersion must match: Knative has a Service and Calico a Node of its own. Items of raw lists have none. */
  readonly group: RegExp;
  /** Kinds of fact that a list of such objects lists. */
  readonly lists?: readonly Kind[];
  read(context: ObjectContext): void;
}

const core = /^v1$/;
const calico = /projectcalico\.org\//;
const apps = /^(?:apps|extensions)\//;
const settings = (context: ObjectContext): void => readSettings(context, context.object);
const workload = (type: Parameters<typeof readWorkload>[0]): Reader => ({
  group: apps,
  lists: ['workload'],
  read: readWorkload(type),
});
const setting = (resource: string): Reader => ({ group: calico, read: readSettingsOf(resource) });

/** Kinds that carry facts; of two groups with one kind, both. */
const READERS: ReadonlyMap<string, readonly Reader[]> = new Map<string, readonly Reader[]>(
  Object.entries({
    BGPConfiguration: [{ group: calico, lists: ['bgp-config'], read: readBgpConfiguration }],
    BGPPeer: [{ group: calico, lists: ['bgp-peer-config'], read: readBgpPeer }],
    BlockAffinity: [{ group: calico, lists: ['block-affinity'], read: readBlockAffinity }],
    CiliumNode: [{ group: /^cilium\.io\//, lists: ['cilium-node'], read: readCiliumNode }],
    ClusterConfiguration: [{ group: /^kubeadm\.k8s\.io\//, read: settings }],
    ClusterInformation: [setting('ClusterInformation')],
    Config: [{ group: core, read: readKubeconfig }],
    ConfigMap: [{ group: core, read: readConfigMap }],
    CustomResourceDefinition: [{ group: /^apiextensions\.k8s\.io\//, lists: ['crd'], read: readCrd }],
    DaemonSet: [workload('DaemonSet')],
    Deployment: [workload('Deployment')],
    Endpoints: [{ group: core, lists: ['endpoints'], read: readEndpoints }],
    EndpointSlice: [{ group: /^discovery\.k8s\.io\//, lists: ['endpoints'], read: readEndpointSlice }],
    Event: [{ group: /^(?:v1|events\.k8s\.io\/.*)$/, read: readEvent }],
    FelixConfiguration: [setting('FelixConfiguration')],
    GlobalNetworkPolicy: [{ group: calico, read: readCalicoPolicy }],
    HostEndpoint: [{ group: calico, lists: ['host-endpoint'], read: readHostEndpoint }],
    IPAMBlock: [{ group: calico, lists: ['ipam-block'], read: readIpamBlock }],
    IPAMConfig: [setting('IPAMConfig')],
    IPAMConfiguration: [setting('IPAMConfig')],
    IPAMHandle: [{ group: calico, lists: ['ipam-handle'], read: readIpamHandle }],
    IPPool: [{ group: calico, lists: ['ip-pool'], read: readIpPool }],
    IPReservation: [{ group: calico, lists: ['ip-reservation'], read: readIpReservation }],
    KubeControllersConfiguration: [setting('KubeControllersConfiguration')],
    KubeProxyConfiguration: [{ group: /^kubeproxy\.config\.k8s\.io\//, read: settings }],
    Lease: [{ group: /^coordination\.k8s\.io\//, lists: ['lease'], read: readLease }],
    MasterConfiguration: [{ group: /^kubeadm\.k8s\.io\//, read: settings }],
    NetworkPolicy: [
      { group: /^(?:networking\.k8s\.io|extensions)\//, read: readNetworkPolicy },
      { group: calico, read: readCalicoPolicy },
    ],
    Node: [
      { group: core, lists: ['node', 'flannel-lease'], read: readNode },
      { group: calico, lists: ['calico-node'], read: readCalicoNode },
    ],
    Pod: [{ group: core, lists: ['pod'], read: readPod }],
    ReplicaSet: [workload('ReplicaSet')],
    ReplicationController: [{ group: core, lists: ['workload'], read: readWorkload('ReplicationController') }],
    Service: [{ group: core, lists: ['service'], read: readService }],
    StatefulSet: [workload('StatefulSet')],
    WorkloadEndpoint: [{ group: calico, lists: ['workload-endpoint'], read: readWorkloadEndpoint }],
  } satisfies Record<string, readonly Reader[]>),
);

/** What an empty list of objects of that kind lists (`PodList`); nothing when two groups have such a kind. */
export function listsOf(kind: string): readonly Kind[] {
  const readers = READERS.get(kind) ?? [];
  return readers.length === 1 ? (readers[0]?.lists ?? []) : [];
}

export const isRead = (kind: string): boolean => READERS.has(kind);

/** Go's own JSON of one object leaves out kind and apiVersion; a few shapes are unmistakable without them. */
export function guessKind(object: Located): string | undefined {
  const has = (...path: readonly string[]): boolean => valueAt(object, ...path) !== undefined;
  // Whose `kind` was left out with the rest of its end, its text tells.
  if (has('data', 'Corefile') || has('data', 'net-conf.json')) return 'ConfigMap';
  if (!has('metadata', 'name')) return undefined;
  if (has('spec', 'containers') && has('status', 'phase')) return 'Pod';
  if (has('status', 'nodeInfo')) return 'Node';
  if (has('spec', 'clusterIP') && has('spec', 'ports')) return 'Service';
  return has('subsets') ? 'Endpoints' : undefined;
}

/** Reads one object's facts, and returns what a list of such objects lists; undefined when its kind (or group) carries none. */
export function readObject(kind: string, context: ObjectContext): readonly Kind[] | undefined {
  const version = textAt(context.object, 'apiVersion');
  const reader = READERS.get(kind)?.find(({ group }) => version === undefined || group.test(version));
  if (!reader) return undefined;
  reader.read(context);
  return reader.lists ?? [];
}
