import type { Evidence } from '../../engine/report.js';
import { placeOf } from '../places.js';
import { columnsOf, needlesOf } from '../text/lines.js';
import type { Pen } from '../text/pen.js';
import type { JsonBecause } from './json.js';

/** A line of the bundle with its place: beside it, or below where the place is long. */
export function writeEvidence(out: Pen, e: Evidence, prefix: string, needles: readonly string[] = []): void {
  const place = out.squeeze(placeOf(e, prefix), out.width - 4);
  const text = e.text === '' ? '(this line could not be read again)' : e.text;
  const beside = columnsOf(place) <= out.width * 0.5;
  if (beside) out.line('    ', [place, 'dim'], '  ', out.cut(text, out.width - columnsOf(place) - 6, needles));
  else {
    out.line('    ', [place, 'dim']);
    out.line('      ', out.cut(text, out.width - 6, needles));
  }
}

/** Does the sentence quote the line as it stands, counters left out? */
export function quotes(sentence: string, line: string): boolean {
  const told = line.replace(/^\[\d+:\d+\] /, '').trim();
  return told !== '' && sentence.includes(told);
}

/** The lines that decide. One that the reason quotes as it stands is told by its place alone. */
export function writeProof(out: Pen, b: JsonBecause, prefix: string, most: number): void {
  const needles = needlesOf(b.reason, b.device ?? '');
  for (const e of b.evidence.slice(0, most)) {
    if (quotes(b.reason, e.text)) out.line('    ', [out.squeeze(placeOf(e, prefix), out.width - 4), 'dim']);
    else writeEvidence(out, e, prefix, needles);
  }
}
