/**
 * Reads a command line as far as it tells what its output is: the program and its words without wrappers (`sudo`, `nsenter`,
 * `kubectl exec`), the wrappers because they move the command into another network namespace, and the pipe because it
 * cuts the output. Nothing is ever executed or expanded.
 */

import type { Wrapper } from './unwrapped.js';
import { type Token, tokenise } from './words.js';
import { baseName, unwrapOnce } from './wrappers.js';

export type { Wrapper } from './unwrapped.js';

export interface CommandLine {
  /** Program (base name) and its words. */
  readonly argv: readonly string[];
  readonly wrappers: readonly Wrapper[];
  /** Pipe stages that drop lines or columns, as typed: `grep flannel.1`. */
  readonly filters: readonly string[];
  /** Further commands of the line that print something (`ip a; ip r`): the output holds more than argv says. */
  readonly others: readonly CommandLine[];
  /** What `echo` prints between the outputs. */
  readonly echoes: readonly string[];
  /** What follows is not this command's output: it went elsewhere (`> file`), or is its input (`<<EOF`). */
  readonly redirected: boolean;
}

const MAX_LENGTH = 4096;
const MAX_WRAPPERS = 8;

/** Pipe stages that keep every line of what a parser reads. */
const HARMLESS = new Set([
  'cat',
  'less',
  'more',
  'most',
  'tee',
  'sort',
  'column',
  'python',
  'python3',
  'ts',
  'nl',
  'bat',
  'batcat',
  'ccze',
  'lolcat',
  'dshbak',
  'clubak',
]);

function isHarmless(stage: readonly string[]): boolean {
  const bare = baseName(stage[0] ?? '') === 'sudo' ? stage.slice(1) : stage;
  const program = baseName(bare[0] ?? '');
  const options = bare.slice(1);
  if (program === 'jq') return options.every((w) => w === '.' || w.startsWith('-'));
  if (program.startsWith('python')) return options.join(' ') === '-m json.tool' || options.join(' ') === '-mjson.tool';
  if (program === 'sort') return !options.some((w) => /^-[a-zA-Z]*u|^--unique/.test(w));
  return HARMLESS.has(program);
}

/** Commands that print nothing: the line's output belongs to the others. */
const SILENT = new Set([
  'cd',
  'export',
  'set',
  'source',
  '.',
  'clear',
  'sleep',
  'unset',
  'alias',
  'true',
  ':',
  'pushd',
  'popd',
  'shopt',
  'for',
  'while',
  'until',
  'if',
  'done',
  'fi',
  'esac',
  'case',
  'trap',
  'wait',
]);
const KEYWORDS = new Set(['do', 'then', 'else', '{', '(', '!']);

interface Typed {
  readonly stages: string[][];
  redirected: boolean;
}

/** Commands between `;`, `&&`, `||` and `&`, each with its pipe. */
function splitCommands(tokens: readonly Token[]): Typed[] {
  const commands: Typed[] = [];
  let now: Typed = { stages: [[]], redirected: false };
  for (let i = 0; i < tokens.length; i++) {
    const { text, operator } = tokens[i] as Token;
    if (!operator) now.stages.at(-1)?.push(text);
    else if (text === '|' || text === '|&') now.stages.push([]);
    else if (text === '<<') {
      now.redirected = true;
      i++;
    } else if (text === '2>' || text === '<') i++;
    else if (text.startsWith('>') || text === '&>') {
      now.redirected = true;
      i++;
    } else {
      commands.push(now);
      now = { stages: [[]], redirected: false };
    }
  }
  return [...commands, now];
}

/** Prints a number or a sum in place of what it reads. */
const counts = ([program = '', ...words]: readonly string[]): boolean =>
  /^(?:wc|cksum|(?:md5|sha\d+)sum)$/.test(program) ||
  (/^[ef]?grep$/.test(program) && words.some((w) => /^-[a-zA-Z]*c/.test(w) || w === '--count'));

function unwrap(command: Typed, depth: number): CommandLine {
  const wrappers: Wrapper[] = [];
  const filters = command.stages
    .slice(1)
    .filter((s) => s.length > 0 && !isHarmless(s))
    .map((s) => s.join(' '));
  const redirected = command.redirected || command.stages.slice(1).some(counts);
  let argv: readonly string[] = command.stages[0] ?? [];
  while (KEYWORDS.has(argv[0] ?? '')) argv = argv.slice(1);
  for (let n = 0; n < MAX_WRAPPERS; n++) {
    const next = unwrapOnce(argv);
    if (!next) break;
    if (next.wrapper) wrappers.push(next.wrapper);
    argv = next.rest;
    if (next.script === undefined) continue;
    const inner = depth < MAX_WRAPPERS ? readLine(next.script, depth + 1) : undefined;
    if (!inner) break;
    return {
      ...inner,
      wrappers: [...wrappers, ...inner.wrappers],
      filters: [...inner.filters, ...filters],
      others: inner.others.map((o) => ({ ...o, wrappers: [...wrappers, ...o.wrappers] })),
      redirected: redirected || inner.redirected,
    };
  }
  return {
    argv: argv.length > 0 ? [baseName(argv[0] ?? ''), ...argv.slice(1)] : [],
    wrappers,
    filters,
    others: [],
    echoes: [],
    redirected,
  };
}

function isSilent({ stages }: Typed): boolean {
  const [first = []] = stages;
  return (
    first.length === 0 ||
    SILENT.has(first[0] ?? '') ||
    (first.length === 1 && (KEYWORDS.has(first[0] ?? '') || /^[A-Za-z_]\w*=/.test(first[0] ?? '')))
  );
}

function readLine(text: string, depth: number): CommandLine | undefined {
  const commands = splitCommands(tokenise(text.slice(0, MAX_LENGTH).trim())).filter(
    (c) => (c.stages[0]?.length ?? 0) > 0,
  );
  const telling = commands.filter((c) => !isSilent(c));
  const printed = telling.filter(isEcho);
  const others = telling.filter((c) => !isEcho(c));
  const [first, ...rest] = others.length > 0 ? others : telling.length > 0 ? telling : commands;
  if (!first) return undefined;
  const line = unwrap(first, depth);
  const echoes =
    others.length > 0
      ? printed.map((c) =>
          (c.stages[0] ?? [])
            .filter((w) => w !== 'do')
            .slice(1)
            .join(' '),
        )
      : [];
  return {
    ...line,
    others: [...line.others, ...rest.map((c) => unwrap(c, depth))],
    echoes: [...line.echoes, ...echoes],
  };
}

/** Prints a ruler or a name between outputs, and nothing that was asked. */
const isEcho = ({ stages, redirected }: Typed): boolean => {
  const [first = []] = stages;
  return (
    stages.length === 1 && !redirected && /^(?:echo|printf)$/.test((first[0] === 'do' ? first[1] : first[0]) ?? '')
  );
};

/** Undefined when the text is no command line at all. */
export const parseCommandLine = (text: string): CommandLine | undefined => readLine(text, 0);
