import type { Kind } from '../../facts/index.js';
import { type Column, columnsOf } from '../text/table.js';

/** What the rows of a table are; `other` ones carry nothing, of `unknown` ones it can't be told. */
export type TableKind =
  | 'nodes'
  | 'pods'
  | 'services'
  | 'endpoints'
  | 'endpointslices'
  | 'workloads'
  | 'events'
  | 'leases'
  | 'networkpolicies'
  | 'crds'
  | 'ciliumnodes'
  | 'other'
  | 'unknown';

export interface Table {
  readonly kind: TableKind;
  readonly columns: readonly Column[];
}

/** Kinds of fact that a table lists by its header alone; namespaces have the columns of nodes, Calico's API those of CRDs. */
export const KINDS_OF: { readonly [K in TableKind]: readonly Kind[] } = {
  nodes: [],
  pods: ['pod'],
  services: ['service'],
  endpoints: ['endpoints'],
  endpointslices: ['endpoints'],
  workloads: ['workload'],
  events: ['event'],
  leases: ['lease'],
  networkpolicies: ['network-policy'],
  crds: [],
  ciliumnodes: ['cilium-node'],
  other: [],
  unknown: [],
};

/** kubectl fills every cell of these columns; an empty one is a row that was cut. */
export const ALWAYS_FILLED: { readonly [K in TableKind]: readonly string[] } = {
  nodes: ['NAME', 'STATUS', 'AGE', 'VERSION', 'INTERNAL-IP', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
  pods: ['NAME', 'READY', 'STATUS', 'AGE', 'IP', 'NODE'],
  services: ['NAME', 'CLUSTER-IP', 'PORT(S)', 'AGE', 'SELECTOR'],
  endpoints: ['NAME', 'ENDPOINTS', 'AGE'],
  endpointslices: ['NAME', 'ENDPOINTS', 'AGE'],
  workloads: ['NAME', 'READY', 'DESIRED', 'AGE'],
  events: ['REASON', 'OBJECT'],
  leases: ['NAME', 'HOLDER', 'AGE'],
  networkpolicies: ['NAME', 'POD-SELECTOR', 'AGE'],
  crds: ['NAME', 'CREATED AT'],
  ciliumnodes: ['NAME', 'AGE'],
  other: [],
  unknown: [],
};

/** A header has capitals only and begins with one of a few words. */
export const isHeader = (line: string): boolean =>
  line.length < 2000 &&
  /^\s*(?:NAMESPACE|NAME|LAST SEEN|LASTSEEN|CONTROLLER|POD)(?:\s|$)/.test(line) &&
  !/[a-z]/.test(line.replace(/\((?:cores|bytes|s)\)/g, ''));

export function tableOf(header: string): Table {
  const columns = columnsOf(header);
  return { kind: kindOf(new Set(columns.map((c) => c.name))), columns };
}

function kindOf(names: ReadonlySet<string>): TableKind {
  const has = (...all: readonly string[]): boolean => all.every((name) => names.has(name));
  if (has('REASON', 'MESSAGE') && (has('LAST SEEN') || has('LASTSEEN'))) return 'events';
  if (!has('NAME')) return 'other';
  if (has('ADDRESSTYPE', 'ENDPOINTS')) return 'endpointslices';
  if (has('ENDPOINTS')) return 'endpoints';
  if (has('PORT(S)') && (has('CLUSTER-IP') || has('CLUSTER_IP') || has('IP(S)'))) return 'services';
  if (has('POD-SELECTOR', 'AGE')) return 'networkpolicies';
  if (has('HOLDER', 'AGE')) return 'leases';
  if (has('CREATED AT') && names.size <= 3) return 'crds';
  if (has('CILIUMINTERNALIP')) return 'ciliumnodes';
  if (isWorkload(names, has)) return 'workloads';
  // Jobs and claims have STATUS too, deployments READY; only pods have both, or restarts.
  if (has('STATUS') && (has('READY') || has('RESTARTS'))) return 'pods';
  if (has('STATUS') && (has('VERSION') || names.size <= 3 || has('LABELS')) && !has('VOLUME'))
    return isBefore(names, 'VERSION', 'STATUS') ? 'other' : 'nodes';
  if (has('IP', 'NODE') && !has('PHASE')) return 'pods';
  return [...names].some((name) => /\bIPS?$/.test(name)) && !has('AGE') ? 'unknown' : 'other';
}

function isBefore(names: ReadonlySet<string>, name: string, other: string): boolean {
  const all = [...names];
  return all.includes(name) && all.indexOf(name) < all.indexOf(other);
}

/** `NAME READY AGE` alone is what statefulsets have; custom resources like to have such columns among others. */
function isWorkload(names: ReadonlySet<string>, has: (...all: readonly string[]) => boolean): boolean {
  if (!has('AGE') || has('STATUS')) return false;
  if (has('UP-TO-DATE', 'AVAILABLE') || has('DESIRED', 'CURRENT')) return true;
  const known = ['NAMESPACE', 'NAME', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'LABELS'];
  return has('READY') && [...names].every((name) => known.includes(name));
}
