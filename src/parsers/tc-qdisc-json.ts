import type { QdiscFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { tcCommand } from './tc/command.js';
import { hasFlag, lineOfKey, parseObjects, type ReadObject, startsWith } from './text/iproute2-json.js';
import { numberAt, textAt, wordsAt } from './text/located.js';

/*
 * [{"kind":"tbf","handle":"8001:","dev":"veth8a3f","root":true,"refcnt":2,"options":{"rate":1250000,"burst":4095,"lat":400000},"drops":12}]
 *
 * iproute2 tc/tc_qdisc.c print_qdisc. Numbers have the kernel's units: octets a second, microseconds.
 */
const readQdisc: ReadObject<QdiscFact> = (object, out, { scope }) => {
  const line = lineOfKey(object, 'kind');
  const type = textAt(object, 'kind');
  const dev = textAt(object, 'dev') ?? scope['dev'];
  const parent = hasFlag(object, 'root') ? 'root' : textAt(object, 'parent');
  if (type === undefined || dev === undefined || parent === undefined) {
    out.gap(line, 'a qdisc without kind, device or parent');
    return;
  }
  const handle = textAt(object, 'handle');
  const [sent, dropped, overlimits, backlog] = ['bytes', 'drops', 'overlimits', 'qlen'].map((key) =>
    numberAt(object, key),
  );
  out.fact(line, {
    kind: 'qdisc',
    dev,
    type,
    ...(handle !== undefined && handle !== '0:' && { handle }),
    parent,
    options: Object.entries(wordsAt(object, 'options') ?? {})
      .map(([key, value]) => `${key} ${value}`)
      .join(' '),
    ...(sent !== undefined && { sent }),
    ...(dropped !== undefined && { dropped }),
    ...(overlimits !== undefined && { overlimits }),
    ...(backlog !== undefined && { backlog }),
  });
};

/** `tc -j qdisc`. */
export const tcQdiscJson = defineParser<QdiscFact>({
  command: 'tc-qdisc-json',
  emits: ['qdisc'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = tcCommand(argv);
      return command?.object === 'qdisc' && command.json ? { scope: command.scope } : undefined;
    },
    sniff: (head) => startsWith(head, ['kind', 'handle', 'options'], 'protocol'),
  },
  parse: (text, out, context) => parseObjects(text, out, context, readQdisc),
});
