/** Finds where a block closes in a line: the column of its end mark, 0 when nothing of the block is in the line. */
export type Closer = { readonly kind: 'fence'; readonly mark: string } | { readonly kind: 'tag'; readonly of: RegExp };

export interface Opening {
  /** What stands before the mark: indentation, `> `. */
  readonly prefix: string;
  /** Column behind the mark when the block begins in this very line; else 0. */
  readonly opening: number;
  readonly close: Closer;
}

const FENCE = /^([ \t>]{0,12})(`{3,}|~{3,})(.*)$/;
/** Slack and Discord open a fence behind text. */
const BEHIND = /^(?!.*```.*```)\s*\S.{0,200}?\s?```$/;

export const isFence = (line: string): boolean => {
  const match = FENCE.exec(line);
  // Backticks behind backticks are code within a line (CommonMark, fenced code blocks).
  return match !== null && !(match[2]?.startsWith('`') && (match[3] ?? '').includes('`'));
};

interface Tag {
  readonly open: RegExp;
  readonly close: RegExp;
}

const tag = (open: RegExp, close: RegExp): Tag => ({ open, close });

/** Group 1 is what stands before the mark, group 2 what stands behind it. */
const TAGS: readonly Tag[] = [
  tag(
    /^([ \t>]{0,12})(?:<(?:div|p|li|td|summary)\b[^>]{0,200}>\s*){0,4}<(?:pre|source|syntaxhighlight|textarea|listing|samp)\b[^>]{0,300}>(?:\s?<(?:code|samp|nowiki)\b[^>]{0,300}>)?(.*)$/i,
    /(?:<\/(?:code|samp|nowiki)>)?\s*<\/(?:pre|source|syntaxhighlight|textarea|listing|samp)>/i,
  ),
  tag(/^([ \t>]{0,12})<(?:code|nowiki)\b[^>]{0,300}>(?!.*<\/(?:code|nowiki)>)(.*)$/i, /<\/(?:code|nowiki)>/i),
  // Jira, Confluence
  tag(/^([ \t>]{0,12})\{(?:code|noformat)(?::[^}]{0,200})?\}(.*)$/i, /\{(?:code|noformat)\}/i),
  // BBCode
  tag(
    /^([ \t>]{0,12})\[(?:code|pre|cli|shell|console)(?:=[^\]]{0,60})?\](.*)$/i,
    /\[\/(?:code|pre|cli|shell|console)\]/i,
  ),
  // Org
  tag(/^([ \t]{0,12})#\+begin_(?:src|example)\b.*()$/i, /^\s*#\+end_(?:src|example)\b/i),
  tag(
    /^([ \t]{0,12})\\begin\{(?:verbatim|lstlisting|minted|alltt)\}(?:\[[^\]]{0,100}\]|\{\w{0,20}\})*(.*)$/,
    /\\end\{(?:verbatim|lstlisting|minted|alltt)\}/,
  ),
];

/** First bytes of lines that may open or close: `` ` ~ < { [ # \ - . `` */
export const MAYBE_MARKUP: ReadonlySet<number> = new Set([0x60, 0x7e, 0x3c, 0x7b, 0x5b, 0x23, 0x5c, 0x2d, 0x2e]);

/** AsciiDoc delimits listings with rows of `-` or `.`; only below their title or attributes, for rulers look the same. */
const DELIMITER = /^(-{4,}|\.{4,})\s*$/;
const ATTRIBUTES = /^(?:\[(?:source|listing|literal|console|shell|subs|bash|,)[^\]]{0,200}\]|\.[A-Z][^\n]{0,200})\s*$/;

/** The block that begins at the line, or behind it. */
export function openingAt(line: string, before: string): Opening | undefined {
  const fence = isFence(line) ? FENCE.exec(line) : null;
  if (fence) {
    const [, prefix = '', mark = '', info = ''] = fence;
    // A line whose fence carries output behind the backticks (a common slip) belongs to the block.
    const opening = /^[\w+#.{}=:-]*$/.test(info.trim()) ? 0 : prefix.length + mark.length;
    return { prefix, opening, close: { kind: 'fence', mark } };
  }
  const delimiter = DELIMITER.exec(line);
  if (delimiter && ATTRIBUTES.test(before))
    return { prefix: '', opening: 0, close: { kind: 'tag', of: new RegExp(`^\\${delimiter[1]?.charAt(0)}{4,}\\s*$`) } };
  for (const { open, close } of TAGS) {
    const found = open.exec(line);
    if (!found) continue;
    const rest = found[2] ?? '';
    return {
      prefix: found[1] ?? '',
      opening: rest.trim() === '' ? 0 : line.length - rest.length,
      close: { kind: 'tag', of: close },
    };
  }
  return line.trimEnd().endsWith('```') && BEHIND.test(line)
    ? { prefix: '', opening: 0, close: { kind: 'fence', mark: '```' } }
    : undefined;
}

/** Column where the block ends in that line; 0 when the whole line is its end mark, undefined when it goes on. */
export function closingAt(line: string, close: Closer): number | undefined {
  if (close.kind === 'tag') {
    const found = close.of.exec(line);
    if (!found) return undefined;
    return line.slice(0, found.index).replace(/^[ \t>]+/, '') === '' ? 0 : found.index;
  }
  const { mark } = close;
  const fence = isFence(line) ? FENCE.exec(line) : null;
  if (fence && fence[2]?.charAt(0) === mark.charAt(0) && fence[2].length >= mark.length && fence[3]?.trim() === '')
    return 0;
  const end = line.trimEnd();
  // Slack and chats close a fence behind the last output.
  return mark === '```' && end.endsWith('```') && end.indexOf('```') === end.length - 3 && end.length > 3
    ? end.length - 3
    : undefined;
}
