import type { WorkloadFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { isEventRow, itemsOf } from '../text/describe.js';
import { columnsOf, rowCells } from '../text/table.js';
import type { Row } from './cells.js';
import { type Described, fieldOf, sectionAt } from './described.js';
import { eventRow } from './events.js';
import { isNetworkSetting, NETWORK_FLAG } from './template-spec.js';

/** `2 desired | 2 updated | 2 total | 1 available | 1 unavailable`, `2 current / 2 desired`. */
function counted(text: string | undefined, word: string): number | undefined {
  const match = new RegExp(`(\\d+) ${word}`).exec(text ?? '');
  return match ? Number(match[1]) : undefined;
}

function numbers(d: Described, type: WorkloadFact['type']) {
  const number = (key: string): number | undefined => {
    const text = fieldOf(d, key);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const replicas = fieldOf(d, 'Replicas');
  if (type !== 'DaemonSet')
    return {
      desired: counted(replicas, 'desired'),
      updated: counted(replicas, 'updated'),
      available: counted(replicas, 'available'),
    };
  return {
    desired: number('Desired Number of Nodes Scheduled'),
    available: number('Number of Nodes Scheduled with Available Pods'),
    updated: number('Number of Nodes Scheduled with Up-to-date Pods'),
  };
}

/** A DaemonSet, Deployment, ReplicaSet or StatefulSet: how many of its pods there are, and what its template decides of the network. */
export function describedWorkload(type: WorkloadFact['type']): (d: Described) => void {
  return (d) => {
    const section = sectionAt(d, 'Pod Template');
    const items = section ? itemsOf(d.text, section) : [];
    const args = items
      .map(({ key, value }) => (key === '' || value === '' ? key + value : `${key}=${value}`))
      .filter((word) => NETWORK_FLAG.test(word));
    const env = items.flatMap(({ key, value }) =>
      isNetworkSetting(key) && !value.startsWith('<') && !value.includes('(v1:') ? [[key, value] as const] : [],
    );
    const images = items.flatMap(({ key, value }) => (key === 'Image' ? value : []));
    const fact: Draft<WorkloadFact> = {
      kind: 'workload',
      type,
      namespace: fieldOf(d, 'Namespace') ?? '',
      name: fieldOf(d, 'Name') ?? '',
      ...Object.fromEntries(Object.entries(numbers(d, type)).filter(([, n]) => n !== undefined)),
      ...(images.length > 0 && { images }),
      ...(args.length > 0 && { args: args.slice(0, 200) }),
      ...(env.length > 0 && { env: Object.fromEntries(env) }),
    };
    d.emit(d.from, fact);
  };
}

/** What the events are about. */
export interface EventObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Lines of a message that are looked at, and of each so much. */
const MOST_LINES = 20;
const LONGEST_LINE = 600;

/**
 * The table of events under an object: `Type Reason Age From Message`, before 1.7 `FirstSeen LastSeen Count From SubObjectPath Type Reason
 * Message`.
 */
export function describedEvents(d: Described, about: EventObject): void {
  const section = sectionAt(d, 'Events');
  if (!section) return;
  const header = section.line + 1;
  const title = d.text.line(header);
  if (!/\bReason\b.*\bMessage\b/.test(title) || title.length > 400) return;
  const columns = columnsOf(title);
  for (let i = header + 1, next = i; i < section.to; i = next) {
    next = i + 1;
    const line = d.text.line(i);
    if (line.trim() === '' || /^\s*-+\s/.test(line)) continue;
    const cells = rowCells(columns, line);
    const cell = (name: string): string | undefined => cells?.[columns.findIndex((c) => c.name === name)];
    const message = [cell('Message') ?? ''];
    // What a probe printed goes on in lines of its own, mostly at the margin.
    for (; next < section.to && !isEventRow(d.text.line(next)); next++)
      if (message.length < MOST_LINES) message.push(d.text.line(next).slice(0, LONGEST_LINE).trim());
    const age = cell('Age');
    const row: Row = {
      NAMESPACE: about.namespace,
      TYPE: cell('Type'),
      REASON: cell('Reason'),
      OBJECT: `${about.kind}/${about.name}`,
      SOURCE: cell('From'),
      MESSAGE: message.join('\n').trimEnd(),
      'LAST SEEN': age,
      COUNT: cell('Count'),
    };
    const reading = cells ? eventRow(row, '') : undefined;
    if (reading && 'facts' in reading) for (const fact of reading.facts) d.emit(i, fact);
  }
}
