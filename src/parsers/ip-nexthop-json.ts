import type { NextHopFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { ipNexthop } from './ip-nexthop.js';
import { claimJson, hasFlag, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { itemsAt, numberAt, textAt, textsAt } from './text/located.js';

/*
 * [{"id":1,"gateway":"192.168.50.12","dev":"eth0","scope":"link","protocol":"zebra","flags":[]},{"id":10,"group":[{"id":1},{"id":2,"weight":3}]}]
 *
 * iproute2 ip/ipnexthop.c __print_nexthop_entry. A gateway of the other family is {"via":{"family":"inet6","host":"fe80::1"}}.
 */
const readEntry: ReadObject<NextHopFact> = (object, out) => {
  const line = lineOfKey(object, 'id');
  const id = numberAt(object, 'id');
  const said = textAt(object, 'gateway') ?? textAt(object, 'via', 'host');
  const via = said === undefined ? undefined : canonicalAddress(said);
  const members = itemsAt(object, 'group').map((item) => ({
    id: numberAt(item, 'id') ?? 0,
    weight: numberAt(item, 'weight') ?? 1,
  }));
  const [dev, scope, proto, encap] = ['dev', 'scope', 'protocol', 'encap'].map((key) => textAt(object, key));
  if (id === undefined) out.gap(line, 'a next hop without its id');
  else if (said !== undefined && via === undefined) out.gap(line, 'the gateway is masked or unreadable');
  else
    out.fact(line, {
      kind: 'nexthop',
      id,
      blackhole: hasFlag(object, 'blackhole'),
      fdb: hasFlag(object, 'fdb'),
      flags: textsAt(object, 'flags'),
      ...(via !== undefined && { via }),
      ...(dev !== undefined && { dev }),
      ...(members.length > 0 && { group: members }),
      ...(textAt(object, 'type') === 'resilient' && { resilient: true }),
      ...(scope !== undefined && { scope }),
      ...(proto !== undefined && { proto }),
      ...(encap !== undefined && { encap }),
    });
};

/** `ip -j nexthop`. */
export const ipNexthopJson = defineParser<NextHopFact>({
  command: 'ip-nexthop-json',
  emits: ['nexthop'],
  scope: 'stack',
  claims: {
    command: claimJson(ipNexthop),
    sniff: (head) =>
      startsWith(head, ['id', 'gateway']) ||
      startsWith(head, ['id', 'group']) ||
      startsWith(head, ['id', 'dev', 'flags']),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readEntry),
});
