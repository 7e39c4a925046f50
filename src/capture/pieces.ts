import type { Text } from '../kit/index.js';
import { mayBeHeading } from './bytes.js';
import { type Mark, readMark } from './marks.js';
import { prefixedBy } from './prefixed.js';
import type { CommandLine } from './shell.js';

/** A part of one output: that of a command or machine which a heading within it names. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly command?: string;
  /** Line of the heading with the command. */
  readonly at?: number;
  readonly machine?: Mark;
  /** Lines without what stands before each of them. */
  readonly changed?: ReadonlyMap<number, string>;
  readonly own?: Text;
}

interface Output {
  readonly from: number;
  readonly to: number;
  readonly command: CommandLine | undefined;
  readonly who: string;
  readonly fenced?: boolean;
}

export function blank(text: Text, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (text.line(i).trim() !== '') return false;
  return true;
}

/** Programs whose output is of one thing, whatever it looks like. */
const WHOLE =
  /^(?:cat|less|more|zcat|vi|vim|kubectl|oc|k|iptables(?:-\w+)*|ip6tables(?:-\w+)*|nft|ipset|journalctl|dmesg|sysctl|helm|docker|etcdctl|systemctl|tail|head|grep|curl|ethtool|kubelet|calicoctl|birdcl?|find|ls)$/;
const SEVERAL = /^(?:for|while|sh|bash|ssh|echo|ansible|pdsh|clush|salt|xargs|parallel|\.|source)$/;

/**
 * Which headings count within the output of that command: all, those that a comment or ruler makes, or none; outside of fences those that are
 * set in bold always do.
 */
function headings({ command, who, fenced }: Output): 'all' | 'marked' | 'bold' | 'none' {
  const none = fenced === false ? 'bold' : 'none';
  if (!command) return 'all';
  const program = command.argv[0] ?? '';
  if (command.others.length > 0 || command.echoes.length > 0 || command.wrappers.some((w) => w.kind === 'hosts'))
    return 'all';
  if (program === '' || SEVERAL.test(program) || /\.(?:sh|py|pl)$/.test(program)) return 'all';
  // Several files: each under `==> NAME <==`.
  if (/^(?:head|tail)$/.test(program)) return command.argv.filter((w) => !w.startsWith('-')).length > 2 ? 'all' : none;
  if (who.startsWith('host ') || who === 'watch' || WHOLE.test(program)) return none;
  return 'marked';
}

/** Could the line be a heading at all? Looks at its ends only. */
const MAYBE =
  /^\s*(?:[#=*~_<>[(|@%;+\u2010-\u2bff【「\u3000-\u9fff\uac00-\ud7af\u0400-\u04ff-]|\/\/|\d{1,2}[.)] |echo )|[:：>)\]*=#-]\s*$|^[A-Za-z][\w.-]{1,80}\s*[:|>@(-]|^(?:on|node|host|output|command|running|result)\b/i;
const COMMENT = /^\s*(?:#|\/\/|[=*~_<-]{2,}|-- |;)/;
const BOLD = /^(?:\*\*|__)[^*_].*(?:\*\*|__):?\s*$/;
const RULER = /^\s*(?:[-=*_#~+─═━]\s?){4,}\s*$/;

/** Behind so many lines that could be headings and are none only what stands behind a blank line is looked at. */
const MOST_MISSES = 3000;

interface Found {
  readonly line: number;
  readonly mark: Mark;
}

function marksIn(text: Text, output: Output, which: 'all' | 'marked' | 'bold'): Found[] {
  const found: Found[] = [];
  // What `hostname` prints is a machine's name and no heading.
  const first = output.command?.argv[0] === 'hostname' && which === 'marked' ? output.from + 1 : output.from;
  let misses = 0;
  for (let i = first; i < output.to; i++) {
    if (text.start(i + 1) - text.start(i) > 301) continue;
    // A blank line is one byte.
    if (misses > MOST_MISSES && i > 0 && text.start(i) - text.start(i - 1) > 1) continue;
    if (!mayBeHeading(text, i)) continue;
    const line = text.line(i);
    if (!MAYBE.test(line) || (which === 'marked' && !COMMENT.test(line)) || (which === 'bold' && !BOLD.test(line)))
      continue;
    const box = which === 'bold' ? undefined : boxed(text, i, output);
    const mark = box ?? readMark(line);
    if (mark) found.push({ line: i, mark });
    else misses++;
    if (box) i += 2;
  }
  return found;
}

/** A name between two rulers (dshbak, clush -b): any name is one there. */
function boxed(text: Text, i: number, { from, to }: Output): Mark | undefined {
  if (i + 2 >= to || !RULER.test(text.line(i)) || (i > from && RULER.test(text.line(i - 1)))) return undefined;
  const name = text.line(i + 1).trim();
  return RULER.test(text.line(i + 2)) && /^[A-Za-z0-9](?:[\w.:-]{0,99}[\w.-])?$/.test(name)
    ? { host: name, key: name }
    : undefined;
}

/** `ip -all netns exec CMD` names each namespace above what CMD prints in it (ip/ipnetns.c, do_switch). */
const NAMESPACE = /^netns: (\S{1,255})\s*$/;

/** The output of a command that was run in every namespace, a piece for each. */
function byNamespaces(text: Text, { from, to, command }: Output): readonly Piece[] | undefined {
  const [wrapper, ...others] = command?.wrappers ?? [];
  if (!command || wrapper?.kind !== 'netns' || wrapper.name !== 'all' || others.length > 0) return undefined;
  const pieces: Piece[] = [];
  const asked = [command.argv.join(' '), ...command.filters].join(' | ');
  for (let i = from; i < to; i++) {
    const name = text.start(i + 1) - text.start(i) > 300 ? undefined : NAMESPACE.exec(text.line(i))?.[1];
    const last = pieces.at(-1);
    if (name === undefined) continue;
    if (last) pieces[pieces.length - 1] = { ...last, to: i };
    else if (!blank(text, from, i)) pieces.push({ from, to: i });
    pieces.push({ from: i + 1, to, command: `ip netns exec ${name} ${asked}`, at: i });
  }
  return pieces.length > 0 ? pieces : undefined;
}

const FAILED = / \| FAILED \| rc=\d+ >>$/;
const VERDICT = 'non-zero return code';

/** ansible writes its verdict right behind the last word of a command that failed: `Device "cni0" does not exist.non-zero return code`. */
function withoutVerdict(text: Text, heading: number, to: number): ReadonlyMap<number, string> | undefined {
  if (!FAILED.test(text.line(heading).trimEnd())) return undefined;
  let last = to - 1;
  while (last > heading && blank(text, last, last + 1)) last--;
  const line = text.line(last).trimEnd();
  return last > heading && line.endsWith(VERDICT) ? new Map([[last, line.slice(0, -VERDICT.length)]]) : undefined;
}

/** Splits an output at the headings within it, or by the machine that each line names. */
export function piecesOf(text: Text, output: Output): readonly Piece[] {
  const { from, to } = output;
  const whole: Piece = { from, to };
  const namespaces = byNamespaces(text, output);
  if (namespaces) return namespaces;
  const which = headings(output);
  if (which === 'none' || from >= to) return [whole];
  if (which === 'all') {
    const prefixed = prefixedBy(text, from, to, output.command?.wrappers.some((w) => w.kind === 'hosts') ?? false);
    if (prefixed) return prefixed;
  }
  const marks = marksIn(text, output, which);
  if (marks.length === 0) return [whole];
  const pieces: Piece[] = [];
  const add = (start: number, end: number, extra: Omit<Piece, 'from' | 'to'>): void => {
    let [a, b] = [start, end];
    while (a < b && RULER.test(text.line(a))) a++;
    while (b > a && RULER.test(text.line(b - 1))) b--;
    if (extra.command !== undefined || extra.machine || !blank(text, a, b)) pieces.push({ from: a, to: b, ...extra });
  };
  if ((marks[0]?.line ?? to) > from || output.command) add(from, marks[0]?.line ?? to, {});
  for (const [n, { line, mark }] of marks.entries()) {
    const end = marks[n + 1]?.line ?? to;
    const name = mark.host !== undefined && RULER.test(text.line(line)) ? line + 3 : line + 1;
    const changed = withoutVerdict(text, line, end);
    add(name, end, {
      ...(changed && { changed }),
      ...(mark.command !== undefined && { command: mark.command, at: line }),
      ...(mark.host !== undefined && { machine: mark }),
    });
  }
  return merged(pieces, text);
}

/** A heading of a machine, then one of a command: the first has no output of its own. */
function merged(pieces: readonly Piece[], text: Text): readonly Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const before = out.at(-1);
    if (before?.machine && before.command === undefined && !piece.machine && blank(text, before.from, before.to)) {
      out[out.length - 1] = { ...piece, machine: before.machine };
    } else out.push(piece);
  }
  return out;
}
