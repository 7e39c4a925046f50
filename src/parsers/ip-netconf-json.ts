import type { NetconfFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipNetconf, sysctlName, VALUES } from './ip-netconf.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { textAt } from './text/located.js';

/*
 * [{"family":"inet","interface":"eth0","forwarding":true,"rp_filter":"off","mc_forwarding":false,"proxy_neigh":false,
 *   "ignore_routes_with_linkdown":false}]
 *
 * iproute2 ip/ipnetconf.c print_netconf.
 */
const WORDS: ReadonlyMap<string, number> = new Map([...VALUES, ['true', 1], ['false', 0]]);

const readDevice: ReadObject<NetconfFact> = (object, out, { scope: asked }) => {
  if (object.kind !== 'map') return;
  const said = textAt(object, 'family');
  // MPLS has settings of its own.
  if (said === 'mpls') return;
  const family = said === 'inet' ? 4 : said === 'inet6' ? 6 : undefined;
  const name = textAt(object, 'interface') ?? asked['dev'];
  if (family === undefined || name === undefined) {
    out.gap(object.line, family === undefined ? 'no address family' : 'no device');
    return;
  }
  const scope = name === 'all' || name === 'default' ? name : 'device';
  for (const key of object.entries.keys()) {
    if (key === 'family' || key === 'interface') continue;
    const line = lineOfKey(object, key);
    const text = textAt(object, key) ?? '';
    const value = WORDS.get(text) ?? (/^\d{1,9}$/.test(text) ? Number(text) : undefined);
    if (!/^[a-z_]+$/.test(key) || value === undefined)
      out.gap(line, `unknown setting ${JSON.stringify(key.slice(0, 40))}`);
    else
      out.fact(line, {
        kind: 'netconf',
        family,
        scope,
        dev: scope === 'device' ? name : '',
        key: sysctlName(key, family),
        value,
      });
  }
};

/** `ip -j netconf`. */
export const ipNetconfJson = defineParser<NetconfFact>({
  command: 'ip-netconf-json',
  emits: ['netconf'],
  scope: 'stack',
  claims: {
    command: claimJson(ipNetconf),
    sniff: (head) => startsWith(head, ['family', 'interface', 'forwarding']),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readDevice),
});
