import type { HealthProbeFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * 2020-07-30T16:19:13Z [Probe Failed]	node=172_28_128_3.example	checker=dns
 * 2020-07-30T16:20:13Z [Node Healthy]	node=172_28_128_3.example
 *
 * `gravity status history`; satellite's events of older and newer versions.
 */
const LINE = /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)) \[([A-Z][\w ]+)\]\s*(.*)$/;

const STATES: ReadonlyMap<string, HealthProbeFact['status']> = new Map([
  ['Probe Failed', 'failed'],
  ['Probe Succeeded', 'running'],
  ['Probe Passed', 'running'],
]);

/** The history of a Gravity cluster's health. */
export const gravityTimeline = defineParser<HealthProbeFact>({
  command: 'gravity-timeline',
  emits: ['health-probe'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      return argv[0] === 'gravity' && words[0] === 'status' && words[1] === 'history' ? {} : undefined;
    },
    file: /(?:^|-)(?:gravity-)?(?:timeline|status-history)$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const hits = lines.filter((line) => line.length < 2000 && LINE.test(line)).length;
      const telling = lines.some((line) => /\[(?:Probe|Node|Cluster|Leader) \w+\]/.test(line.slice(0, 200)));
      return telling && hits * 10 >= lines.length * 9 ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const [, time = '', event = '', rest = ''] = LINE.exec(line.slice(0, 2000)) ?? [];
      const fields = new Map(rest.split(/\s+/).map((word) => word.split('=', 2) as [string, string]));
      const status = STATES.get(event);
      const node = fields.get('node');
      if (line.trim() === '') out.noise(i);
      else if (time === '') {
        if (!failures.take(i, line)) out.gap(i, 'not an event of the timeline');
      } else if (status) {
        some = true;
        out.fact(i, {
          kind: 'health-probe',
          ...(node !== undefined && { node }),
          checker: fields.get('checker') ?? fields.get('probe') ?? '',
          status,
          time,
        });
      } else {
        // Nodes and the cluster get worse and better by their probes; who leads is no matter of the network.
        some = true;
        out.noise(i);
      }
    }
    failures.close(some);
  },
});
