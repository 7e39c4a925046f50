import { at, type Capture, type Fact, type Gap, lineOf, type Tally, type Text } from '../../kit/index.js';
import type { Line } from './results.js';

type Place = (line: number) => number;

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((v) => typeof v === 'number');

/** Rules and flows name the line of each first one of a run of lines: moved, each is a run of its own. */
function movedRuns(runs: Readonly<Record<string, readonly number[]>>, place: Place, last: number): object {
  const of = Object.keys(runs).find((key) => key !== 'line') ?? '';
  const [index, line] = [runs[of] ?? [], runs.line ?? []];
  const all = { index: [] as number[], line: [] as number[] };
  for (const [k, first] of index.entries()) {
    const begins = line[k] ?? 0;
    const to = index[k + 1] ?? first + Math.max(0, last - begins) + 1;
    for (let n = first; n < to; n++) {
      all.index.push(n);
      all.line.push(place(begins + n - first));
    }
  }
  return { [of]: all.index, line: all.line };
}

/** A fact's part in its place: what facts call `line` or `lines` counts lines of the file, except where it says how many there are. */
function moved(value: unknown, key: string, place: Place, last: number): unknown {
  if (key === 'line' && typeof value === 'number') return value === 0 ? 0 : place(value);
  if (typeof value !== 'object' || value === null) return value;
  if ((key === 'line' || key === 'lines') && isNumbers(value))
    return value.map((line) => (line === 0 ? 0 : place(line)));
  if (Array.isArray(value)) return value.map((v) => moved(v, '', place, last));
  if (key === 'runs' && Object.values(value).every(isNumbers)) return movedRuns(value as never, place, last);
  const within = (k: string): string => (key === 'lines' ? 'line' : k);
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, moved(v, within(k), place, last)]));
}

/**
 * The capture of a text whose lines, counted from 1, the file holds in other places, or several in one: `"stdout": "default via …\n10.42.0.0/24 …"`.
 */
export function relocated(capture: Capture, text: Text, lines: readonly Line[]): Capture {
  const { file, firstLine, lineCount } = capture;
  const place: Place = (line) => text.firstLine + (lines[Math.min(line, lines.length) - 1]?.at ?? 0);
  const move = <T extends Fact | Gap>(one: T): T => ({
    ...(moved(one, '', place, lines.length) as T),
    at: at(file, place(lineOf(one.at))),
  });
  const facts = capture.facts.map(move);
  const elsewhere = capture.elsewhere?.map((told) => ({ ...told, facts: told.facts.map(move) }));
  const gaps = capture.gaps.map(move);
  const from = place(firstLine);
  const to = place(firstLine + Math.max(1, lineCount) - 1);
  const known = new Set([...facts, ...(elsewhere ?? []).flatMap((told) => told.facts)].map((f) => lineOf(f.at)));
  const strange = new Set(gaps.map((gap) => lineOf(gap.at)));
  const tally = { facts: 0, noise: 0, gaps: 0 };
  const bytes = { facts: 0, noise: 0, gaps: 0 };
  const { start } = text.original ?? text;
  for (let n = from; n <= to; n++) {
    const fate: keyof Tally = strange.has(n) ? 'gaps' : known.has(n) ? 'facts' : 'noise';
    tally[fate]++;
    bytes[fate] += start(n - text.firstLine + 1) - start(n - text.firstLine);
  }
  return {
    ...capture,
    ...(elsewhere && { elsewhere }),
    facts,
    gaps,
    firstLine: from,
    lineCount: to - from + 1,
    tally,
    bytes,
    lastOfFacts: known.size > 0 ? Math.max(...known) - from : -1,
  };
}
