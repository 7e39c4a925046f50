import type { NetnsFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { ipNetns } from './ip-netns.js';
import { claimJson, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { numberAt, textAt } from './text/located.js';

/*
 * [{"name":"cni-5f1c2c1e-9a0e","id":3},{"name":"blue"}]
 * [{"nsid":0,"name":"blue"}]
 *
 * iproute2 ip/ipnetns.c netns_list and print_nsid.
 */
const readNamespace: ReadObject<NetnsFact> = (object, out) => {
  const name = textAt(object, 'name');
  const id = numberAt(object, 'id') ?? numberAt(object, 'nsid');
  if (name === undefined && id === undefined) out.gap(object.line, 'a namespace without name and id');
  else
    out.fact(lineOfKey(object, name === undefined ? 'nsid' : 'name'), {
      kind: 'netns',
      ...(name !== undefined && { name }),
      ...(id !== undefined && { id }),
    });
};

/** Much begins with a name: a list of names and numbers is meant, and nothing beside them. */
function isNamesWithIds(head: readonly string[]): boolean {
  if (startsWith(head, ['name', 'id']) === 0) return false;
  const dense = head.join('').slice(0, 20_000).replace(/\s+/g, '');
  const rest = dense.replace(/\{"name":"[^"]*"(?:,"id":\d+)?\},?/g, '');
  return rest === '[]' || (dense.length === 20_000 && /^\[(?:\{[^{}]*)?$/.test(rest));
}

/** `ip -j netns list`, `ip -j netns list-id`. */
export const ipNetnsJson = defineParser<NetnsFact>({
  command: 'ip-netns-json',
  emits: ['netns'],
  scope: 'stack',
  claims: {
    command: claimJson(ipNetns),
    sniff: (head) => (startsWith(head, ['nsid']) === 3 || isNamesWithIds(head) ? 3 : 0),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readNamespace),
});
