import { looksLikeCommand } from './programs.js';

/** A shell prompt and what was typed behind it. */
export interface Prompt {
  /** Host name when the prompt shows one; undefined for `$ ` and the like. */
  readonly host?: string;
  readonly command: string;
}

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?';
const USER = String.raw`(?:[A-Za-z_][\w.-]{0,63}|I have no name!)`;
/** What ends a prompt. `>` ends sentences and quotations too, so it stands apart. */
const END = '[#$%❯➜»⇒λ✗✔⚡]';
const PATH = '[~/][^#$%>❯➜»⇒λ]{0,400}?';

/** A prompt's shape: groups `host`, `path` where it has one, `command`. */
interface Shape {
  readonly of: RegExp;
  /** Other texts have the shape too: nothing or a known command must stand behind it. */
  readonly known?: 'or-empty' | 'always';
}

const shape = (source: string, known?: Shape['known']): Shape => ({
  of: new RegExp(`^${source}$`),
  ...(known && { known }),
});

const SHAPES: readonly Shape[] = [
  // `PS C:\Users\x> cmd`, `[host]: PS /home/x> cmd`
  shape(
    String.raw`(?:\[(?:${USER}@)?(?<host>${HOST})\]: )?PS (?:[A-Za-z]:[\\/]?|[~/\\]|\\\\)[^>]{0,200}> ?(?<command>.*)`,
  ),
  // `[root@host ~]# cmd`, `[user@host dir]$ cmd`, `[root@host]# cmd`, `[root@host:~] # cmd`, `[root@host] ~# cmd`
  shape(
    String.raw`\[ ?${USER}@(?<host>${HOST})(?: ?[: ][^\]]{0,400})? ?\](?: ?\([^)]{1,80}\))?(?: ?[~/][\w./-]{0,200})? ?(?:${END}|>) ?(?<command>.*)`,
  ),
  // `root@host:~/dir# cmd`, `user@host:~/dir (main)$ cmd`, `cumulus@leaf1:mgmt:~$ cmd`
  shape(String.raw`${USER}@(?<host>${HOST}):(?:[\w-]{1,32}:)?(?:${PATH}|) ?(?:${END}|>) ?(?<command>.*)`),
  // `core@host ~ $ cmd`, `user@host ~/dir> cmd` (fish), `user@host ~ % cmd` (zsh), `root@host [~]# cmd`, `user@host ~/dir (main) ❯ cmd`
  shape(
    String.raw`${USER}@(?<host>${HOST}) (?:${PATH}|\[[~/][^\]]{0,200}\]) ?(?:(?:${END}|>)(?: +(?<command>.*))?|# ?(?<command2>.*))`,
  ),
  // `user@host dir % cmd`, `root@host# cmd`, `user@host$ cmd`
  shape(String.raw`${USER}@(?<host>${HOST})(?: [\w.-]{1,80})?:? ?${END} ?(?<command>.*)`, 'or-empty'),
  // `user@router> cmd`, `root@router:RE:0% cmd`
  shape(String.raw`${USER}@(?<host>${HOST})(?::RE:\d)? ?> ?(?<command>.*)`, 'always'),
  shape(String.raw`${USER}@(?<host>${HOST}):RE:\d% ?(?<command>.*)`),
  // `[host ~]# cmd`, `[host]# cmd`, `[host] dir$ cmd`, `[host(10.0.0.4) ~]# cmd`
  shape(
    String.raw`\[(?<host>${HOST})(?:\([\da-f.:]{3,45}\))?(?: [~/][^\]]{0,200})?\](?: [\w.~/-]{1,80})? ?[#$%] ?(?<command>.*)`,
    'always',
  ),
  // `controlplane ~ ➜  cmd`
  shape(`(?:${USER}@)?(?<host>${HOST}) [~/][^ ]{0,200} (?:[^ ]{1,80} ){0,4}➜ *(?<command>.*)`),
  // `host ~ # cmd` (Gentoo, CoreOS), `host /etc # cmd`
  shape(`(?<host>${HOST}) [~/][^ #$%>]{0,200} ?[#$%>] +(?<command>.*)`, 'always'),
  // `core-01 core # cmd` (CoreOS), `node-1 # cmd`: words of a sentence stand so too, but no sentence begins with a machine's number
  shape(`(?<host>(?=[a-z.]*[\\d-])${HOST})(?: [a-z][\\w.-]{0,31})? # (?<command>.*)`, 'always'),
  // `host# cmd`, `controlplane $ cmd`
  shape(String.raw`(?<host>${HOST})(?:[#$%>] ?| \$ )(?<command>.*)`, 'always'),
  // `host ➜  dir cmd` (oh-my-zsh with the host before the arrow)
  shape(String.raw`(?<host>(?=[a-z]*[\d.-])${HOST}) ➜ {1,2}[\w.-]{1,120} +(?<command>.*)`, 'always'),
  // `host➜  ~ cmd` (the same without a blank)
  shape(`(?<host>${HOST})➜ +[~/][^ ]{0,200} +(?<command>.*)`),
  // `➜  ~ cmd`, `➜  dir git:(main) ✗ cmd`
  shape(String.raw`➜ +(?:(?:[~/][^ ]{0,200}|[\w.-]{1,80} git:\([^)]{1,80}\)) +)?(?:✗ +)?(?<command>.*)`),
  // `C:\Users\x>cmd`
  shape(String.raw`[A-Za-z]:\\[^>:*?"<|]{0,200}> ?(?<command>.*)`, 'or-empty'),
];

/** `host:/dir$ cmd` (bash in planet), `host:~ # cmd` (SUSE) */
const HOST_ONLY = new RegExp(`^(${HOST}):([~/][^#$%:]{0,200}?) ?[#$] ?(.*)$`);
/** `bash-5.1# cmd`, `-sh-4.2$ cmd`; busybox: `/ # cmd`, `~ # cmd`, `/etc $ cmd`; `~/dir main* ❯ cmd` */
const BARE_SHELL =
  /^(-?(?:ba)?sh-\d+(?:\.\d+)*|\[?~\]?|\/[\w./-]{0,100}|~\/[\w./-]{1,100}(?: [\w/*.-]{1,60})?) ?(?:[#$❯](?: (.*))?|% (.+))$/;
/** tmux copy mode prints its place in the history over the end of the line, some shells the time of day. */
const AT_END = /\s(?:\[\d+\/\d+\]|\s{3,}\[?\d\d:\d\d(?::\d\d)?\]?(?: [AP]M)?|\s*─╯)\s*$/;
/** `12:34:56 `, `[2024-05-01 12:34:56] `, `[12:34 PM] ` before a prompt with a host's name. */
const STAMP =
  /^\[?(?:(?:\d{4}[-/.]\d\d[-/.]\d\d|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d{1,2})[T ])?\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{4})?\]? ?(?:[-|>] ?)?/;
/** `(venv) `, `(base) `, `(⎈|context:namespace) ` */
const ENVIRONMENT = /^(?:\((?:⎈[^)]{0,120}|[\w.@:/-]{1,60})\)|\[⎈[^\]]{0,120}\]|[⚡⎈] ?) ?/;
/** A prompt ends in one of these, within so many characters. */
const MARK = /[#$%>❯➜»⇒λ✗✔⚡]/;
const LONGEST_PROMPT = 600;

/** Text behind a prompt that names no host may be anything; the caller checks that it starts with a known command. */
const ANONYMOUS = /^(?:\$>|%>|\$\$|\$(?=[a-z])|[$%❯»λ▶›⟩⇒] |\++ )\s*(.*)$/;
const ROOT = /^(?:#>|#) ?(.*)$/;

/** `[user@host dir]cmd`: the sign got lost, and a known command must stand behind it. */
const UNSIGNED = new RegExp(String.raw`^\[${USER}@(${HOST}) [^\]\s]{1,200}\] ?([a-z./].*)$`);

/** `bash-5.1#` is a shell's own prompt, a number no name. */
const NO_HOST = /^(?:[\d.]+|(?:ba)?sh-\d+(?:\.\d+)*)$/;

const typed = (command: string | undefined): string => (command ?? '').replace(AT_END, '').trim();

function readShape(line: string): Prompt | undefined {
  for (const { of, known } of SHAPES) {
    const found = of.exec(line)?.groups;
    if (!found) continue;
    const command = typed(found['command'] ?? found['command2']);
    const fits =
      known === undefined || (command === '' ? known === 'or-empty' : looksLikeCommand(command.replace(/^sudo /, '')));
    if (!fits) continue;
    const { host } = found;
    if (host !== undefined && NO_HOST.test(host)) continue;
    return { ...(host !== undefined && { host }), command };
  }
  return undefined;
}

/** A prompt whose shape alone is enough. */
export function parsePrompt(line: string): Prompt | undefined {
  if (line.length > 4096 || line.length < 2) return undefined;
  const mark = line.slice(0, LONGEST_PROMPT).search(MARK);
  if (mark === -1) return parseUnsigned(line);
  const bare = line.replace(ENVIRONMENT, '');
  const found = readShape(bare) ?? parseHostOnly(bare) ?? parseBareShell(bare) ?? parseUnsigned(bare);
  if (found) return found;
  const stamp = STAMP.exec(line);
  if (!stamp || stamp[0] === '') return undefined;
  const behind = readShape(line.slice(stamp[0].length).replace(ENVIRONMENT, ''));
  return behind?.host !== undefined ? behind : undefined;
}

function parseUnsigned(line: string): Prompt | undefined {
  const found = UNSIGNED.exec(line);
  const command = typed(found?.[2]);
  return found && looksLikeCommand(command.replace(/^sudo /, '')) ? { host: found[1] ?? '', command } : undefined;
}

/** `image:/etc/x # why` and `2020/01/23 10:11:/x$` have the shape too: behind a path other than `~` a known command must stand. */
function parseHostOnly(line: string): Prompt | undefined {
  const found = HOST_ONLY.exec(line);
  if (!found || /^[\d.]+$/.test(found[1] ?? '')) return undefined;
  const prompt = { host: found[1] ?? '', command: typed(found[3]) };
  const path = found[2] ?? '';
  if (path.startsWith('//')) return undefined;
  return path.startsWith('~') || prompt.command === '' || looksLikeCommand(prompt.command) ? prompt : undefined;
}

function parseBareShell(line: string): Prompt | undefined {
  const bare = BARE_SHELL.exec(line);
  if (!bare) return undefined;
  const command = typed(bare[2] ?? bare[3]);
  return !/^(?:~|-?(?:ba)?sh-|\/ ?[#$])/.test(line) && command !== '' && !looksLikeCommand(command)
    ? undefined
    : { command };
}

/** `$ cmd`, `# cmd` and what `set -x` prints, `+ cmd`: the caller checks the command, for `# ` is a comment as often as a prompt. */
export function parseAnonymousPrompt(line: string): (Prompt & { readonly root: boolean }) | undefined {
  if (line.length > 4096) return undefined;
  const user = ANONYMOUS.exec(line);
  if (user) return { command: typed(user[1]), root: false };
  const root = ROOT.exec(line);
  return root ? { command: typed(root[1]), root: true } : undefined;
}

const WHO = new RegExp(String.raw`(?:^|[\s([─-])${USER}[@㉿](${HOST})(?=$|[\s)\]:])`);
/** `root in host in ~`, `host in ~/dir` (starship) */
const STARSHIP = new RegExp(`^(?:${USER} (?:in|on|at) )?(?:🌐 ?)?(${HOST}) in [~/]\\S{0,200}(?: .{0,200})?$`);
/** `[root@host /dir]`, below which `#cmd` stands. */
const BRACKETED = new RegExp(String.raw`^\[${USER}@(${HOST}) [~/][^\]]{0,200}\]\s*$`);
const ALONE = new RegExp(
  String.raw`^(?:\[(${HOST})\] \(local\) )?${USER}@(${HOST})(?: (?:MINGW\d\d|MSYS|UCRT64|[✓✔✗✘]))?:? [~/\[]\S{0,200}(?: .{0,80})?$`,
);

/** `~/src took 3s`, `~ via 🐍 v3.8.5`, `repo on  main [!?] at ☸️ kind` (starship, without the host), `~/src main*` (pure): modules of a prompt. */
const MODULES =
  /^(?:~(?:\/\S{0,200})?(?: [\w./-]{1,60}\*?(?: [⇡⇣]+)?)?|(?:~|\/)\S{0,200}(?: (?:on|via|took|at|is|as|with|using) {1,2}\S.{0,200})|[\w.-]{1,60} on [^\w\s]? ?\S{1,80}(?: \[[^\]\s]{1,12}\])?(?: (?:via|took|at|is|as|with|using) \S.{0,200})?)\s*$/u;
/** Behind such modules the shell's own sign stands, and no sign that a shell prints without them. */
const MODULES_TAIL = /^[❯➜λ] /;

/** Is the line the modules of a prompt whose second line is `tail`? */
export const isPromptModules = (line: string, tail: string): boolean =>
  line.length < 400 && MODULES_TAIL.test(tail) && MODULES.test(line);

/**
 * First line of a prompt of two: `┌──(root㉿host)-[~]`, `╭─ ~ ───── ✔ root@host`, `user@host MINGW64 ~`, `[node1] (local) root@10.0.0.8 ~`.
 * Returns the host; a prompt's second line must follow.
 */
export function parsePromptHead(line: string): string | undefined {
  if (line.length > 400) return undefined;
  if (/^[┌╭][─-]/.test(line)) return WHO.exec(line)?.[1] ?? '';
  const alone = ALONE.exec(line);
  if (alone) return alone[1] ?? alone[2];
  return (BRACKETED.exec(line) ?? STARSHIP.exec(line))?.[1];
}

/** Second line of such a prompt: `└─# cmd`, `╰─➤ cmd`, `└──╼ #cmd`, `❯ cmd`, `$ cmd`. */
const TAIL = /^(?:[└╰][─-]{0,3}(?:╼ ?|\[[^\]]{0,3}\] ?)?[#$%>➤➜❯○▪λ»]*|[❯➜$#%>λ»])(?: *(.*))?$/;

export function parsePromptTail(line: string): string | undefined {
  const found = line.length > 4096 ? null : TAIL.exec(line);
  return found ? typed(found[1]) : undefined;
}
