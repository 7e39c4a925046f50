import type { IpsetFact } from '../facts/index.js';
import { defineParser, type Text } from '../kit/index.js';
import { ipsetCommand } from './ipset/command.js';
import { addMember, newSet, type OpenSet, setFact, setHeader, TYPE } from './ipset/sets.js';
import { lineOfKey, type ObjectOut, parseObjects, startsWith } from './text/iproute2-json.js';
import { type Located, numberAt, textAt, valueAt } from './text/located.js';

/*
 * [
 *   {
 *     "name" : "KUBE-NODE-PORT-TCP",
 *     "type" : "bitmap:port",
 *     "revision" : 3,
 *     "header" : {
 *       "range" : "0-65535",
 *       "memsize" : 8280,
 *       "references" : 1,
 *       "numentries" : 1
 *     },
 *     "members" : [
 *       {
 *         "elem" : "30080"
 *       }
 *     ]
 *   }
 * ]
 *
 * ipset 7.20 and later, lib/session.c in mode IPSET_LIST_JSON.
 */
const NUMBERS: ReadonlySet<string> = new Set(['memsize', 'references', 'numentries']);

/** `"timeout" : 0, "nomatch" : true` → `timeout 0 nomatch`: as the other forms print it. */
function wordsOf(node: Located | undefined, without: ReadonlySet<string>): string[] {
  if (node?.kind !== 'map') return [];
  return [...node.entries].flatMap(([key, { value }]) => {
    if (without.has(key) || value.kind !== 'text') return [];
    if (value.plain && value.text === 'false') return [];
    const flag = value.plain && /^(?:true|null)$/.test(value.text);
    const text = key === 'comment' && !flag ? `"${value.text}"` : value.text;
    return flag || value.text === '' ? [key] : [key, text];
  });
}

const ELEM: ReadonlySet<string> = new Set(['elem']);

function addMembers(set: OpenSet, members: Located, firstLine: number, out: ObjectOut<IpsetFact>): void {
  set.shown = true;
  for (const item of members.kind === 'list' ? members.items : []) {
    const line = lineOfKey(item, 'elem');
    const elem = textAt(item, 'elem') ?? '';
    const reason = addMember(set, firstLine + line, elem, wordsOf(item, ELEM).join(' '));
    if (reason !== undefined) out.gap(line, reason);
  }
}

function readSet(object: Located, out: ObjectOut<IpsetFact>, firstLine: number): void {
  const name = textAt(object, 'name');
  const type = textAt(object, 'type');
  if (name === undefined || type === undefined || !TYPE.test(type)) {
    out.gap(object.line, 'not a set');
    return;
  }
  const header = valueAt(object, 'header');
  const set = newSet(object.line, name);
  setHeader(set, type, wordsOf(header, NUMBERS));
  set.revision = numberAt(object, 'revision');
  set.memory = numberAt(header, 'memsize');
  set.references = numberAt(header, 'references');
  set.entries = numberAt(header, 'numentries');
  const members = valueAt(object, 'members');
  if (members) addMembers(set, members, firstLine, out);
  out.fact(set.line, setFact(set));
}

/** Ranges are without quotes until 7.22 (netfilter-devel, May 2024), which is no JSON. */
const quoted = (text: Text): Text => ({
  ...text,
  line: (i) => text.line(i).replace(/^(\s*"range" : )([\d.]+-[\d.]+)(,?)$/, '$1"$2"$3'),
});

/** `ipset list -o json`. */
export const ipsetJson = defineParser<IpsetFact>({
  command: 'ipset-json',
  emits: ['ipset'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = ipsetCommand(argv);
      return command?.form === 'json' && !command.names ? command.claim : undefined;
    },
    sniff: (head) => startsWith(head, ['name', 'type', 'revision', 'header', 'memsize']),
  },
  parse: (text, out, context) =>
    parseObjects(quoted(text), out, context, (object, sink) => readSet(object, sink, text.firstLine)),
});
