import type { EndpointsFact, NodeFact, PodFact, ServiceFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import {
  endpointSliceRow,
  endpointsRow,
  nodeRow,
  podRow,
  type Row,
  type RowReading,
  serviceRow,
} from './kubernetes/rows.js';
import {
  isKubectlChatter,
  type KubectlCommand,
  kubectlClaim,
  kubectlCommand,
  kubectlFailure,
  settleFailures,
} from './text/kubectl.js';
import { type Column, cellsOf, columnsOf, rowCells } from './text/table.js';

/*
 * NAMESPACE     NAME                       READY   STATUS    RESTARTS      AGE    IP           NODE    NOMINATED NODE   READINESS GATES
 * kube-system   coredns-8496bbfb78-dvs5r   1/1     Running   3 (20m ago)   9d     10.244.3.3   node2   <none>           <none>
 *
 * Tables of nodes, pods, services, endpoints and endpointslices, narrow and wide, of kubectl 1.1 and later. Tables of
 * other resources are told by their header and carry nothing.
 */
type TableFact = EndpointsFact | NodeFact | PodFact | ServiceFact;
type Kind = 'nodes' | 'pods' | 'services' | 'endpoints' | 'endpointslices' | 'other' | 'unknown';

interface Table {
  readonly kind: Kind;
  readonly columns: readonly Column[];
}

/** The tables of `kubectl get`. */
export const kubectlGet = defineParser<TableFact>({
  command: 'kubectl-get',
  emits: ['endpoints', 'node', 'pod', 'service'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = argv[0] === 'calicoctl' ? undefined : kubectlCommand(argv);
      const table = /^(?:$|wide$|custom-columns)/.test(command?.output ?? '');
      return command?.verb === 'get' && table ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)(?:kubectl|k8s|kube|oc)-(?:.*-)?get-|(?:^|-)(?:get-)?(?:nodes|pods|services|svc|endpoints|endpointslices)(?:-wide|-all)?$/,
    sniff(head) {
      let tables = 0;
      for (const line of head) {
        if (!isHeader(line)) continue;
        const { kind, columns } = tableOf(line);
        if (kind !== 'other' && kind !== 'unknown') return 3;
        if (columns.some((c) => c.name === 'AGE')) tables++;
      }
      return tables > 0 ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const command = kubectlCommand(context.argv);
    const failures: { line: number; text: string }[] = [];
    let table: Table | undefined;
    let sawOutput = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '' || isKubectlChatter(line)) out.noise(i);
      else if (isHeader(line)) {
        table = tableOf(line);
        out.noise(i);
        sawOutput = true;
      } else if (kubectlFailure(line)) failures.push({ line: i, text: line });
      else if (/^\s*(?:\.{3,}|…|\[\.{3}\])\s*$/.test(line)) {
        out.noise(i);
        out.incomplete('truncated', `rows left out at line ${text.firstLine + i}`);
      } else {
        takeRow(text, i, table, command, out);
        sawOutput = true;
      }
    }
    settleFailures(out, failures, sawOutput);
  },
});

/** A header has capitals only and begins with NAME or NAMESPACE (events: LAST SEEN). */
const isHeader = (line: string): boolean =>
  /^\s*(?:NAMESPACE|NAME|LAST SEEN|LASTSEEN|CONTROLLER|POD)(?:\s|$)/.test(line) &&
  !/[a-z]/.test(line.replace(/\((?:cores|bytes)\)/g, ''));

function tableOf(header: string): Table {
  const columns = columnsOf(header);
  const names = new Set(columns.map((c) => c.name));
  return { kind: kindOf(names), columns };
}

function kindOf(names: ReadonlySet<string>): Kind {
  const has = (...all: readonly string[]): boolean => all.every((name) => names.has(name));
  if (!has('NAME')) return 'other';
  if (has('ADDRESSTYPE', 'ENDPOINTS')) return 'endpointslices';
  if (has('ENDPOINTS')) return 'endpoints';
  if (has('PORT(S)') && (has('CLUSTER-IP') || has('CLUSTER_IP') || has('IP(S)'))) return 'services';
  // Jobs and claims have STATUS too, deployments READY; only pods have both, or restarts.
  if (has('STATUS') && (has('READY') || has('RESTARTS'))) return 'pods';
  if (has('STATUS') && (has('VERSION') || names.size <= 3 || has('LABELS')) && !has('VOLUME')) return 'nodes';
  if (has('IP', 'NODE')) return 'pods';
  return [...names].some((name) => /\bIPS?$/.test(name)) && !has('AGE') ? 'unknown' : 'other';
}

/** kubectl fills every cell of these columns; an empty one is a row that was cut. */
const ALWAYS_FILLED: Readonly<Record<Kind, readonly string[]>> = {
  nodes: ['NAME', 'STATUS', 'AGE', 'VERSION', 'INTERNAL-IP', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
  pods: ['NAME', 'READY', 'STATUS', 'AGE', 'IP', 'NODE'],
  services: ['NAME', 'CLUSTER-IP', 'PORT(S)', 'AGE', 'SELECTOR'],
  endpoints: ['NAME', 'ENDPOINTS', 'AGE'],
  endpointslices: ['NAME', 'ENDPOINTS', 'AGE'],
  other: [],
  unknown: [],
};

function takeRow(
  text: Text,
  line: number,
  table: Table | undefined,
  command: KubectlCommand | undefined,
  out: Sink<TableFact>,
): void {
  const row = text.line(line);
  const kind = table ? table.kind : kindByCommand(command);
  if (kind === 'other') {
    out.noise(line);
    return;
  }
  const columns = table?.columns.map((c) => c.name) ?? columnsByShape(kind, cellsOf(row));
  const cells = table ? rowCells(table.columns, row) : cellsOf(row);
  if (kind === 'unknown' || !columns || !cells || /\s/.test(cells[columns.indexOf('NAME')] ?? ' ')) {
    out.gap(line, table ? 'a row that does not fit its header' : 'a row without its header');
    return;
  }
  const named: Row = Object.fromEntries(columns.map((name, i) => [name, cells[i]]));
  if (ALWAYS_FILLED[kind].some((name) => named[name] === '')) {
    out.gap(line, 'the row is cut');
    return;
  }
  const reading = readRow(kind, named, command?.namespace ?? '');
  if (!reading) out.noise(line);
  else if ('gap' in reading) out.gap(line, reading.gap);
  else {
    out.noise(line);
    for (const fact of reading.facts) out.fact(line, fact);
    if (reading.more !== undefined) out.incomplete('truncated', reading.more);
  }
}

function readRow(kind: Kind, row: Row, namespace: string): RowReading | undefined {
  switch (kind) {
    case 'nodes':
      return nodeRow(row);
    case 'pods':
      return podRow(row, namespace);
    case 'services':
      return serviceRow(row, namespace);
    case 'endpoints':
      return endpointsRow(row, namespace);
    case 'endpointslices':
      return endpointSliceRow(row, namespace);
    case 'other':
    case 'unknown':
      return undefined;
  }
}

/** Without a header (`--no-headers`, `| grep`) only the command line can say what the rows are. */
function kindByCommand(command: KubectlCommand | undefined): Kind {
  const [type, ...others] = command?.resources ?? [];
  if (others.length > 0 || command?.output.startsWith('custom')) return 'unknown';
  switch (type) {
    case 'nodes':
    case 'pods':
    case 'services':
    case 'endpoints':
    case 'endpointslices':
      return type;
    default:
      return type === undefined ? 'unknown' : 'other';
  }
}

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

/** Column names of a row whose header is gone, told by the one cell that cannot be anything else. */
function columnsByShape(kind: Kind, cells: readonly string[]): readonly string[] | undefined {
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
      return shape(SERVICE, /^(?:ClusterIP|NodePort|LoadBalancer|ExternalName)$/, 1, 6);
    case 'endpoints':
      return shape(['NAME', 'ENDPOINTS', 'AGE'], /^(?:<none>|\[?[\d.a-fA-F:]+:\d+)/, 1, 3);
    case 'endpointslices':
      return shape(['NAME', 'ADDRESSTYPE', 'PORTS', 'ENDPOINTS', 'AGE'], /^IPv[46]$/, 1, 5);
    case 'other':
    case 'unknown':
      return undefined;
  }
}
