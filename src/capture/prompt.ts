/** A shell prompt and what was typed behind it. */
export interface Prompt {
  /** Host name when the prompt shows one; undefined for `$ ` and the like. */
  readonly host?: string;
  readonly command: string;
}

const HOST = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?`;
const USER = String.raw`[A-Za-z_][\w.-]{0,63}`;
/** `[root@host ~]# cmd`, `[user@host dir]$ cmd` */
const BRACKET = new RegExp(String.raw`^\[(${USER})@(${HOST})[: ][^\]]{0,400}\][#$%] ?(.*)$`);
/** `root@host:~/dir# cmd` */
const COLON = new RegExp(String.raw`^(?:\([\w.-]{1,40}\) )?(${USER})@(${HOST}):([~/][^#$%]{0,400}?|)[#$%>] ?(.*)$`);
/** `core@host ~ $ cmd` */
const SPACED = new RegExp(String.raw`^(${USER})@(${HOST}) [~/][^ ]{0,200} ?[#$%] (.*)$`);
/** `host:/dir$ cmd` (bash in planet), `host:~ # cmd` (SUSE) */
const HOST_ONLY = new RegExp(String.raw`^(${HOST}):([~/][^#$%:]{0,200}?) ?[#$] ?(.*)$`);
/** `controlplane ~ ➜  cmd`, `➜  ~ cmd` */
const ARROW = new RegExp(String.raw`^(?:(${HOST}) [~/][^ ]{0,200} )?➜\s+(?:[~/][^ ]{0,200} )?(.*)$`);
/** `bash-5.1# cmd`, `sh-4.2$ cmd`, `/ # cmd` */
const BARE_SHELL = /^(?:(?:ba)?sh-\d+(?:\.\d+)*|\/(?:[\w./-]{0,100})) ?[#$] (.*)$/;

/** Text behind a prompt that names no host may be anything; the caller checks that it starts with a known command. */
const ANONYMOUS = /^[$%] (.*)$/;
const ROOT = /^# (.*)$/;

/** A prompt whose shape alone is enough. */
export function parsePrompt(line: string): Prompt | undefined {
  if (line.length > 4096) return undefined;
  const bracket = BRACKET.exec(line);
  if (bracket) return { host: bracket[2] ?? '', command: (bracket[3] ?? '').trim() };
  const colon = COLON.exec(line);
  if (colon) return { host: colon[2] ?? '', command: (colon[4] ?? '').trim() };
  const spaced = SPACED.exec(line);
  if (spaced) return { host: spaced[2] ?? '', command: (spaced[3] ?? '').trim() };
  const hostOnly = HOST_ONLY.exec(line);
  // `2020/01/23 10:11:/x$` and URLs are no prompts: a host is not a bare number.
  if (hostOnly && !/^[\d.]+$/.test(hostOnly[1] ?? '') && !/^https?$/.test(hostOnly[1] ?? ''))
    return { host: hostOnly[1] ?? '', command: (hostOnly[3] ?? '').trim() };
  const arrow = ARROW.exec(line);
  if (arrow) return { ...(arrow[1] && { host: arrow[1] }), command: (arrow[2] ?? '').trim() };
  const bare = BARE_SHELL.exec(line);
  if (bare) return { command: (bare[1] ?? '').trim() };
  return undefined;
}

/** `$ cmd` and `# cmd`: `root` tells which, because `# ` is a comment as often as a prompt. */
export function parseAnonymousPrompt(line: string): (Prompt & { readonly root: boolean }) | undefined {
  const user = ANONYMOUS.exec(line);
  if (user) return { command: (user[1] ?? '').trim(), root: false };
  const root = ROOT.exec(line);
  return root ? { command: (root[1] ?? '').trim(), root: true } : undefined;
}
