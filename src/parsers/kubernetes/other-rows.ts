import type { CiliumNodeFact, CrdFact, LeaseFact, NetworkPolicyFact, WorkloadFact } from '../../facts/index.js';
import { bareName, countIn, given, isAddress, listed, MASKED, type Row, type RowReading, typeInName } from './cells.js';

const TYPES: ReadonlyMap<string, WorkloadFact['type']> = new Map([
  ['daemonset', 'DaemonSet'],
  ['deployment', 'Deployment'],
  ['replicaset', 'ReplicaSet'],
  ['replicationcontroller', 'ReplicationController'],
  ['statefulset', 'StatefulSet'],
]);

/** Type of a word or plural: `daemonset.apps`, `daemonsets`, `ds` is no word of a table. */
export const workloadType = (word: string | undefined): WorkloadFact['type'] | undefined =>
  TYPES.get((word ?? '').toLowerCase().replace(/\..*$/, '').replace(/s$/, ''));

/** Which type has such columns? Sets of replicas of old kubectl all look alike. */
function typeOfColumns(row: Row): WorkloadFact['type'] | undefined {
  if (row['NODE SELECTOR'] !== undefined || row['NODE-SELECTOR'] !== undefined) return 'DaemonSet';
  if (row['UP-TO-DATE'] !== undefined) return 'Deployment';
  if (row['DESIRED'] !== undefined) return row['READY'] === undefined ? undefined : 'ReplicaSet';
  return row['READY'] === undefined ? undefined : 'StatefulSet';
}

/** Row of daemonsets, deployments, replicasets, statefulsets; `asked` is the type that the command line names. */
export function workloadRow(row: Row, namespace: string, asked: string | undefined): RowReading<WorkloadFact> {
  const type = workloadType(typeInName(row['NAME'])) ?? workloadType(asked) ?? typeOfColumns(row);
  if (type === undefined) return { gap: 'the type of the resource is not told' };
  const counts = /^(\d+)\/(\d+)$/.exec(row['READY'] ?? '');
  const numbers = {
    desired: counts ? Number(counts[2]) : countIn(row['DESIRED']),
    ready: counts ? Number(counts[1]) : countIn(row['READY']),
    updated: countIn(row['UP-TO-DATE']),
    available: countIn(row['AVAILABLE']),
  };
  const { desired, ready, updated, available } = numbers;
  const images = given(row['IMAGES'] ?? row['IMAGE(S)'])?.split(',');
  return {
    facts: [
      {
        kind: 'workload',
        type,
        namespace: row['NAMESPACE'] ?? namespace,
        name: bareName(row['NAME'] ?? row['CONTROLLER']),
        ...(desired !== undefined && { desired }),
        ...(ready !== undefined && { ready }),
        ...(updated !== undefined && { updated }),
        ...(available !== undefined && { available }),
        ...(images && { images }),
      },
    ],
  };
}

export function leaseRow(row: Row, namespace: string): RowReading<LeaseFact> {
  const holder = given(row['HOLDER']);
  return {
    facts: [
      {
        kind: 'lease',
        namespace: row['NAMESPACE'] ?? namespace,
        name: bareName(row['NAME']),
        ...(holder !== undefined && { holder }),
      },
    ],
  };
}

/** The table shows the selector only. */
export const policyRow = (row: Row, namespace: string): RowReading<NetworkPolicyFact> => ({
  facts: [
    {
      kind: 'network-policy',
      api: 'kubernetes',
      namespace: row['NAMESPACE'] ?? namespace,
      name: bareName(row['NAME']),
      selector: given(row['POD-SELECTOR']) ?? '',
    },
  ],
});

/**
 * Every CRD of the table exists; whether it is established is not told. Resources of an aggregated API (Calico's) have the same columns, but
 * not the name of a plural and its group.
 */
export function crdRow(row: Row, asked: string | undefined): RowReading<CrdFact> | undefined {
  const name = (row['NAME'] ?? '').replace(/^[\w.]+\//, '');
  const isCrd = asked === undefined || asked === 'customresourcedefinitions';
  return isCrd && /^[a-z][a-z\d]*(?:\.[a-z\d-]+){2,}$/.test(name) ? { facts: [{ kind: 'crd', name }] } : undefined;
}

/** `NAME CILIUMINTERNALIP INTERNALIP AGE` */
export function ciliumNodeRow(row: Row): RowReading<CiliumNodeFact> {
  const ciliumIps = listed(row['CILIUMINTERNALIP']);
  const internalIps = listed(row['INTERNALIP']);
  if (![...ciliumIps, ...internalIps].every(isAddress)) return MASKED;
  return { facts: [{ kind: 'cilium-node', name: bareName(row['NAME']), internalIps, ciliumIps, podCidrs: [] }] };
}
