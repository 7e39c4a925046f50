import { type CaptureContext, lineOf, type Text } from '../kit/index.js';
import { edited, inPlace } from './edited.js';
import { type ParsedText, parseText } from './parse.js';
import { looksLikeCommand } from './programs.js';
import type { AnyParser } from './recognise.js';

/*
 * What people write into an output that they show:
 *
 *     # the flannel network
 *     10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink   # node 2
 *
 * Only lines that the parser did not understand are looked at, and what it makes of them without the remark decides.
 */

/** Behind the line's own words. */
const BEHIND = /\s+(?:#{1,4}|\/\/|←+|⬅|<[-=]{1,40}(?=\s)) ?[^\s#].*$/u;
/** A line of its own. */
const ALONE = /^\s*(?:#{1,4}|\/\/)\s*([^\s#].*)$/u;
/** `# 10.0.0.0/8 via …`: an entry that somebody took out, and no remark; `#key` is a setting. */
const ENTRY = /^[\da-f]*[:./]|^\d+(?:\s|$)|^-[AIN] |^\w+[=:.]/i;

/** nft writes matches that it has no words for behind `#`. Logs, and what people write themselves, have lines of any form. */
const ANY_FORM: ReadonlySet<string> = new Set(['nft-list', 'journal', 'corefile', 'resolv-conf', 'hosts', 'bird-cfg']);

const LONGEST = 20_000;
const LONGEST_SHOWN = 500;

const isRemark = (line: string): boolean => {
  const said = ALONE.exec(line)?.[1];
  return said !== undefined && !ENTRY.test(said) && !looksLikeCommand(said);
};

/** The line without the remark that is, or is on, it. */
const withoutRemark = (line: string): string => (isRemark(line) ? '' : line.replace(BEHIND, ''));

const ARROW = /\s+(?:←+|⬅\ufe0f?|<[-=]{1,40}(?=\s)) ?[^\s#].*$/u;

/** The text without what somebody points at the end of its lines with, which hides from a short one what it is; the very text without any. */
export function withoutArrows(text: Text): Text {
  if (text.count > LONGEST_SHOWN) return text;
  const changed = new Map<number, string>();
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    if (line.length < 2000 && ARROW.test(line)) changed.set(i, line.replace(ARROW, ''));
  }
  return edited(text, changed);
}

/** The words of a line's own before somebody's remark; undefined where there is none. */
export function beforeRemark(line: string): string | undefined {
  const row = line.length > 2000 ? line : line.replace(BEHIND, '');
  return row === line || row.trim() === '' ? undefined : row;
}

export interface Annotated {
  readonly parsed: ParsedText;
  /** Remarks stand between the lines: what stood there before is not known. */
  readonly between: boolean;
}

/** The reading without people's remarks, where they are all that was not understood of a line. */
export function withoutRemarks(
  parser: AnyParser,
  text: Text,
  file: number,
  context: CaptureContext,
  parsed: ParsedText,
): Annotated {
  const asItIs = { parsed, between: false };
  if (parsed.gaps.length === 0 || text.count > LONGEST || ANY_FORM.has(parser.command)) return asItIs;
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  const plain = new Map<number, string>();
  for (const g of parsed.gaps) {
    const i = lineOf(g.at) - text.firstLine;
    const line = lines[i] ?? '';
    const rest = line.length > 2000 ? line : withoutRemark(line);
    if (rest !== line) plain.set(i, rest);
  }
  // Of some lines not only the remark may be strange: those stay as they are.
  for (let round = 0; round < 2 && plain.size > 0; round++) {
    const again = parseText(
      parser,
      inPlace(
        text,
        lines.map((line, i) => plain.get(i) ?? line),
      ),
      file,
      context,
    );
    const strange = again.gaps.map((g) => lineOf(g.at) - text.firstLine).filter((i) => plain.has(i));
    if (strange.length === 0 && again.facts.length >= parsed.facts.length && again.crash === undefined)
      return { parsed: again, between: [...plain.values()].includes('') };
    for (const i of strange) plain.delete(i);
  }
  return asItIs;
}
