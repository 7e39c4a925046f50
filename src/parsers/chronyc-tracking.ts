import type { ClockFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * Reference ID    : A9FEA97B (169.254.169.123)
 * System time     : 0.000004521 seconds slow of NTP time
 * Leap status     : Normal
 *
 * chrony client.c process_cmd_tracking.
 */
const LINE = /^([A-Z][\w. ()-]{2,16}?) *: (.*)$/;
const OFFSET = /^(\d{1,12}\.\d{1,12}) seconds (slow|fast) of NTP time$/;

/** `chronyc tracking`: how far the clock is off, by chrony's own measure. */
export const chronycTracking = defineParser<ClockFact>({
  command: 'chronyc-tracking',
  emits: ['clock'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'chronyc' && argv.includes('tracking') ? {} : undefined),
    file: /(?:^|-)chronyc(?:-[a-z]{1,2})*-tracking$/,
    sniff: (head) =>
      head.slice(0, 20).some((line) => /^Reference ID {4}: /.test(line)) &&
      head.slice(0, 30).some((line) => /^System time {5}: /.test(line))
        ? 3
        : 0,
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let first: number | undefined;
    let offset: number | undefined;
    let synchronized: boolean | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const [, key = '', value = ''] = (line.length < 200 && LINE.exec(line)) || [];
      if (key !== '') {
        if (key === 'System time') {
          first ??= i;
          const m = OFFSET.exec(value);
          if (m) offset = Number(m[1]) * (m[2] === 'slow' ? -1 : 1);
        } else if (key === 'Leap status') {
          first ??= i;
          synchronized = value !== 'Not synchronised';
        }
        out.part(i);
      } else if (line !== '' && !failures.take(i, line)) out.gap(i, 'not a line of chronyc tracking');
    }
    if (first !== undefined)
      out.fact(first, {
        kind: 'clock',
        ntp: true,
        ...(offset !== undefined && { offset }),
        ...(synchronized !== undefined && { synchronized }),
      });
    failures.close(first !== undefined);
  },
});
