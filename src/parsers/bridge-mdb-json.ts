import type { MdbFact } from '../facts/index.js';
import { canonicalAddress, defineParser, isLladdr } from '../kit/index.js';
import { bridgeMdb } from './bridge-mdb.js';
import { claimJson, lineOfKey, type ObjectOut, parseObjects, startsWith } from './text/iproute2-json.js';
import { itemsAt, type Located, numberAt, textAt, textsAt } from './text/located.js';

/*
 * [{"mdb":[{"index":7,"dev":"cni0","port":"veth8a3f","grp":"ff02::1:ffe2:7193","state":"temp","flags":[]}],"router":{}}]
 *
 * iproute2 bridge/mdb.c. Versions before 5.0 print the object without an array around it.
 */
function readEntry(item: Located, out: ObjectOut<MdbFact>): void {
  const line = lineOfKey(item, 'grp');
  const [bridge, port, said] = [textAt(item, 'dev'), textAt(item, 'port'), textAt(item, 'grp') ?? ''];
  const group = canonicalAddress(said) ?? (isLladdr(said) ? said.toLowerCase() : undefined);
  const src = textAt(item, 'src');
  const source = src === undefined ? undefined : canonicalAddress(src);
  const vid = numberAt(item, 'vid');
  if (bridge === undefined || port === undefined) out.gap(line, 'an entry without bridge or port');
  else if (group === undefined || (src !== undefined && source === undefined))
    out.gap(line, 'the group is masked or unreadable');
  else
    out.fact(line, {
      kind: 'mdb',
      bridge,
      port,
      group,
      ...(source !== undefined && { source }),
      ...(vid !== undefined && { vid }),
      permanent: textAt(item, 'state') === 'permanent',
      flags: textsAt(item, 'flags'),
    });
}

/** `bridge -j mdb`. */
export const bridgeMdbJson = defineParser<MdbFact>({
  command: 'bridge-mdb-json',
  emits: ['mdb'],
  scope: 'stack',
  claims: {
    command: claimJson(bridgeMdb),
    sniff(head) {
      const start = head.find((line) => line.trim() !== '')?.trim() ?? '';
      return startsWith(start.startsWith('{') ? ['[', ...head] : head, ['mdb']);
    },
  },
  parse: (text, out, context) =>
    parseObjects(text, out, context, (object, sink) => {
      for (const item of itemsAt(object, 'mdb')) readEntry(item, sink);
    }),
});
