import type { AnyFact } from '../facts/index.js';
import type { Claim, Parser, Text } from '../kit/index.js';
import type { CommandLine } from './shell.js';

export type AnyParser = Parser<AnyFact>;

export interface Recognised {
  readonly parser: AnyParser;
  readonly claim: Claim;
  readonly by: 'command' | 'content' | 'name';
}

const HEAD = 200;

export function headOf(text: Text): string[] {
  const head: string[] = [];
  const to = Math.min(HEAD, text.count);
  for (let i = 0; i < to; i++) head.push(text.line(i));
  return head;
}

const SUFFIX = /\.(gz|xz|bz2|zst|txt|log|out|md|cmd)$/;

/** `sos_commands/networking/ip_-s_-d_link` → `ip-s-d-link`; what `claims.file` is matched against. */
export function normaliseName(fileName: string): string {
  let name = fileName.toLowerCase();
  while (SUFFIX.test(name)) name = name.replace(SUFFIX, '');
  return name.replace(/[\s_.+/-]+/g, '-').replace(/^-|-$/g, '');
}

type Found = { readonly parser: AnyParser; readonly score: number } | undefined;

/** The same lines are looked at again by whatever undresses, mends or splits a text: so many answers are kept. */
const MOST_KEPT = 256;
const LONGEST_KEPT = 8000;
const answers = new WeakMap<readonly AnyParser[], Map<string, Found>>();

/** The parser whose content test is surest; a name that agrees breaks ties. */
export function recogniseContent(parsers: readonly AnyParser[], head: readonly string[], name: string): Found {
  const key = `${name}\n${head.join('\n')}`;
  if (key.length > LONGEST_KEPT) return surest(parsers, head, name);
  const kept = answers.get(parsers) ?? new Map<string, Found>();
  answers.set(parsers, kept);
  if (kept.has(key)) return kept.get(key);
  const found = surest(parsers, head, name);
  const [oldest] = kept.keys();
  if (kept.size >= MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  kept.set(key, found);
  return found;
}

function surest(parsers: readonly AnyParser[], head: readonly string[], name: string): Found {
  let best: { parser: AnyParser; score: number; rank: number } | undefined;
  for (const parser of parsers) {
    const score = parser.claims.sniff(head);
    if (score === 0) continue;
    const rank = score * 2 + (name !== '' && parser.claims.file?.test(name) ? 1 : 0);
    if (!best || rank > best.rank) best = { parser, score, rank };
  }
  return best && { parser: best.parser, score: best.score };
}

/** What reads the output of that command? The content may overrule a command line that lies (aliases, wrappers, edited pastes). */
export function recogniseOutput(
  parsers: readonly AnyParser[],
  argv: readonly string[],
  head: readonly string[],
): Recognised | undefined {
  for (const parser of parsers) {
    const claim = argv.length > 0 ? parser.claims.command?.(argv) : undefined;
    if (!claim) continue;
    if (parser.claims.sniff(head) === 0) {
      const other = recogniseContent(parsers, head, '');
      if (other && other.score >= 3) return { parser: other.parser, claim: {}, by: 'content' };
    }
    return { parser, claim, by: 'command' };
  }
  const found = recogniseContent(parsers, head, '');
  return found && found.score >= 2 ? { parser: found.parser, claim: {}, by: 'content' } : undefined;
}

/** The parser that reads that command's output, and what the command line says of it. */
export const claimOf = (
  parsers: readonly AnyParser[],
  argv: readonly string[],
): { parser: AnyParser; claim: Claim } | undefined => {
  for (const parser of parsers) {
    const claim = argv.length > 0 ? parser.claims.command?.(argv) : undefined;
    if (claim) return { parser, claim };
  }
  return undefined;
};

/** Would two commands of a line print listings that nothing tells apart: one program's with other selections, or in other places? */
function runTogether(parsers: readonly AnyParser[], line: CommandLine): boolean {
  const first = claimOf(parsers, line.argv);
  return line.others.some((other) => {
    const second = claimOf(parsers, other.argv);
    if (!second) return false;
    if (JSON.stringify(other.wrappers) !== JSON.stringify(line.wrappers)) return true;
    return (
      first?.parser === second.parser &&
      JSON.stringify(first.claim.scope ?? {}) !== JSON.stringify(second.claim.scope ?? {})
    );
  });
}

/** What reads the output of a command line? With several commands in it the content decides first. */
export function recogniseLine(
  parsers: readonly AnyParser[],
  line: CommandLine | undefined,
  head: readonly string[],
): Recognised | undefined {
  if (!line || line.others.length === 0) return recogniseOutput(parsers, line?.argv ?? [], head);
  if (runTogether(parsers, line)) return undefined;
  const found = recogniseOutput(parsers, [], head);
  for (const { argv } of [line, ...line.others]) {
    const claimed = claimOf(parsers, argv);
    if (claimed && (!found || claimed.parser === found.parser)) return { ...claimed, by: 'command' };
  }
  return found;
}

/**
 * What reads the output of a segment? A command that stands in prose or without a prompt (`loose`) may be no command at all: the content must
 * agree that it is.
 */
export function recogniseSegment(
  parsers: readonly AnyParser[],
  line: CommandLine | undefined,
  head: readonly string[],
  loose: boolean,
): Recognised | undefined {
  const found = recogniseLine(parsers, line, head);
  return loose &&
    found?.by === 'command' &&
    found.parser.claims.sniff(head) === 0 &&
    !isWord(head) &&
    !head.some(saysFailure)
    ? recogniseOutput(parsers, [], head)
    : found;
}

/** A name or a number, of which no content can tell what it is. */
const isWord = ([first = '', next = '']: readonly string[]): boolean => /^\S+$/.test(first) && next.trim() === '';

/** What shells and iproute2 say in place of an output. */
const saysFailure = (line: string): boolean =>
  /command not found|No such file|[Pp]ermission denied|not permitted|RTNETLINK answers|Cannot |^Error|^error|^The connection to the server |^Unable to connect to the server/.test(
    line,
  );

export const baseOf = (path: string): string => path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('!')) + 1);

/** What reads this whole file? A telling path, then content, then the name with content that does not contradict it. */
export function recogniseFile(
  parsers: readonly AnyParser[],
  path: string,
  head: readonly string[],
): Recognised | undefined {
  const placed = parsers.find((p) => p.claims.path?.test(path));
  if (placed) return { parser: placed, claim: {}, by: 'name' };
  const name = normaliseName(baseOf(path));
  const claimOfName = ({ claims }: AnyParser): Claim => claims.named?.(name) ?? {};
  // A name and content that is typical of it settle the matter: most files of a bundle need one test and not one of every parser.
  for (const parser of parsers)
    if (parser.claims.file?.test(name) && parser.claims.sniff(head) >= 2)
      return { parser, claim: claimOfName(parser), by: 'content' };
  const named = parsers.find((p) => p.claims.file?.test(name));
  if (named && isWord(head)) return { parser: named, claim: claimOfName(named), by: 'name' };
  const found = recogniseContent(parsers, head, name);
  if (found && found.score >= 2) return { parser: found.parser, claim: claimOfName(found.parser), by: 'content' };
  if (named && (!found || found.parser === named)) return { parser: named, claim: claimOfName(named), by: 'name' };
  return undefined;
}
