import type { FdbFact } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { bridgeFdb } from './bridge-fdb.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { numberAt, textAt, textsAt } from './text/located.js';

/*
 * [{"mac":"16:88:4f:00:36:49","ifname":"flannel.1","dst":"192.168.50.12","flags":["self"],"state":"permanent"},
 *  {"mac":"56:0e:e2:8e:81:ef","ifname":"veth1","flags":[],"master":"cni0","state":"permanent"}]
 *
 * iproute2 bridge/fdb.c print_fdb.
 */
const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/;

const readEntry: ReadObject<FdbFact> = (object, out, { scope }) => {
  const line = lineOfKey(object, 'mac');
  const lladdr = textAt(object, 'mac')?.toLowerCase() ?? '';
  const dev = textAt(object, 'ifname') ?? scope['dev'];
  const said = textAt(object, 'dst');
  const dst = said === undefined ? undefined : canonicalAddress(said);
  const state = textAt(object, 'state') ?? '';
  const vlan = numberAt(object, 'vlan');
  const vni = numberAt(object, 'vni');
  const port = numberAt(object, 'port');
  const master = textAt(object, 'master');
  const via = textAt(object, 'viaIf');
  const nhid = numberAt(object, 'nhid');
  if (!MAC.test(lladdr)) out.gap(line, 'the link-layer address is masked or unreadable');
  else if (said !== undefined && dst === undefined)
    out.gap(lineOfKey(object, 'dst'), 'the destination is masked or unreadable');
  else if (dev === undefined) out.gap(line, 'an entry without its device');
  else {
    // `master` among the flags is an entry of the bridge without a bridge's name.
    const flags = textsAt(object, 'flags').filter((flag) => flag !== 'master');
    // A number is a state that iproute2 has no name for.
    if (/^[a-z_]+$/.test(state)) flags.push(state);
    out.fact(line, {
      kind: 'fdb',
      lladdr,
      dev,
      flags,
      ...(dst !== undefined && { dst }),
      ...(vlan !== undefined && { vlan }),
      ...(vni !== undefined && { vni }),
      ...(port !== undefined && { port }),
      ...(master !== undefined && { master }),
      ...(via !== undefined && { via }),
      ...(nhid !== undefined && { nhid }),
    });
  }
};

/** `bridge -j fdb show`. */
export const bridgeFdbJson = defineParser<FdbFact>({
  command: 'bridge-fdb-json',
  emits: ['fdb'],
  scope: 'stack',
  claims: {
    command: claimJson(bridgeFdb),
    sniff: (head) => startsWith(head, ['mac', 'flags', 'state']),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readEntry),
});
