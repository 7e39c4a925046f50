import type { KubectlCommand } from '../text/kubectl.js';
import { pluralOf } from '../text/resources.js';
import type { TableKind } from './tables.js';

const TABLES: ReadonlyMap<string, TableKind> = new Map([
  ['nodes', 'nodes'],
  ['pods', 'pods'],
  ['services', 'services'],
  ['endpoints', 'endpoints'],
  ['endpointslices', 'endpointslices'],
  ['daemonsets', 'workloads'],
  ['deployments', 'workloads'],
  ['replicasets', 'workloads'],
  ['statefulsets', 'workloads'],
  ['events', 'events'],
  ['leases', 'leases'],
  ['networkpolicies', 'networkpolicies'],
  ['customresourcedefinitions', 'crds'],
]);

/** Types whose rows are told by their header alone. */
const TITLED: ReadonlyMap<string, TableKind> = new Map([
  ['replicationcontrollers', 'workloads'],
  ['ciliumnodes', 'ciliumnodes'],
]);

const POD_ROW =
  /^\s*(?:\S+\s+)?[a-z\d][\w.-]*\s+\d+\/\d+\s+[A-Z][\w:]+\s+\d+(?:\s+\([\dsmhdy]+ ago\))?\s+(?:\d+[smhdy])+(?:\s|$)/;
const NODE_ROW = /^\s*[a-z\d][\w.-]*\s+(?:Not)?Ready(?:,\S+)?\s+\S+\s+(?:\d+[smhdy])+\s+v\d+\.\d+\.\S+/;
const SERVICE_ROW =
  /^\s*(?:\S+\s+)?[a-z\d][\w.-]*\s+(?:ClusterIP|NodePort|LoadBalancer)\s+(?:None|[\da-f.:]+)\s+\S+\s+(?:<none>|\d+(?::\d+)?\/(?:TCP|UDP|SCTP)\S*)\s+(?:\d+[smhdy])+(?:\s|$)/;

/** What a row is, when neither header nor command line tells: only pods, nodes and services can't be mistaken. */
export function kindByRow(row: string): TableKind {
  if (row.length > 1000) return 'unknown';
  if (POD_ROW.test(row)) return 'pods';
  return NODE_ROW.test(row) ? 'nodes' : SERVICE_ROW.test(row) ? 'services' : 'unknown';
}

/** Without a header (`--no-headers`, `| grep`) only the command line can say what the rows are. */
export function kindByCommand(command: KubectlCommand | undefined): TableKind {
  const [type, ...others] = command?.resources ?? [];
  if (others.length > 0 || command?.output.startsWith('custom')) return 'unknown';
  return type === undefined || type === 'all' ? 'unknown' : (TABLES.get(type) ?? 'other');
}

/** Does the command ask for something else, whose columns are like those of the table's kind by chance (`kubectl get certificates -o wide`)? */
export const asksForOther = (command: KubectlCommand | undefined, kind: TableKind): boolean =>
  command?.verb === 'get' &&
  kindByCommand(command) === 'other' &&
  ![...command.resources, ...command.names].some((word) => (TABLES.get(pluralOf(word)) ?? TITLED.get(word)) === kind);

const POD = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES', 'LABELS'];
const NODE = [
  'NAME',
  'STATUS',
  'ROLES',
  'AGE',
  'VERSION',
  'INTERNAL-IP',
  'EXTERNAL-IP',
  'OS-IMAGE',
  'KERNEL-VERSION',
  'CONTAINER-RUNTIME',
  'LABELS',
];
const SERVICE = ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', 'SELECTOR'];
/** Of kubectl before 1.8. */
const OLD_SERVICE = ['NAME', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', 'SELECTOR'];
const SETS: Readonly<Record<string, readonly string[]>> = {
  daemonsets: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'NODE SELECTOR', 'AGE'],
  replicasets: ['NAME', 'DESIRED', 'CURRENT', 'READY', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
  deployments: ['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE', 'CONTAINERS', 'IMAGES', 'SELECTOR'],
  statefulsets: ['NAME', 'READY', 'AGE', 'CONTAINERS', 'IMAGES'],
};
const AGE = /^(?:\d+[smhdy])+$|^<(?:unknown|invalid)>$/;

/** Column names of a row whose header is gone, told by the one cell that cannot be anything else. */
export function columnsByShape(
  kind: TableKind,
  cells: readonly string[],
  command: KubectlCommand | undefined,
): readonly string[] | undefined {
  const shape = (names: readonly string[], mark: RegExp, place: number, least: number): string[] | undefined => {
    const extra = cells.findIndex((cell) => mark.test(cell)) - place;
    if (extra < 0 || extra > 1 || cells.length - extra < least) return undefined;
    const all = [...(extra === 1 ? ['NAMESPACE'] : []), ...names];
    return cells.length > all.length ? undefined : all.slice(0, cells.length);
  };
  switch (kind) {
    case 'pods':
      return shape(POD, /^\d+\/\d+$/, 1, 5);
    case 'nodes':
      return shape(cells.length === 4 ? NODE.filter((n) => n !== 'ROLES') : NODE, /^(?:Not)?Ready(?:,|$)/, 1, 4);
    case 'services':
      return (
        shape(SERVICE, /^(?:ClusterIP|NodePort|LoadBalancer|ExternalName)$/, 1, 6) ??
        shape(OLD_SERVICE, /^\d+(?::\d+)?\/(?:TCP|UDP|SCTP)/, 3, 5)
      );
    case 'endpoints':
      return shape(['NAME', 'ENDPOINTS', 'AGE'], /^(?:<none>|\[?[\d.a-fA-F:]+:\d+)/, 1, 3);
    case 'endpointslices':
      return shape(['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE'], /^IPv[46]$/, 1, 5);
    case 'workloads':
      return shape(SETS[command?.resources[0] ?? ''] ?? [], /^\d+(?:\/\d+)?$/, 1, 3);
    case 'events':
      return shape(['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], /^(?:Normal|Warning)$/, 1, 5);
    case 'leases':
      return shape(['NAME', 'HOLDER', 'AGE'], AGE, 2, 3);
    case 'networkpolicies':
      return shape(['NAME', 'POD-SELECTOR', 'AGE'], AGE, 2, 3);
    case 'crds':
      return shape(['NAME', 'CREATED AT'], /^\d{4}-\d\d-\d\dT/, 1, 2);
    case 'ciliumnodes':
    case 'other':
    case 'unknown':
      return undefined;
  }
}
