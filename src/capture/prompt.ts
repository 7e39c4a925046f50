import { looksLikeCommand } from './programs.js';

/** A shell prompt and what was typed behind it. */
export interface Prompt {
  /** Host name when the prompt shows one; undefined for `$ ` and the like. */
  readonly host?: string;
  readonly command: string;
}

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?';
const USER = String.raw`[A-Za-z_][\w.-]{0,63}`;
/** `[root@host ~]# cmd`, `[user@host dir]$ cmd`, `[root@host]# cmd` */
const BRACKET = new RegExp(
  String.raw`^(?:\([\w.-]{1,40}\) ?)?\[(${USER})@(${HOST})(?:[: ][^\]]{0,400})?\] ?[#$%] ?(.*)$`,
);
/** `root@host:~/dir# cmd` */
const COLON = new RegExp(String.raw`^(?:\([\w.-]{1,40}\) )?(${USER})@(${HOST}):([~/][^#$%]{0,400}?|)[#$%>] ?(.*)$`);
/** `core@host ~ $ cmd` */
const SPACED = new RegExp(`^(${USER})@(${HOST}) [~/][^ ]{0,200} ?[#$%](?: (.*))?$`);
/** `host:/dir$ cmd` (bash in planet), `host:~ # cmd` (SUSE) */
const HOST_ONLY = new RegExp(`^(${HOST}):([~/][^#$%:]{0,200}?) ?[#$] ?(.*)$`);
/** `controlplane ~ ➜  cmd`, `➜  ~ cmd` */
const ARROW = new RegExp(String.raw`^(?:(${HOST}) [~/][^ ]{0,200} )?➜\s+(?:[~/][^ ]{0,200} )?(.*)$`);
/** `bash-5.1# cmd`, `sh-4.2$ cmd`; busybox: `/ # cmd`, `~ # cmd`, `/etc $ cmd` */
const BARE_SHELL = /^((?:ba)?sh-\d+(?:\.\d+)*|~|\/[\w./-]{0,100}) ?[#$](?: (.*))?$/;
/** tmux copy mode prints its place in the history over the end of the line. */
const TMUX = /\s\[\d+\/\d+\]$/;

/** Text behind a prompt that names no host may be anything; the caller checks that it starts with a known command. */
const ANONYMOUS = /^(?:[$%]|\++) (.*)$/;
const ROOT = /^# (.*)$/;

const typed = (command: string | undefined): string => (command ?? '').replace(TMUX, '').trim();

const named = (host: string | undefined, command: string | undefined): Prompt => ({
  host: host ?? '',
  command: typed(command),
});

/** A prompt whose shape alone is enough. */
export function parsePrompt(line: string): Prompt | undefined {
  if (line.length > 4096) return undefined;
  const bracket = BRACKET.exec(line);
  if (bracket) return named(bracket[2], bracket[3]);
  const colon = COLON.exec(line);
  if (colon) return named(colon[2], colon[4]);
  const spaced = SPACED.exec(line);
  if (spaced) return named(spaced[2], spaced[3]);
  const arrow = ARROW.exec(line);
  if (arrow) return { ...(arrow[1] && { host: arrow[1] }), command: typed(arrow[2]) };
  return parseHostOnly(line) ?? parseBareShell(line);
}

/** `image:/etc/x # why` and `2020/01/23 10:11:/x$` have the shape too: behind a path other than `~` a known command must stand. */
function parseHostOnly(line: string): Prompt | undefined {
  const found = HOST_ONLY.exec(line);
  if (!found || /^[\d.]+$/.test(found[1] ?? '')) return undefined;
  const prompt = named(found[1], found[3]);
  const path = found[2] ?? '';
  if (path.startsWith('//')) return undefined;
  return path.startsWith('~') || prompt.command === '' || looksLikeCommand(prompt.command) ? prompt : undefined;
}

function parseBareShell(line: string): Prompt | undefined {
  const bare = BARE_SHELL.exec(line);
  if (!bare) return undefined;
  const command = typed(bare[2]);
  return /^\/./.test(bare[1] ?? '') && command !== '' && !looksLikeCommand(command) ? undefined : { command };
}

/** `$ cmd`, `# cmd` and what `set -x` prints, `+ cmd`: the caller checks the command, for `# ` is a comment as often as a prompt. */
export function parseAnonymousPrompt(line: string): (Prompt & { readonly root: boolean }) | undefined {
  if (line.length > 4096) return undefined;
  const user = ANONYMOUS.exec(line);
  if (user) return { command: typed(user[1]), root: false };
  const root = ROOT.exec(line);
  return root ? { command: typed(root[1]), root: true } : undefined;
}
