import type { IpsetFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { ipsetCommand } from './ipset/command.js';
import { addMember, newSet, type OpenSet, setFact, setHeader, TYPE } from './ipset/sets.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536 comment bucketsize 12 initval 0x8c2211f1
 * add KUBE-CLUSTER-IP 10.96.0.10,udp:53 comment "kube-system/kube-dns:dns"
 *
 * ipset lib/session.c, list_create and list_adt in mode IPSET_LIST_SAVE.
 */
const CREATE = /^\s*create \S{1,64} (?:hash|bitmap|list):[a-z,]+(?: |$)/;
const ADD =
  /^\s*(?:add|-A) \S{1,64} (?!-)[\w.:/,%-]+(?: (?:timeout|nomatch|wildcard|packets|comment|skb\w+|before|after) ?.*)?\s*$/;

interface Reader {
  readonly out: Sink<IpsetFact>;
  readonly firstLine: number;
  /** By name, in the order of the dump. */
  readonly sets: Map<string, OpenSet>;
}

function create(r: Reader, line: string, i: number): Taken {
  const [, name = '', type = '', ...options] = wordsOf(line);
  if (!TYPE.test(type)) return gap('not a line of ipset save');
  const before = r.sets.get(name);
  // Dumps run together (of two containers, of two families) may hold a set twice.
  if (before?.type !== undefined) r.out.fact(before.line, setFact(before));
  const set = newSet(i, name);
  setHeader(set, type, options);
  set.shown = true;
  r.sets.set(name, set);
  return 'row';
}

/** `add NAME ELEMENT`, and what stands behind it as printed: blanks in a comment count. */
const ENTRY = /^add (\S+) (\S+)(?: (.*))?$/;

function add(r: Reader, line: string, i: number): Taken {
  const [, name, element, behind = ''] = line.length < 2000 ? (ENTRY.exec(line.trim()) ?? []) : [];
  if (name === undefined || element === undefined) return gap('not a line of ipset save');
  let set = r.sets.get(name);
  if (!set) {
    r.out.incomplete('filtered', `elements of set ${name} without the line that creates it`);
    set = newSet(i, name);
    r.sets.set(name, set);
  }
  const reason = addMember(set, r.firstLine + i, element, behind);
  return reason === undefined ? 'row' : gap(reason);
}

function parseSave(text: Text, out: Sink<IpsetFact>): void {
  const r: Reader = { out, firstLine: text.firstLine, sets: new Map() };
  readRows(
    text,
    out,
    (line, i) => {
      const start = line.trimStart();
      if (start.startsWith('add ')) return add(r, line, i);
      if (start.startsWith('create ')) return create(r, line, i);
      return start.startsWith('Warning: ') ? 'noise' : gap('not a line of ipset save');
    },
    () => {
      for (const set of r.sets.values()) out.fact(set.line, setFact(set));
    },
  );
}

/** `ipset save`, also of `ipset list -o save`. */
export const ipsetSave = defineParser<IpsetFact>({
  command: 'ipset-save',
  emits: ['ipset'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = ipsetCommand(argv);
      return command?.form === 'save' && !command.names ? command.claim : undefined;
    },
    file: /(?:^|-)ipset-(?:save|s)(?:-|$)/,
    sniff(head) {
      if (share(head, (line) => CREATE.test(line) || ADD.test(line.slice(0, 500))) < 0.6) return 0;
      return head.some((line) => CREATE.test(line)) ? 3 : 2;
    },
  },
  parse: parseSave,
});
