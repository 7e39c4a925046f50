import type { ClockFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { momentOf } from './clock/time.js';
import { collectFailures } from './text/failure.js';

/*
 * Thu Jan 23 17:26:05 UTC 2020
 * Thu 23 Jan 2020 05:26:05 PM UTC
 * 2020-01-23T17:26:05+00:00
 * Do 23. Jan 17:26:05 CET 2020
 */
const EPOCH = /^1\d{9}(?:\.\d{1,9})?$/;

/** `date`: what the node took for the time. */
export const date = defineParser<ClockFact>({
  command: 'date',
  emits: ['clock'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'date' && !argv.some((w) => /^-(?:[a-zA-Z]*[drfs]|-date|-reference|-set|-file)/.test(w))
        ? {}
        : undefined,
    file: /^(?:system-?)?date(?:-u)?$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      return lines.length > 0 && lines.length <= 2 && lines.every((line) => momentOf(line) !== undefined) ? 2 : 0;
    },
  },
  parse(text, out, { argv }) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      const moment = momentOf(line);
      if (moment) {
        some = true;
        out.fact(i, { kind: 'clock', ...moment });
      } else if (EPOCH.test(line)) {
        some = true;
        out.fact(i, { kind: 'clock', text: line, time: Math.floor(Number(line)) });
      } else if (!failures.take(i, line)) {
        // A format of one's own, or a language that is not known.
        if (argv.some((w) => w.startsWith('+'))) out.noise(i);
        else out.gap(i, 'a date in no known form');
      }
    }
    failures.close(some);
  },
});
