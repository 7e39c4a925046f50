import type { Fact, Sink, Text } from '../../kit/index.js';
import { titleOf } from './reader.js';

/** The texts of several files that head and tail print with their titles; one section when there is no title. */
export function sectionsOfFiles(
  text: Text,
  file: string | undefined,
  title: (line: number) => void,
): readonly { readonly part: Text; readonly file: string | undefined }[] {
  const out: { part: Text; file: string | undefined }[] = [];
  let from = 0;
  let now = file;
  for (let i = 0; i <= text.count; i++) {
    const name = i < text.count ? titleOf(text.line(i)) : undefined;
    if (i < text.count && name === undefined) continue;
    if (i > from) out.push({ part: text.slice(from, i), file: now });
    if (name !== undefined) title(i);
    now = name;
    from = i + 1;
  }
  return out;
}

/** A sink for a part of the text, whose lines count from its own beginning. */
export function shifted<F extends Fact>(out: Sink<F>, part: Text, whole: Text): Sink<F> {
  const by = part.firstLine - whole.firstLine;
  return {
    ...out,
    fact: (line, fact) => out.fact(line + by, fact),
    part: (line) => out.part(line + by),
    noise: (line) => out.noise(line + by),
    gap: (line, reason) => out.gap(line + by, reason),
    failed: (line, reason, detail) => out.failed(line + by, reason, detail),
  };
}
