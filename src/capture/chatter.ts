import { lineOf, type Text } from '../kit/index.js';
import { lineBytes, type ParsedText } from './parse.js';
import { isAnnouncement } from './sentences.js';

/*
 * Lines that nobody's output are: what shells, pagers, recorders and the tools that open a shell print around a command. Only what a parser did
 * not understand is looked at.
 */
const CHATTER: readonly RegExp[] = [
  // less, more, man; a copied screen of systemd's pager
  /^\s*(?:--\s?More\s?--(?:\s?\(\d+%\))?|\(END\)|:|~|lines \d+-\d+(?:\/\d+)?(?: (?:\(END\)|\d+%))?|Manual page .*|\f+)\s*$/i,
  /^\s*(?:-+\s*)?(?:page|seite|страница|第)\s*\d+(?:\s*(?:of|\/|von|из)\s*\d+)?\s*页?\s*(?:-+)?\s*$/i,
  // bash: time, jobs, logins
  /^(?:real|user|sys)\s+\d+m[\d.,]+s$/,
  /^[\d.]+user [\d.]+system [\d:.]+elapsed .*$|^\S.* {2,}[\d.]+s user [\d.]+s system \d+% cpu [\d:.]+ total$/,
  /^\[\d+\][-+]?\s+(?:\d+|Done|Exit \d+|Running|Stopped|Terminated)\b.*$/,
  /^(?:logout|exit|\^C|\^D|\^Z|Last login: .*|You have (?:new )?mail.*|\[sudo\] password for .*|Password:\s*)$/,
  /^(?:Connection to \S+ closed\.|Shared connection to \S+ closed\.|Warning: Permanently added .*|Killed by signal \d+\.|Pseudo-terminal will not .*|Authorized uses only.*)$/,
  /^mesg: .*$|^stdin: is not a tty$|^tput: .*$|^TERM environment variable not set\.$/,
  // kubectl, oc
  /^(?:Defaulted container .*|Defaulting container name to .*|Use 'kubectl describe pod.*|If you don't see a command prompt.*|Starting pod\/.*|Creating debugging pod .*|Removing debug pod.*|Temporary namespace .*|To use host binaries, run `chroot \/host`.*|Pod IP: .*|Unable to use a TTY.*|command terminated with exit code \d+|Waiting for .* to be running.*|pod "[\w.-]+" deleted|(?:kubectl|oc) exec \[POD\] \[COMMAND\] is DEPRECATED .*)$/,
  // What authors write above an output, and left there
  /^\s*(?:#|\/\/)?\s*(?:(?:sample|example|expected|typical|actual)\s+)?(?:outputs?|results?)(?:\s+(?:sample|example))?\s*[:：]\s*$/i,
  /^\s*(?:#|\/\/)?\s*(?:输出|输出示例|示例输出|输出结果|结果|返回|返回结果|执行结果|輸出|出力|出力例|結果|実行結果|출력|출력 예시|실행 결과|결과|вывод|результат|ausgabe|sortie|salida|saída)\s*[:：]\s*$/i,
  // Markdown whose other fence is lost
  /^\s*(?:`{3,}|~{3,})\s*[\w+-]{0,20}$/,
  // script(1), asciinema
  /^Script (?:started|done)(?: on|,).*$|^asciinema: .*$|^::: Recording .*$/,
];

export const isChatter = (line: string): boolean => line.length < 400 && CHATTER.some((c) => c.test(line.trimEnd()));

/** `...`, `[snip]`, `(output omitted)`: somebody cut the paste by hand. */
const ELISION =
  /^\s*(?:#|\/\/)?\s*(\.{3,}(?: \.{3,})*|…+|[[<(] ?\.{2,} ?(?:snip(?:ped)?|cut|omitted|truncated|skipped) ?\.{2,} ?[\]>)]|\[?<?\(?(\.\.\.|…|snip+ed|snip!?|output omitted|truncated|omitted|skipped|\.{3} cut at \d+ KiB|cut|略|省略|以下省略|中略)\)?>?\]?|\.{2,} ?[[<({](?:snip|cut|omitted|truncated|skipped)[\]>)}] ?\.*|-+\s?(?:snip|cut|8<|>8)\s?-*|\.{2,} ?(?:此处|以下|中间)?省略.{0,20}|\.\.\. ?(?:snip|omitted|etc\.?).*|(?:\.\.\. )?\(?(?:output|lines?) (?:omitted|truncated|skipped|removed)\)?(?: \.\.\.)?)\s*$/i;

export const isElision = (line: string): boolean => line.length < 400 && ELISION.test(line);

/** The last paragraph, where nothing of it was understood and all of it announces something. */
function announcementIn({ gaps, facts }: ParsedText, text: Text): ReadonlySet<number> {
  const strange = new Map(gaps.map((g) => [lineOf(g.at) - text.firstLine, g.text]));
  const lines = new Set<number>();
  let i = text.count - 1;
  while (i > 0 && text.line(i).trim() === '') i--;
  for (; i > 0 && text.line(i).trim() !== ''; i--) {
    if (lines.size === MOST_ANNOUNCED || !isAnnouncement(strange.get(i) ?? '')) return NONE;
    lines.add(i);
  }
  return i > 0 && facts.length > 0 ? lines : NONE;
}

const NONE: ReadonlySet<number> = new Set();
const MOST_ANNOUNCED = 3;

/**
 * Marks of a cut are no gaps: they say that something is missing. Chatter is none either, and nothing is missing; nor is what announces the
 * command that follows.
 */
export function withoutMarks(
  parsed: ParsedText,
  text: Text,
  followed = false,
): { parsed: ParsedText; elided: boolean } {
  if (parsed.gaps.length === 0) return { parsed, elided: false };
  const announced = followed ? announcementIn(parsed, text) : NONE;
  const marks = parsed.gaps.filter(
    (g) => isElision(g.text) || isChatter(g.text) || announced.has(lineOf(g.at) - text.firstLine),
  );
  if (marks.length === 0) return { parsed, elided: false };
  const { tally, bytes } = parsed;
  const size = marks.reduce((sum, g) => sum + lineBytes(text, lineOf(g.at) - text.firstLine), 0);
  const taken = new Set(marks);
  return {
    parsed: {
      ...parsed,
      gaps: parsed.gaps.filter((g) => !taken.has(g)),
      tally: { ...tally, noise: tally.noise + marks.length, gaps: tally.gaps - marks.length },
      bytes: { ...bytes, noise: bytes.noise + size, gaps: bytes.gaps - size },
    },
    elided: marks.some((g) => isElision(g.text)),
  };
}
