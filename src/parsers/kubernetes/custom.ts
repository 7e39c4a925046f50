import type { KubectlCommand } from '../text/kubectl.js';
import type { Row, RowReading } from './cells.js';
import { factOfFields, fieldOfPath } from './paths.js';

/** Column name to field of `-o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDR`; undefined for any other output. */
export function columnMap(command: KubectlCommand | undefined): ReadonlyMap<string, string> | undefined {
  const spec = /^custom-columns=(.*)$/.exec(command?.output ?? '')?.[1];
  if (spec === undefined) return undefined;
  const columns = new Map<string, string>();
  // A comma inside a filter belongs to the path.
  for (const part of spec.split(/,(?=[^,[\]]+:)/)) {
    const colon = part.indexOf(':');
    const field = colon < 0 ? undefined : fieldOfPath(part.slice(colon + 1));
    if (field !== undefined) columns.set(part.slice(0, colon).trim(), field);
  }
  return columns;
}

/** A row of custom columns; undefined when none of them tells anything. */
export function customRow(
  columns: ReadonlyMap<string, string>,
  row: Row,
  command: KubectlCommand | undefined,
): RowReading | undefined {
  const fields = new Map<string, string>();
  for (const [column, field] of columns) {
    const cell = row[column];
    if (cell !== undefined) fields.set(field, cell);
  }
  if (!fields.has('namespace') && command) fields.set('namespace', command.namespace);
  const [type = ''] = command?.resources ?? [];
  return factOfFields(type, fields);
}
