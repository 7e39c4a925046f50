import { CLUSTER_KINDS, type ClusterKind, type Kind, type StackKind } from '../facts/index.js';
import type { Absence, ClusterModel, Stack, Technology } from '../model/types.js';
import { INPUTS } from './inputs.js';
import type { ReportInput } from './report.js';

/** One input of a diagnosis; any of its kinds supplies it. */
interface Entry<K extends Kind> {
  readonly kinds: readonly [K, ...K[]];
  /** Wanted only where there is a sign of it. */
  readonly technology?: Technology;
}

/** What a diagnosis of a node stands on, in the order in which a person looks. */
const OF_NODE: readonly Entry<StackKind>[] = [
  { kinds: ['address'] },
  { kinds: ['link'] },
  { kinds: ['route'] },
  { kinds: ['policy-rule'] },
  { kinds: ['neigh'] },
  { kinds: ['fdb'], technology: 'flannel' },
  { kinds: ['netconf', 'sysctl'] },
  { kinds: ['iptables-table'] },
  { kinds: ['subnet-env'], technology: 'flannel' },
  { kinds: ['flannel-log'], technology: 'flannel' },
  { kinds: ['bird-protocol', 'bgp-peer'], technology: 'bird' },
  { kinds: ['bird-route'], technology: 'bird' },
  { kinds: ['kernel-log', 'log-span'] },
  { kinds: ['resolver'] },
];

const OF_CLUSTER: readonly Entry<ClusterKind>[] = [
  { kinds: ['node'] },
  { kinds: ['pod'] },
  { kinds: ['service'] },
  { kinds: ['endpoints'] },
  { kinds: ['flannel-config'], technology: 'flannel' },
  { kinds: ['flannel-lease'], technology: 'flannel' },
  { kinds: ['ip-pool'], technology: 'calico' },
];

interface Source<K extends Kind> {
  facts(kind: K): readonly unknown[];
  absence(kind: K): Absence;
}

/** The best that any of the kinds gives: whole, else in part, else why there is none. */
function stateOf<K extends Kind>(source: Source<K>, { kinds }: Entry<K>): Pick<ReportInput, 'status' | 'because'> {
  const found = kinds.map((kind) => ({ some: source.facts(kind).length > 0, absence: source.absence(kind) }));
  if (found.some((f) => f.absence.known)) return { status: 'present', because: null };
  const best = found.find((f) => f.some) ?? found.find((f) => !f.absence.known && f.absence.reason !== 'not-captured');
  const absence: Absence = (best ?? found[0])?.absence ?? { known: false, reason: 'not-captured' };
  // Facts of a log, or of a part of the table: there, although absence can't be concluded from it.
  if (best?.some && (absence.known || absence.reason === 'not-captured')) return { status: 'present', because: null };
  return absence.known
    ? { status: 'present', because: null }
    : { status: absence.reason, because: absence.detail ?? null };
}

const label = (kinds: readonly Kind[]): string => [...new Set(kinds.map((k) => INPUTS[k].label))].join(' or ');

const wanted = (model: ClusterModel, entry: { readonly technology?: Technology }): boolean =>
  entry.technology === undefined || model.technologies.has(entry.technology);

/** Per node and input: was it captured, whole or in part, or why not. The cluster's own inputs come last. */
export function ledgerOf(model: ClusterModel): readonly ReportInput[] {
  const row = <K extends Kind>(node: string | null, source: Source<K>, entry: Entry<K>): ReportInput => ({
    node,
    input: label(entry.kinds),
    ...stateOf(source, entry),
    command: INPUTS[entry.kinds[0]].command ?? null,
  });
  const cluster = OF_CLUSTER.filter((e) => wanted(model, e)).map((e) =>
    row(null, model as unknown as Source<ClusterKind>, e),
  );
  return [
    ...model.nodes.flatMap((node) =>
      OF_NODE.filter((e) => wanted(model, e)).map((e) => row(node.name, node.host as Stack & Source<StackKind>, e)),
    ),
    ...(model.nodes.length > 0 || CLUSTER_KINDS.some((k) => model.has(k)) ? cluster : []),
  ];
}
