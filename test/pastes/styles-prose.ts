import { each, lines, type Style, style } from './style.js';

/** The numbers of a listing's lines, as blogs put them beside it. */
const gutter = (text: string): string => lines(text, (_, i) => `${i + 1}`);

/** Comments in issues: people write between what they paste, and forget the fences. */
export const prose: readonly Style[] = [
  style('remarks between outputs without fences', (plain) =>
    each(
      plain,
      (o, m) =>
        `root@${m.name}:~# ${o.command}\n${o.text}\n\nThat is what I get, and I don't see what is wrong with it.\n\nzoe commented on Mar 3\n@max can you try the next one as well?\n`,
    ),
  ),
  style('command in bold, output without a fence', (plain) =>
    each(
      plain,
      (o) => `**${o.command}**\n${o.text}\n\nAs you can see there is nothing in it that is of interest.\n`,
      (m) => `## ${m.name}\n`,
    ),
  ),
  style('blog with a column of numbers', (plain) =>
    each(
      plain,
      (o) => `${gutter(`$ ${o.command}\n${o.text}`)}\n$ ${o.command}\n${o.text}\n\n再看下一个命令的输出:\n`,
      (m) => `### ${m.name}\n`,
    ),
  ),
  style('terminals quoted in answers', (plain) =>
    each(
      plain,
      (o, m) =>
        `You asked for the output of it:\n\n${lines(`root@${m.name}:~# ${o.command}\n${o.text}`, (l) => `> ${l}`.trimEnd())}\n\nand that is all that I have here.\n`,
    ),
  ),
];
