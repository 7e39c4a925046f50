import type {
  CiliumNodeFact,
  CrdFact,
  EndpointsFact,
  EventFact,
  LeaseFact,
  NetworkPolicyFact,
  NodeFact,
  PodFact,
  ServiceFact,
  WorkloadFact,
} from '../facts/index.js';
import { type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { canonicalObject } from './kubernetes/canonical.js';
import type { Row, RowReading } from './kubernetes/cells.js';
import { columnMap, customRow } from './kubernetes/custom.js';
import { eventRow } from './kubernetes/events.js';
import { asksForOther, columnsByShape, kindByCommand, kindByRow } from './kubernetes/headless.js';
import { ciliumNodeRow, crdRow, leaseRow, policyRow, workloadRow } from './kubernetes/other-rows.js';
import { endpointSliceRow, endpointsRow, nodeRow, podRow, serviceRow } from './kubernetes/rows.js';
import { ALWAYS_FILLED, isHeader, KINDS_OF, type Table, type TableKind, tableOf } from './kubernetes/tables.js';
import {
  isKubectlChatter,
  type KubectlCommand,
  kubectlClaim,
  kubectlCommand,
  kubectlFailure,
  settleFailures,
} from './text/kubectl.js';
import { isPartOfKind, kindsListed } from './text/resources.js';
import { cellsOf, rowCells } from './text/table.js';

/*
 * NAMESPACE     NAME                       READY   STATUS    RESTARTS      AGE    IP           NODE    NOMINATED NODE   READINESS GATES
 * kube-system   coredns-8496bbfb78-dvs5r   1/1     Running   3 (20m ago)   9d     10.244.3.3   node2   <none>           <none>
 *
 * Tables of kubectl 1.1 and later, narrow and wide: nodes, pods, services, endpoints and slices, what makes pods, events, policies, leases,
 * CRDs. Tables of other resources are told by their header and carry nothing.
 */
type TableFact =
  | CiliumNodeFact
  | CrdFact
  | EndpointsFact
  | EventFact
  | LeaseFact
  | NetworkPolicyFact
  | NodeFact
  | PodFact
  | ServiceFact
  | WorkloadFact;

/** Verbs that print tables. */
const VERBS: ReadonlySet<string> = new Set(['get', 'top', 'api-resources']);

/** The tables of `kubectl get`. */
export const kubectlGet = defineParser<TableFact>({
  command: 'kubectl-get',
  emits: ['cilium-node', 'crd', 'endpoints', 'event', 'lease', 'network-policy', 'node', 'pod', 'service', 'workload'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      if (!command || command.program === 'calicoctl' || command.raw !== undefined) return undefined;
      const table = /^(?:$|wide$|name$|custom-columns)/.test(command.output);
      return VERBS.has(command.verb) && table ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)(?:kubectl|k8s|kube|oc)-(?:.*-)?get-|(?:^|-)(?:get-)?(?:nodes|pods|services|svc|endpoints|endpointslices|daemonsets|deployments|events)(?:-wide|-all)?$/,
    sniff(head) {
      let tables = 0;
      for (const line of head) {
        if (!isHeader(line)) continue;
        const { kind, columns } = tableOf(line);
        if (kind !== 'other' && kind !== 'unknown') return 3;
        if (
          columns.some(({ name }) => name === 'AGE' || name === 'SINCE' || name === 'CPU(cores)') ||
          isComponents(columns)
        )
          tables++;
      }
      if (tables > 0) return 2;
      const rows = head.filter((line) => line.trim() !== '');
      return rows.length > 0 && rows.every((line) => kindByRow(line) !== 'unknown') ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const command = kubectlCommand(context.argv);
    const failures: { line: number; text: string }[] = [];
    const kinds = new Set<TableFact['kind']>();
    const list = (listed: Iterable<string>): void => {
      for (const kind of listed) kinds.add(kind as TableFact['kind']);
    };
    if (command?.verb === 'get') list(kindsListed(command.resources, 'table'));
    let table: Table | undefined;
    // Whoever names columns may name them anything.
    const titled = columnMap(command) !== undefined && !command?.noHeaders;
    let sawOutput = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      if (line.trim() === '' || isKubectlChatter(line)) out.noise(i);
      else if (isHeader(line) || (titled && !table && !kubectlFailure(line))) {
        table = titleOf(line, text.line(Math.min(i + 1, text.count - 1)), command);
        list(KINDS_OF[table.kind]);
        out.noise(i);
        sawOutput = true;
      } else if (!isMessage(table, line) && kubectlFailure(line)) failures.push({ line: i, text: line });
      else if (/^\s*(?:\.{3,}|…|\[\.{3}\])\s*$/.test(line)) {
        out.noise(i);
        out.incomplete('truncated', `rows left out at line ${text.firstLine + i}`);
      } else {
        takeRow({ text, line: i, table, command, out, list });
        sawOutput = true;
      }
    }
    settleFailures(out, failures, sawOutput);
    if (!command && !table && kinds.size > 0) out.incomplete('filtered', 'rows without their header');
    if (!command && isPartOfKind(kinds)) out.incomplete('filtered', 'one type of several');
    if (command || table || kinds.size > 0) out.only([...kinds]);
  },
});

/** The table that a header begins, unless the command or its first row tell that it is of custom resources: those are READY or not. */
function titleOf(header: string, below: string, command: KubectlCommand | undefined): Table {
  const table = tableOf(header);
  const ready = table.columns.findIndex((c) => c.name === 'READY');
  const first = ready >= 0 && table.kind === 'pods' ? rowCells(table.columns, below)?.[ready] : undefined;
  const custom = columnMap(command) === undefined && asksForOther(command, table.kind);
  return custom || /^(?:True|False|Unknown)$/i.test(first ?? '') ? { ...table, kind: 'other' } : table;
}

/** Componentstatuses have no age. */
const isComponents = (columns: Table['columns']): boolean =>
  ['NAME', 'STATUS', 'MESSAGE', 'ERROR'].every((name, i) => columns[i]?.name === name);

/** A message of an event, or why a component is unhealthy, may read like a failure of kubectl itself. */
const isMessage = (table: Table | undefined, line: string): boolean =>
  table !== undefined &&
  (table.kind === 'events' || isComponents(table.columns)) &&
  rowCells(table.columns, line) !== undefined;

/** No row of a table that nobody reads: another output may begin there. A message that goes on is of what is unhealthy. */
function isForeign(columns: Table['columns'], row: string): boolean {
  if (isComponents(columns)) return false;
  const cells = rowCells(columns, row);
  const named = /^NAME(?:SPACE)?$/.test(columns[0]?.name ?? '');
  if (cells === undefined && cellsOf(row).length * 2 < columns.length) return true;
  return named && /\s/.test(cells?.[0] ?? cellsOf(row)[0] ?? '');
}

interface Place {
  readonly text: Text;
  readonly line: number;
  readonly table: Table | undefined;
  readonly command: KubectlCommand | undefined;
  readonly out: Sink<TableFact>;
  list(kinds: Iterable<string>): void;
}

function takeRow({ text, line, table, command, out, list }: Place): void {
  const row = text.line(line);
  const kind = table ? table.kind : command ? kindByCommand(command) : kindByRow(row);
  const custom = columnMap(command);
  if (table?.kind === 'other' && !custom && isForeign(table.columns, row)) {
    out.gap(line, 'a row that does not fit its header');
    return;
  }
  // `-o name` prints names alone: nothing of them is known.
  if (command?.output === 'name' || (!custom && kind === 'other')) {
    // Of what was asked for something is listed: rows that are not read are not none.
    if (command?.verb === 'get' && table?.kind === 'other' && !/^(?:other|unknown)$/.test(kindByCommand(command)))
      out.incomplete('truncated', 'columns that tell too little');
    out.noise(line);
    return;
  }
  const columns = table?.columns.map((c) => c.name) ?? columnsByShape(kind, cellsOf(row), command);
  const cells = table ? rowCells(table.columns, row) : cellsOf(row);
  if (!custom && kind === 'events' && (!columns || !cells)) {
    // A message may go on over several lines.
    out.part(line);
    return;
  }
  if (!columns || !cells || (!custom && (kind === 'unknown' || /\s/.test(cells[columns.indexOf('NAME')] ?? 'x')))) {
    out.gap(line, table ? 'a row that does not fit its header' : 'a row without its header');
    return;
  }
  const named: Row = Object.fromEntries(columns.map((name, i) => [name, cells[i]]));
  if (!custom && ALWAYS_FILLED[kind].some((name) => named[name] === '')) {
    out.gap(line, 'the row is cut');
    return;
  }
  const reading = custom ? customRow(custom, named, command) : readRow(kind, named, command);
  if (!reading) out.noise(line);
  else if ('gap' in reading) out.gap(line, reading.gap);
  else {
    out.noise(line);
    for (const fact of reading.facts) {
      list([fact.kind]);
      // The rows of a table are of this parser's kinds; their readers are typed by the wider union.
      out.fact(line, canonicalObject(fact as Draft<TableFact>));
    }
    if (reading.more !== undefined) out.incomplete('truncated', reading.more);
  }
}

function readRow(kind: TableKind, row: Row, command: KubectlCommand | undefined): RowReading | undefined {
  const namespace = command?.namespace ?? '';
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
    case 'workloads':
      return workloadRow(row, namespace, command?.resources.length === 1 ? command.resources[0] : undefined);
    case 'events':
      return eventRow(row, namespace);
    case 'leases':
      return leaseRow(row, namespace);
    case 'networkpolicies':
      return policyRow(row, namespace);
    case 'crds':
      return crdRow(row, command?.resources[0]);
    case 'ciliumnodes':
      return ciliumNodeRow(row);
    case 'other':
    case 'unknown':
      return undefined;
  }
}
