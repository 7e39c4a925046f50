import type { NeighbourTableFact, SysctlFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipNtable, type Setting, tellTable } from './ip-ntable.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { type Located, numberAt, textAt } from './text/located.js';

/*
 * [{"family":"inet","name":"arp_cache","thresh1":128,"thresh2":512,"thresh3":1024,"gc_interval":30000,"refcnt":1}]
 *
 * iproute2 ip/ipntable.c print_ntable.
 */
const settingOf =
  (object: Located) =>
  (key: string): Setting | undefined => {
    const value = numberAt(object, key);
    return value === undefined ? undefined : { line: lineOfKey(object, key), value };
  };

const readTable: ReadObject<NeighbourTableFact | SysctlFact> = (object, out) => {
  const family = textAt(object, 'family');
  const name = textAt(object, 'name');
  const line = lineOfKey(object, 'family');
  if (name === undefined || (family !== 'inet' && family !== 'inet6')) out.gap(line, 'a table without family or name');
  else tellTable(line, family === 'inet' ? 4 : 6, name, settingOf(object), out);
};

/** `ip -j ntable`. */
export const ipNtableJson = defineParser<NeighbourTableFact | SysctlFact>({
  command: 'ip-ntable-json',
  emits: ['neigh-table', 'sysctl'],
  scope: 'stack',
  claims: {
    command: claimJson(ipNtable),
    sniff: (head) => startsWith(head, ['family', 'name', 'refcnt', 'base_reachable']),
  },
  parse(text, out, context) {
    out.only(['neigh-table']);
    parseObjects(text, out, context, readTable);
  },
});
