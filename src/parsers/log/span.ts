import type { LogSpanFact, LogStamp } from '../../facts/index.js';
import type { CaptureContext, Draft } from '../../kit/index.js';

/** Month, day and clock as one number, for the order of lines whose year is not known. */
const order = (s: LogStamp): number | undefined => {
  if (s.time !== undefined) return s.time;
  if (s.uptime !== undefined) return s.uptime;
  const m = /(\d\d)-(\d\d)$/.exec(s.dated ?? '');
  return m && s.clock !== undefined ? (Number(m[1]) * 31 + Number(m[2])) * 86_400 + s.clock : undefined;
};

/** From December to January the order of month and day turns over without the log being reversed. */
const HALF_YEAR = 183 * 86_400;

/** First and last stamp of a log, as fact: `-r` prints the newest line first. */
export function spanOf(
  first: LogStamp,
  last: LogStamp,
  lines: number,
  context: CaptureContext,
  host: string | undefined,
): Draft<LogSpanFact> {
  const [a, b] = [order(first), order(last)];
  const back = a !== undefined && b !== undefined && b < a && (first.time !== undefined || a - b < HALF_YEAR);
  const reversed = back || context.argv.includes('-r') || context.argv.includes('--reverse');
  const [from, to] = reversed ? [last, first] : [first, last];
  const unit = context.scope.unit;
  return {
    kind: 'log-span',
    lines,
    reversed,
    ...(from.time !== undefined && { from: from.time }),
    ...(to.time !== undefined && { to: to.time }),
    ...(from.time === undefined && from.dated !== undefined && { dated: from.dated }),
    ...(host !== undefined && { host }),
    ...(unit !== undefined && { unit }),
  };
}
