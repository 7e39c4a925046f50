import type { Kind } from '../../facts/index.js';

/** A type of resource by the names that kubectl and calicoctl take for it, and what a listing of it lists. */
interface Resource {
  readonly names: string;
  readonly kinds?: readonly Kind[];
  /** Kinds that objects show and tables do not. */
  readonly objects?: readonly Kind[];
  /** calicoctl has a Node and a NetworkPolicy of its own. */
  readonly calico?: readonly Kind[];
  /** Properties that all facts of the listing share, where other resources give facts of the same kind. */
  readonly scope?: Readonly<Record<string, string>>;
  readonly clusterWide?: true;
}

const RESOURCES: readonly Resource[] = [
  {
    names: 'nodes node no nos',
    kinds: ['node'],
    objects: ['flannel-lease'],
    calico: ['calico-node'],
    clusterWide: true,
  },
  { names: 'pods pod po', kinds: ['pod'] },
  { names: 'services service svc', kinds: ['service'] },
  { names: 'endpoints endpoint ep', kinds: ['endpoints'] },
  { names: 'endpointslices endpointslice', kinds: ['endpoints'] },
  { names: 'configmaps configmap cm' },
  { names: 'daemonsets daemonset ds', kinds: ['workload'], scope: { type: 'DaemonSet' } },
  { names: 'deployments deployment deploy', kinds: ['workload'], scope: { type: 'Deployment' } },
  { names: 'replicasets replicaset rs', kinds: ['workload'], scope: { type: 'ReplicaSet' } },
  {
    names: 'replicationcontrollers replicationcontroller rc',
    kinds: ['workload'],
    scope: { type: 'ReplicationController' },
  },
  { names: 'statefulsets statefulset sts', kinds: ['workload'], scope: { type: 'StatefulSet' } },
  {
    names: 'networkpolicies networkpolicy netpol policy policies np',
    kinds: ['network-policy'],
    scope: { api: 'kubernetes' },
    calico: ['network-policy'],
  },
  {
    names: 'globalnetworkpolicies globalnetworkpolicy gnp',
    kinds: ['network-policy'],
    scope: { api: 'calico', namespace: '' },
    clusterWide: true,
  },
  { names: 'leases lease', kinds: ['lease'] },
  { names: 'events event ev' },
  { names: 'customresourcedefinitions customresourcedefinition crd crds', kinds: ['crd'], clusterWide: true },
  { names: 'ciliumnodes ciliumnode cn', kinds: ['cilium-node'], clusterWide: true },
  { names: 'ippools ippool ipp ipps pool pools', objects: ['ip-pool'], calico: ['ip-pool'], clusterWide: true },
  {
    names: 'bgpconfigurations bgpconfiguration bgpconfig bgpconfigs',
    objects: ['bgp-config'],
    calico: ['bgp-config'],
    clusterWide: true,
  },
  {
    names: 'bgppeers bgppeer bgpp bgpps bp bps',
    objects: ['bgp-peer-config'],
    calico: ['bgp-peer-config'],
    clusterWide: true,
  },
  { names: 'blockaffinities blockaffinity', objects: ['block-affinity'], clusterWide: true },
  { names: 'ipamblocks ipamblock', objects: ['ipam-block'], clusterWide: true },
  { names: 'ipamhandles ipamhandle', objects: ['ipam-handle'], clusterWide: true },
  {
    names: 'ipreservations ipreservation ipresv ipresvs ipreserv ipreservs',
    objects: ['ip-reservation'],
    clusterWide: true,
  },
  {
    names: 'hostendpoints hostendpoint hep heps',
    objects: ['host-endpoint'],
    calico: ['host-endpoint'],
    clusterWide: true,
  },
  {
    names: 'workloadendpoints workloadendpoint wep weps',
    objects: ['workload-endpoint'],
    calico: ['workload-endpoint'],
  },
  { names: 'felixconfigurations felixconfiguration felixconfig felixconfigs', clusterWide: true },
  { names: 'kubecontrollersconfigurations kubecontrollersconfiguration kubecontrollersconfig', clusterWide: true },
  { names: 'clusterinformations clusterinformation clusterinfo clusterinfos', clusterWide: true },
  { names: 'ipamconfigs ipamconfig ipamconfigurations ipamconfiguration', clusterWide: true },
  { names: 'namespaces namespace ns', clusterWide: true },
  { names: 'persistentvolumes pv', clusterWide: true },
  { names: 'componentstatuses cs', clusterWide: true },
  { names: 'all', kinds: ['pod', 'service', 'workload'] },
];

const BY_NAME: ReadonlyMap<string, Resource> = new Map(
  RESOURCES.flatMap((resource) => resource.names.split(' ').map((name) => [name, resource] as const)),
);

/** Plural of a type as typed: `po`, `Pods`, `ippools.crd.projectcalico.org`. */
export function pluralOf(type: string): string {
  const bare = type.toLowerCase().replace(/\..*$/, '');
  return BY_NAME.get(bare)?.names.split(' ', 1)[0] ?? bare;
}

export const isNamespaced = (plural: string): boolean => BY_NAME.get(plural)?.clusterWide !== true;

/** Kinds of fact that a listing of these types lists, in which form. */
export function kindsListed(plurals: readonly string[], form: 'table' | 'object' | 'calicoctl'): readonly Kind[] {
  const kinds = new Set<Kind>();
  for (const plural of plurals) {
    const resource = BY_NAME.get(plural);
    const listed =
      form === 'calicoctl'
        ? (resource?.calico ?? resource?.objects)
        : [...(resource?.kinds ?? []), ...(form === 'object' ? (resource?.objects ?? []) : [])];
    for (const kind of listed ?? []) kinds.add(kind);
  }
  return [...kinds];
}

/** Does a listing hold nothing but a kind that several types share? Then of the other types it says nothing. */
export function isPartOfKind(kinds: ReadonlySet<string>): boolean {
  const [only] = kinds;
  return kinds.size === 1 && (only === 'workload' || only === 'network-policy');
}

/**
 * What the types alone select. Where several give facts of one kind (`get ds,deploy`) no fact matches the joined words, so that nothing is
 * concluded of it.
 */
export function scopeOfTypes(
  plurals: readonly string[],
  program: 'kubectl' | 'calicoctl',
): Readonly<Record<string, string>> {
  const scope: Record<string, string> = {};
  for (const plural of plurals) {
    for (const [key, written] of Object.entries(BY_NAME.get(plural)?.scope ?? {})) {
      const value = key === 'api' ? (program === 'calicoctl' ? 'calico' : written) : written;
      scope[key] = scope[key] === undefined ? value : `${scope[key]},${value}`;
    }
  }
  return scope;
}
