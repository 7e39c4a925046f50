import type { Text } from '../kit/index.js';
import { isMachineName } from './machine-names.js';
import { type Mark, readMark } from './marks.js';
import { looksLikeCommand } from './programs.js';
import type { Machine } from './transcript.js';

interface Said {
  readonly machine: Machine | undefined;
  readonly command?: { readonly command: string; readonly at: number };
}

/** Prose longer than this before a block tells its story; its end announces the block. */
const LONGEST = 400;

const ON =
  /\b(?:on|from|of|in|at)\s+(?:the\s+)?(?:(?:node|host|machine|server|vm|worker|master)\s+)?[`*"']{0,3}([A-Za-z0-9][\w.-]{0,100})[`*"']{0,3}(?:\s*\([^)]{0,60}\))?\s*[:：.]?\s*$/i;

/** A sentence that ends before a block: `Output of \`ip route\` on node-1:` */
function sentence(line: string): Mark | undefined {
  const spans = [...line.matchAll(/`([^`]{2,200})`/g)].map((m) => (m[1] ?? '').replace(/^[$#] /, ''));
  const command = spans.findLast((s) => looksLikeCommand(s));
  const host = spans.findLast(isMachineName) ?? ON.exec(line)?.[1];
  const named = host !== undefined && isMachineName(host);
  if (command === undefined && !(named && /[:：]\s*$/.test(line))) return undefined;
  return { ...(command !== undefined && { command }), ...(named && { host, key: host }) };
}

/** What headings and sentences between two blocks say of the machine and the command of the second. */
export function proseBefore(text: Text, from: number, to: number, before: Machine | undefined): Said {
  let machine = before;
  let command: Said['command'];
  for (let i = Math.max(from, to - LONGEST); i < to; i++) {
    const line = text.line(i);
    if (line.trim() === '' || line.length > 400) continue;
    const level = /^(#{1,6}) /.exec(line)?.[1]?.length;
    const mark = readMark(line) ?? sentence(line);
    if (mark?.host !== undefined) machine = { host: mark.host, key: mark.key ?? mark.host, ...(level && { level }) };
    else if (
      level !== undefined &&
      mark?.command === undefined &&
      machine?.level !== undefined &&
      level <= machine.level
    )
      // Another chapter: whose outputs these are nothing says.
      machine = { host: '', key: line.trim(), level };
    command = mark?.command === undefined ? command : { command: mark.command, at: i };
    // Only what stands right above a block speaks of it.
    if (command && command.at !== i && level === undefined && line.length > 120) command = undefined;
  }
  return { machine, ...(command && { command }) };
}
