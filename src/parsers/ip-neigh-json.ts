import type { NeighbourFact } from '../facts/index.js';
import { defineParser, formatAddress, parseAddress } from '../kit/index.js';
import { ipNeigh } from './ip-neigh.js';
import { ipNeighBrief } from './ip-neigh-brief.js';
import {
  claimJson,
  hasFlag,
  isLinkAddress,
  lineOfKey,
  parseObjects,
  type ReadObject,
  startsWith,
} from './text/iproute2-json.js';
import { type Located, textAt, textsAt } from './text/located.js';

/*
 * [{"dst":"10.244.1.0","dev":"flannel.1","lladdr":"16:88:4f:00:36:49","state":["PERMANENT"]},
 *  {"dst":"fd00:50::77","dev":"eth0","lladdr":"16:88:4f:00:36:50","router":null,"state":["PERMANENT"]}]
 *
 * iproute2 ip/ipneigh.c print_neigh.
 */
const FLAGS = ['router', 'proxy', 'managed', 'extern_learn', 'extern_valid', 'offload'];

/** `-br` prints no states: an entry without link-layer address has nothing but these. */
const isBrief = (object: Located): boolean =>
  object.kind === 'map' && [...object.entries.keys()].every((key) => key === 'dst' || key === 'dev');

const readEntry: ReadObject<NeighbourFact> = (object, out, { scope }) => {
  const line = lineOfKey(object, 'dst');
  const parsed = parseAddress(textAt(object, 'dst') ?? '');
  const dev = textAt(object, 'dev') ?? scope['dev'];
  const lladdr = textAt(object, 'lladdr');
  const state = textsAt(object, 'state').at(-1);
  const flags = FLAGS.filter((flag) => hasFlag(object, flag));
  if (!parsed) out.gap(line, 'the address is masked or unreadable');
  else if (lladdr !== undefined && !isLinkAddress(lladdr))
    out.gap(lineOfKey(object, 'lladdr'), 'the link-layer address is masked or unreadable');
  else if (dev === undefined) out.gap(line, 'an entry without its device');
  else if (lladdr === undefined && state === undefined && !flags.includes('proxy') && !isBrief(object))
    out.gap(line, 'not an entry of ip neigh');
  else {
    out.fact(line, {
      kind: 'neigh',
      family: parsed.family,
      address: formatAddress(parsed),
      dev,
      flags,
      ...(lladdr !== undefined && { lladdr: lladdr.toLowerCase() }),
      ...(state !== undefined && { state }),
    });
  }
};

/** `ip -j neigh`. */
export const ipNeighJson = defineParser<NeighbourFact>({
  command: 'ip-neigh-json',
  emits: ['neigh'],
  scope: 'stack',
  claims: {
    command: claimJson(ipNeigh, ipNeighBrief),
    // An entry of `show proxy` has no state.
    sniff: (head) =>
      startsWith(head, ['dst', 'state'], 'flags') ||
      startsWith(head, ['dst', 'proxy'], 'flags') ||
      startsWith(head, ['dst', 'dev', 'lladdr'], 'flags'),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readEntry),
});
