/**
 * mtr -j
 *
 *     { "report": { "mtr": { "src": "node-1", "dst": "10.71.2.2", "tests": 2 },
 *       "hubs": [ { "count": 1, "host": "10.71.1.1", "Loss%": 0.0, "Snt": 2, "Avg": 0.074 } ] } }
 */
import type { TracerouteFact, TracerouteHop } from '../facts/index.js';
import { canonicalAddress, defineParser } from '../kit/index.js';
import { parseObjects } from './text/iproute2-json.js';
import { itemsAt, type Located, textAt, valueAt } from './text/located.js';
import { mtrFact, newMtrRun } from './traceroute/mtr.js';

const number = (object: Located, key: string): number | undefined => {
  const text = textAt(object, key);
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
};

function hopOf(hub: Located, firstLine: number): TracerouteHop | undefined {
  const ttl = number(hub, 'count');
  const host = textAt(hub, 'host') ?? '';
  if (ttl === undefined || host === '') return undefined;
  const [name = '', inside] = host.split(/[ ()]+/);
  const from = canonicalAddress(inside || name);
  const [sent, share, average] = [number(hub, 'Snt'), number(hub, 'Loss%'), number(hub, 'Avg')];
  return {
    ttl,
    line: firstLine + hub.line,
    probes: [
      {
        ...(from !== undefined && { from }),
        ...(from === undefined && name !== '???' && { name }),
        ...(host !== '???' && average !== undefined && { milliseconds: average }),
      },
    ],
    ...(sent !== undefined && { sent }),
    ...(sent !== undefined && share !== undefined && { lost: Math.round((sent * share) / 100) }),
  };
}

export const mtrJson = defineParser<TracerouteFact>({
  command: 'mtr-json',
  emits: ['traceroute'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'mtr' && argv.some((w) => /^-[a-zA-Z46]*j$|^--json$/.test(w)) ? {} : undefined),
    file: /^mtr.*json/,
    sniff(head) {
      const dense = head
        .slice(0, 12)
        .map((l) => l.slice(0, 1000))
        .join('')
        .replace(/\s+/g, '');
      return /^\{"report":\{"mtr":\{"src":/.test(dense) ? 3 : 0;
    },
  },
  parse(text, out, context) {
    parseObjects(text, out, context, (object, sink) => {
      const report = valueAt(object, 'report');
      if (!report) {
        sink.gap(object.line, 'not a report of mtr');
        return;
      }
      const run = newMtrRun(object.line, textAt(report, 'mtr', 'dst'));
      for (const hub of itemsAt(report, 'hubs')) {
        const hop = hopOf(hub, text.firstLine);
        if (hop) run.hops.push(hop);
        else sink.gap(hub.line, 'a hub without number or host');
      }
      sink.fact(object.line, mtrFact(run));
    });
  },
});
