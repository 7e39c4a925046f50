import type { QdiscFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { tcCommand } from './tc/command.js';
import { gap, readRows } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * qdisc tbf 8001: dev veth8a3f root refcnt 2 rate 10Mbit burst 4Kb lat 400ms
 *  Sent 1268776 bytes 8231 pkt (dropped 12, overlimits 40 requeues 0)
 *  backlog 0b 0p requeues 0
 * qdisc clsact ffff: dev cni0 parent ffff:fff1
 *
 * iproute2 tc/tc_qdisc.c print_qdisc; the lines below are each qdisc's own. With `show dev X` no line says the device.
 */
const HEAD = /^\s*qdisc (\w+) ([\da-f]{1,4}:|\[Unknown\]|0) /;
const SENT = /^\s*Sent (\d{1,20}) bytes \d{1,20} pkts? \(dropped (\d{1,15}), overlimits (\d{1,15}) /;
const BACKLOG = /^\s*backlog \S+ (\d{1,10})p /;

type Qdisc = { -readonly [K in keyof Draft<QdiscFact>]: Draft<QdiscFact>[K] };

/** Undefined where the command was asked for one device, and is not there. */
function qdiscOf(line: string, asked: string | undefined): Qdisc | string | undefined {
  const head = HEAD.exec(line);
  if (!head) return 'not a line of tc qdisc';
  const words = wordsOf(line.slice(head[0].length));
  let dev = asked;
  let parent: string | undefined;
  let i = 0;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === 'dev') dev = words[++i];
    else if (word === 'root') parent = 'root';
    else if (word === 'parent') parent = words[++i];
    else if (word === 'refcnt' || word === 'ingress_block' || word === 'egress_block') i++;
    else if (word !== 'offloaded' && !/^\[.*\]$/.test(word)) break;
  }
  if (parent === undefined) return 'not a line of tc qdisc';
  if (dev === undefined) return undefined;
  const [, type = '', handle = ''] = head;
  const options = words.slice(i).join(' ');
  return {
    kind: 'qdisc',
    dev,
    type,
    ...(handle !== '0:' && { handle }),
    parent,
    // Old versions rule a line behind `ingress`.
    options: /^-+$/.test(options) ? '' : options,
  };
}

/** `tc qdisc`, also with `-s` and `-d`. */
export const tcQdisc = defineParser<QdiscFact>({
  command: 'tc-qdisc',
  emits: ['qdisc'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = tcCommand(argv);
      return command?.object === 'qdisc' && !command.json ? { scope: command.scope } : undefined;
    },
    file: /(?:^|-)tc-(?:\w-)*qdisc(?:-show)?(?:-|$)/,
    sniff: (head) =>
      head.some((line) => HEAD.test(line.slice(0, 200)) && / (?:root|parent) /.test(line.slice(0, 200))) ? 3 : 0,
  },
  parse(text, out, { scope }) {
    let qdisc: { readonly line: number; readonly fields: Qdisc } | undefined;
    let nameless = false;
    const flush = (): void => {
      if (qdisc) out.fact(qdisc.line, qdisc.fields);
      qdisc = undefined;
    };
    readRows(
      text,
      out,
      (whole, i) => {
        const line = whole.slice(0, 4000);
        if (HEAD.test(line)) {
          flush();
          const fields = qdiscOf(line, scope['dev']);
          if (typeof fields === 'string') return gap(fields);
          nameless = fields === undefined;
          if (!fields) {
            out.incomplete('filtered', 'of which device is not told');
            return 'noise';
          }
          qdisc = { line: i, fields };
          return 'row';
        }
        if (nameless && /^\s/.test(line)) return 'noise';
        if (!qdisc || !/^\s/.test(line)) return gap('not a line of tc qdisc');
        const [sent, backlog] = [SENT.exec(line), BACKLOG.exec(line)];
        if (sent) {
          qdisc.fields.sent = Number(sent[1]);
          qdisc.fields.dropped = Number(sent[2]);
          qdisc.fields.overlimits = Number(sent[3]);
        } else if (backlog) qdisc.fields.backlog = Number(backlog[1]);
        return 'row';
      },
      flush,
    );
  },
});
