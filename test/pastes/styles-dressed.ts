import { each, lines, prompted, type Style, style } from './style.js';

const bash = prompted((m) => `root@${m.name}:~# `);
const trimmed = (text: string): string => text.replace(/\n$/, '');

/** What editors, mail programs and word processors do to a paste. */
export const dressed: readonly Style[] = [
  style('quoted twice in a mail', (plain) => `${lines(trimmed(bash(plain)), (l) => `> > ${l}`)}\n`),
  style('line numbers', (plain) => `${lines(trimmed(bash(plain)), (l, i) => `${String(i + 1).padStart(5)}  ${l}`)}\n`),
  style('grep -n', (plain) => `${lines(trimmed(bash(plain)), (l, i) => `${i + 1}:${l}`)}\n`),
  style('commented out', (plain) => `${lines(trimmed(bash(plain)), (l) => `# ${l}`)}\n`),
  style('slashes', (plain) => `${lines(trimmed(bash(plain)), (l) => `// ${l}`)}\n`),
  style(
    'added in a diff',
    (plain) => `diff --git a/x b/x\n@@ -0,0 +1,9 @@\n${lines(trimmed(bash(plain)), (l) => `+${l}`)}\n`,
  ),
  style('indented', (plain) => `${lines(trimmed(bash(plain)), (l) => `      ${l}`)}\n`),
  style('word processor', (plain) =>
    each(
      plain,
      (o, m) =>
        `\ufeffroot@${m.name}:~#\u00a0${o.command.replaceAll(' -', ' –').replaceAll('"', '“')}\n${o.text.replaceAll(' -', '\u200b -')}`,
    ),
  ),
  style('web page blanks', (plain) => bash(plain).replaceAll('  ', '\u00a0 ').replaceAll('dev ', 'dev\u200b ')),
  style('Windows line ends and Windows-1252', (plain) =>
    Uint8Array.from(
      Buffer.from(bash(plain).replaceAll('\n', '\r\n').replace(/^/, '\x93Gr\xfc\xdfe\x94 \x96 \x80\r\n'), 'latin1'),
    ),
  ),
];
