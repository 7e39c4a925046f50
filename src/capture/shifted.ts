import type { CaptureContext, Text } from '../kit/index.js';
import { inPlace } from './edited.js';
import { type ParsedText, parseText } from './parse.js';
import type { AnyParser } from './recognise.js';

/** A longer text was not moved in by hand. */
const LONGEST = 20_000;

/** Blanks that all lines begin with; empty where some line begins with none. */
function marginOf(lines: readonly string[]): string {
  let margin: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const blanks = /^[ \t]{0,64}/.exec(line)?.[0] ?? '';
    if (margin === undefined || margin.startsWith(blanks)) margin = blanks;
    else if (!blanks.startsWith(margin)) return '';
    if (margin === '') return '';
  }
  return margin ?? '';
}

/**
 * The reading of an output that stands further in than its command, without that margin: only where more of it is understood, for what grep
 * left of `ip addr` is indented by itself.
 */
export function unshifted(
  parser: AnyParser,
  text: Text,
  file: number,
  context: CaptureContext,
  parsed: ParsedText,
): ParsedText {
  if (parsed.gaps.length === 0 || text.count > LONGEST) return parsed;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const margin = marginOf(lines);
  if (margin === '') return parsed;
  const moved = lines.map((line) => (line.trim() === '' ? '' : line.slice(margin.length)));
  const again = parseText(parser, inPlace(text, moved), file, context);
  const better = again.gaps.length < parsed.gaps.length && again.facts.length >= parsed.facts.length;
  return better && again.crash === undefined ? again : parsed;
}
