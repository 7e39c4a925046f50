import type { LogSpanFact, LogStamp } from '../../facts/index.js';
import type { CaptureContext, Draft } from '../../kit/index.js';

/** Two stamps as numbers of one scale: times, uptimes, or month, day and clock of lines whose year is not known. */
function orders(first: LogStamp, last: LogStamp): readonly [number, number] | undefined {
  for (const key of ['time', 'uptime'] as const) {
    const [a, b] = [first[key], last[key]];
    if (a !== undefined && b !== undefined) return [a, b];
  }
  const [a, b] = [first, last].map((s) => {
    const m = /(\d\d)-(\d\d)$/.exec(s.dated ?? '');
    return m && s.clock !== undefined ? (Number(m[1]) * 31 + Number(m[2])) * 86_400 + s.clock : undefined;
  });
  return a === undefined || b === undefined ? undefined : [a, b];
}

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
  const [a, b] = orders(first, last) ?? [0, 0];
  const back = b < a && (first.dated === undefined || a - b < HALF_YEAR);
  const asked =
    context.argv[0] === 'journalctl' && context.argv.some((a) => /^(?:-[a-zA-Z]*r[a-zA-Z]*|--reverse)$/.test(a));
  const reversed = back || asked;
  const [from, to] = reversed ? [last, first] : [first, last];
  const unit = context.scope.unit;
  return {
    kind: 'log-span',
    lines,
    reversed,
    ...(from.time !== undefined && { from: from.time }),
    ...(to.time !== undefined && { to: to.time }),
    ...(from.time === undefined && from.dated !== undefined && { dated: from.dated }),
    ...(from.time === undefined && from.clock !== undefined && { clock: from.clock }),
    ...(from.time === undefined && from.uptime !== undefined && { uptime: from.uptime }),
    ...(host !== undefined && { host }),
    ...(unit !== undefined && { unit }),
  };
}
