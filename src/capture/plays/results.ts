import type { Text } from '../../kit/index.js';
import { looksLikeCommand } from '../programs.js';
import { jsonTable } from './json.js';
import type { Table, Value } from './value.js';
import { yamlTable } from './yaml.js';

/*
 * What ansible says of each machine behind a task, when the task prints what a command printed (`debug: var=out.stdout_lines`, `-v`, ad hoc):
 *
 *     ok: [node-1] => {
 *         "out.stdout_lines": [
 *             "default via 192.168.50.1 dev eth0 proto static"
 *         ]
 *     }
 */

/** A line of an output, and the index of the line of the text that holds it. */
export interface Line {
  readonly text: string;
  readonly at: number;
}

/** What a command printed on a machine. */
export interface Output {
  readonly lines: readonly Line[];
  readonly command?: { readonly line: string; readonly at: number };
}

/** What ansible says of one machine: lines `from` to `to` of the text. */
export interface Result {
  readonly host: string;
  readonly from: number;
  readonly to: number;
  readonly outputs: readonly Output[];
}

/** `ok: [node-1] => {`, `changed: [node-1 -> node-2] => (item=ip route) => {`, `fatal: [node-1]: FAILED! => {` */
const TASK =
  /^(?:ok|changed|failed|fatal): \[([\w.:-]{1,100})(?: -> ([\w.:-]{1,100})(?:\([^)\s]{0,100}\))?)?\]:?(?: [A-Z]+!)?(?:(?: =>)? \(item=(.{0,300}?)\))?(?: =>)?\s*(\{.*|(?:changed=(?:true|false)\s*)?)$/;
/** `node-1 | CHANGED => {` */
const AD_HOC = /^([\w.:-]{1,100})( -> )?(item=)? \| (?:SUCCESS|CHANGED|FAILED!) => (\{.*)$/;
/** What ansible prints between the results. */
const BETWEEN =
  /^(?:(?:PLAY|TASK|RUNNING HANDLER|PLAY RECAP)\b.*\*{3,}|(?:ok|changed|skipping): \[[^\]]{1,200}\](?: => \(item=.*\))?|[\w.:-]{1,100} +: +ok=\d+ +changed=\d+ +unreachable=\d+ .*|task path: .*)\s*$/;

/** A longer line or a longer result was not pasted. */
const LONGEST = 4 << 20;
const MOST_LINES = 50_000;

/** Is the line ansible's own, and says nothing of a machine's network? */
export const isBetween = (line: string): boolean => line.length < 1000 && BETWEEN.test(line);

/** What ansible says of machines, in its order; of most modules it shows no output. */
export function resultsIn(text: Text): readonly Result[] {
  const results: Result[] = [];
  for (let i = 0; i < text.count; i++) {
    const size = text.start(i + 1) - text.start(i);
    if (size < 8 || size > LONGEST || !mayBegin(text, i)) continue;
    const line = text.line(i);
    const [, name = '', delegate, item, rest = ''] = TASK.exec(line) ?? AD_HOC.exec(line) ?? [];
    if (name === '') continue;
    const read = rest.startsWith('{') ? json(text, i, rest) : yaml(text, i);
    if (!read) continue;
    const outputs = outputsOf(read.value, item);
    results.push({ host: delegate?.trim() || name, from: i, to: read.to, outputs });
    i = read.to - 1;
  }
  return results;
}

/** `o`k, `c`hanged, `f`ailed behind which a bracket stands, or a bar in the line: most lines are not decoded. */
function mayBegin({ bytes, start }: Text, i: number): boolean {
  const at = start(i);
  const head = bytes.subarray(at, Math.min(start(i + 1), at + 120));
  return head.indexOf(0x5b) > 3 || head.indexOf(0x7c) > 0;
}

function json(text: Text, i: number, rest: string): { value: Table; to: number } | undefined {
  const lines = [rest];
  let size = rest.length;
  // One that is not whole in its line goes on to the bracket at the margin.
  if (!jsonTable(rest, i))
    for (let k = i + 1; k < Math.min(text.count, i + MOST_LINES); k++) {
      const line = text.line(k);
      size += line.length;
      // Where the next begins, this one breaks off.
      if (size > LONGEST || TASK.test(line)) return undefined;
      lines.push(line);
      if (line.startsWith('}')) break;
    }
  return jsonTable(lines.join('\n'), i);
}

function yaml(text: Text, i: number): { value: Table; to: number } | undefined {
  let to = i + 1;
  for (let k = to; k < Math.min(text.count, i + MOST_LINES); k++) {
    const line = text.line(k);
    if (line.trim() === '') continue;
    if (!line.startsWith('  ')) break;
    to = k + 1;
  }
  const lines: string[] = [];
  for (let k = i + 1; k < to; k++) lines.push(text.line(k));
  return to > i + 1 ? { value: yamlTable(lines, i + 1), to } : undefined;
}

/** Lines of a string or of a list of strings. */
function linesOf(value: Value | undefined): readonly Line[] {
  if (value?.kind === 'word') {
    if (value.text.trim() === '') return [];
    const lines = value.text.replace(/\n+$/, '').split('\n');
    return lines.map((text, n) => ({ text: text.replace(/\r$/, ''), at: value.at + (value.spread ? n : 0) }));
  }
  if (value?.kind !== 'list' || !value.items.every((item) => item.kind === 'word')) return [];
  return value.items.flatMap((item) => linesOf(item.kind === 'word' && item.text === '' ? blankAt(item.at) : item));
}

const blankAt = (at: number): Value => ({ kind: 'word', text: ' ', at });

const OMITTED = '<omitted>';
const SAID_NOTHING = /^(?:|non-zero return code|MODULE FAILURE.*|All items completed)$/;

/** The best of what a table holds under names that end so. */
function under({ entries }: Table, name: RegExp): readonly Line[] {
  for (const [key, value] of entries) {
    if (!name.test(key) || (value.kind === 'word' && value.text === OMITTED)) continue;
    const lines = linesOf(value);
    if (lines.length > 0) return lines;
  }
  return [];
}

const PRINTED = [/(?:^|\.)stdout_lines$/, /(?:^|\.)stdout$/, /(?:^|\.)stderr_lines$/, /(?:^|\.)stderr$/];
/** Beside the one variable that `debug` shows. */
const ABOUT = /^(?:changed|failed|item|ansible_\w+|_ansible_\w+|rc)$/;

function printed(table: Table): readonly Line[] {
  for (const name of PRINTED) {
    const lines = under(table, name);
    if (lines.length > 0) return lines;
  }
  const said = under(table, /^msg$/);
  if (said.length > 1 || !SAID_NOTHING.test(said[0]?.text ?? '')) return said;
  const others = [...table.entries].filter(([key]) => !ABOUT.test(key));
  const lines = others.length === 1 ? linesOf(others[0]?.[1]) : [];
  return lines.length > 1 ? lines : [];
}

const quoted = (word: string): string => (/[\s'"|;&<>$]/.test(word) ? `'${word.replaceAll("'", "'\\''")}'` : word);

function commandOf({ entries }: Table, item: string | undefined): Output['command'] {
  const cmd = entries.get('cmd');
  if (cmd?.kind === 'word' && cmd.text !== '') return { line: cmd.text, at: cmd.at };
  if (cmd?.kind === 'list' && cmd.items.length > 0)
    return { line: cmd.items.map((w) => (w.kind === 'word' ? quoted(w.text) : '')).join(' '), at: cmd.at };
  const looped = entries.get('item');
  const said = looped?.kind === 'word' ? looped.text : item;
  return said !== undefined && looksLikeCommand(said)
    ? { line: said, at: looped?.at ?? Math.max(0, entries.values().next().value?.at ?? 0) }
    : undefined;
}

/** Outputs in a result: its own, else those of the results that it holds (a loop's, a registered variable's). */
function outputsOf(table: Table, item: string | undefined): readonly Output[] {
  const lines = printed(table);
  if (lines.length > 0) {
    const command = commandOf(table, item);
    return [{ lines, ...(command && { command }) }];
  }
  return [...table.entries.values()].flatMap((value) => within(value, item));
}

function within(value: Value, item: string | undefined): readonly Output[] {
  if (value.kind === 'table') return outputsOf(value, item);
  return value.kind === 'list' ? value.items.flatMap((v) => (v.kind === 'table' ? outputsOf(v, item) : [])) : [];
}
