/** Blanks, tabs, other controls, and the no-break blank that pages put into pastes. */
const isBlank = (code: number): boolean => code <= 32 || code === 0xa0;

/** Words of a line, without the empty word that `split` gives for an empty one. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i < line.length; i++) {
    if (isBlank(line.charCodeAt(i))) {
      if (start !== -1) words.push(line.slice(start, i));
      start = -1;
    } else if (start === -1) start = i;
  }
  if (start !== -1) words.push(line.slice(start));
  return words;
}
