import type { Text } from '../kit/index.js';
import type { Piece } from './pieces.js';
import { printsComments, readsFiles } from './programs.js';
import type { CommandLine } from './shell.js';
import { indented, uncommented } from './undress.js';

/** Which lines read otherwise than they stand. */
interface Margins {
  readonly text: Text;
  readonly changed: Map<number, string>;
  commented: number;
  readonly files: { readonly from: number; readonly to: number }[];
}

/** Tools for many machines indent each machine's output below its name; what `echo` printed is no output. */
export function unindent({ text, changed }: Margins, command: CommandLine | undefined, { from, to, own }: Piece): void {
  const many = command?.wrappers.some((w) => w.kind === 'hosts') ?? false;
  const echoes = new Set(command?.echoes.filter((e) => e.trim() !== ''));
  if (own || (!many && echoes.size === 0)) return;
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    const line = changed.get(i) ?? text.line(i);
    if (echoes.has(line.trim())) changed.set(i, '');
    lines.push(echoes.has(line.trim()) ? '' : line);
  }
  const out = many ? indented(lines) : undefined;
  if (out) for (const [n, line] of out.entries()) changed.set(from + n, line);
}

/** A command that stands indented, and what it printed as far in or further. */
export function dedent({ text, changed }: Margins, at: number | undefined, { from, to }: Piece): void {
  const margin = at === undefined || at >= from ? '' : (/^ {2,16}(?=\S)/.exec(text.line(at))?.[0] ?? '');
  if (margin === '' || to - from > 20_000) return;
  const lines = Array.from({ length: to - from }, (_, n) => changed.get(from + n) ?? text.line(from + n));
  if (!lines.every((line) => line.trim() === '' || line.startsWith(margin))) return;
  for (const [n, line] of lines.entries()) changed.set(from + n, line.slice(margin.length));
}

function firstOf(text: Text, from: number, to: number): string {
  for (let i = from; i < to; i++) if (text.line(i).trim() !== '') return text.line(i).trimStart();
  return '';
}

export function uncomment(state: Margins, command: CommandLine | undefined, from: number, to: number): void {
  const program = command?.argv[0];
  if (program === undefined || to - from > 5000 || printsComments(program, firstOf(state.text, from, to))) return;
  if (readsFiles(program) && state.commented === 0) {
    state.files.push({ from, to });
    return;
  }
  if (uncommentLines(state, from, to)) state.commented++;
}

export function uncommentLines({ text, changed }: Margins, from: number, to: number): boolean {
  const lines: string[] = [];
  for (let i = from; i < to; i++) lines.push(changed.get(i) ?? text.line(i));
  const out = uncommented(lines);
  if (out) for (const [n, line] of out.entries()) changed.set(from + n, line);
  return out !== undefined;
}
