import type { ConntrackTableFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import type { Direction, Flow } from './flow.js';

type Columns = ConntrackTableFact['flows'];
type Growing = {
  -readonly [K in keyof Columns]: Columns[K] extends readonly (infer T)[]
    ? T[]
    : Columns[K] extends Readonly<Record<number, infer V>>
      ? Record<number, V>
      : Columns[K];
};

/** A table as far as it is read. */
export interface Table {
  readonly columns: Omit<Growing, 'runs'> & { readonly runs: { readonly flow: number[]; readonly line: number[] } };
  /** Words that recur: each once. */
  readonly words: Map<string, string>;
  /** Line that would continue the last run. */
  nextLine: number;
}

export const newTable = (): Table => ({
  columns: {
    protocol: [],
    state: [],
    timeout: [],
    source: [],
    destination: [],
    sourcePort: [],
    destinationPort: [],
    replySource: [],
    replyDestination: [],
    replySourcePort: [],
    replyDestinationPort: [],
    flags: [],
    mark: {},
    zone: {},
    zoneOriginal: {},
    zoneReply: {},
    helper: {},
    runs: { flow: [], line: [] },
  },
  words: new Map(),
  nextLine: -1,
});

const wordOf = ({ words }: Table, text: string): string => {
  const known = words.get(text);
  if (known !== undefined) return known;
  // Not a slice, which would keep its line alive.
  const own = Array.from(text).join('');
  if (words.size < 1000) words.set(own, own);
  return own;
};

/** `line` counts from 1 in the file. */
export function addFlow(table: Table, line: number, flow: Flow): void {
  const { columns } = table;
  const [original, reply] = flow.directions as [Direction, Direction];
  const i = columns.protocol.length;
  columns.protocol.push(wordOf(table, flow.protocol));
  columns.state.push(flow.state === '' ? '' : wordOf(table, flow.state));
  columns.timeout.push(flow.timeout);
  columns.source.push(original.source);
  columns.destination.push(original.destination);
  columns.sourcePort.push(original.sourcePort);
  columns.destinationPort.push(original.destinationPort);
  columns.replySource.push(reply.source);
  columns.replyDestination.push(reply.destination);
  columns.replySourcePort.push(reply.sourcePort);
  columns.replyDestinationPort.push(reply.destinationPort);
  columns.flags.push(flow.flags);
  if (flow.mark > 0) columns.mark[i] = flow.mark;
  if (flow.zone > 0) columns.zone[i] = flow.zone;
  if (original.zone > 0) columns.zoneOriginal[i] = original.zone;
  if (reply.zone > 0) columns.zoneReply[i] = reply.zone;
  if (flow.helper !== '') columns.helper[i] = wordOf(table, flow.helper);
  if (line !== table.nextLine) {
    columns.runs.flow.push(i);
    columns.runs.line.push(line);
  }
  table.nextLine = line + 1;
}

export const tableFact = (
  { columns }: Table,
  shown: Pick<ConntrackTableFact, 'list' | 'family'>,
): Draft<ConntrackTableFact> => ({ kind: 'conntrack-table', ...shown, flows: columns });
