import { type Text, textOf } from '../../kit/index.js';
import { edited, inPlace } from '../edited.js';
import { type Job, read, unread } from '../piece.js';
import { headOf, recogniseLine } from '../recognise.js';
import { runsOf } from '../runs.js';
import { type CommandLine, parseCommandLine } from '../shell.js';
import type { Segment } from '../transcript.js';
import { withoutDresses } from '../undress.js';
import { relocated } from './relocated.js';
import { isBetween, type Output, type Result, resultsIn } from './results.js';

/** Reads what ansible's results show of commands; returns the text without them, or undefined where they show nothing that a parser reads. */
export async function readPlays(job: Job, whole: Text, block: string): Promise<Text | undefined> {
  if (!mayHold(whole)) return undefined;
  const bare = withoutDresses(whole, 0, whole.count, undefined);
  const text = bare ? inPlace(whole, bare) : whole;
  const results = resultsIn(text);
  const strange: Result[] = [];
  const before = job.captures.length;
  for (const result of results) if (!(await readResult(job, text, result, block))) strange.push(result);
  if (job.captures.length === before) return undefined;
  for (const { host, from, to } of strange)
    job.unrecognised.push({
      ...unread(job.file.path, text.slice(from, to), undefined),
      detail: `ansible's result of ${host} shows no known command output`,
    });
  const gone = new Map<number, string>();
  for (const { from, to } of results) for (let i = from; i < to; i++) gone.set(i, '');
  for (let i = 0; i < text.count; i++) if (!gone.has(i) && isBetween(text.line(i))) gone.set(i, '');
  return edited(text, gone);
}

async function readResult(job: Job, text: Text, result: Result, block: string): Promise<boolean> {
  const before = job.captures.length;
  for (const output of result.outputs) await readOutput(job, text, result, output, block);
  return job.captures.length > before;
}

/** `=`, `>` and what may stand behind an arrow: `=> {`, `=> (item=`, `=> ` at the end of a line. */
const [EQUALS, GREATER, BRACE, BRACKET] = [0x3d, 0x3e, 0x7b, 0x5d];

/** Does any line hold the arrow that the first line of each result has? */
function mayHold({ bytes, start, count }: Text): boolean {
  const to = start(count);
  for (let i = bytes.indexOf(GREATER, start(0)); i !== -1 && i < to; i = bytes.indexOf(GREATER, i + 1)) {
    if (bytes[i - 1] !== EQUALS) continue;
    if (bytes[i + 2] === BRACE || bytes[i - 3] === BRACKET) return true;
  }
  return false;
}

async function readOutput(job: Job, text: Text, result: Result, output: Output, block: string): Promise<void> {
  const { lines, command } = output;
  const [first] = lines;
  if (!first) return;
  const inRow = lines.every((line, n) => line.at === first.at + n);
  const printed = inRow
    ? edited(text.slice(first.at, first.at + lines.length), new Map(lines.map((line, n) => [n, line.text])))
    : textOf(new TextEncoder().encode(`${lines.map((line) => line.text).join('\n')}\n`));
  const line = command && parseCommandLine(command.line);
  const segment = segmentOf(result.host, output, line);
  const known = recogniseLine(job.parsers, line, headOf(printed));
  const own: Job = { ...job, captures: [], unrecognised: [] };
  for (const { from, to, recognised } of await runsOf(job.parsers, printed, line, known))
    if (recognised) await read(own, { recognised, text: printed.slice(from, to), segment, block });
  job.nextId = own.nextId;
  job.captures.push(...(inRow ? own.captures : own.captures.map((c) => relocated(c, text, lines))));
}

function segmentOf(host: string, { command }: Output, line: CommandLine | undefined): Segment {
  return {
    host,
    ...(command && { commandLine: command.line, commandAt: command.at }),
    ...(line && { command: line }),
    wrappers: line?.wrappers ?? [],
    from: 0,
    to: 0,
    block: 0,
    fenced: false,
  };
}
