/** `–d`, `—table`, `’`, `“`: what word processors, wikis and chats make of an option or a quotation mark. */
export function plainTypography(line: string): string {
  if (!/[\u2010-\u201f\u2212]/.test(line)) return line;
  return (
    line
      .replace(/[\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      // A cluster of letters: `–d`, `–nvL`.
      .replace(/(^|\s)[\u2013-\u2015](?=\w{1,3}(?:\s|$)|\w?[A-Z])/g, '$1-')
      // Word makes a dash of two hyphens: before a long option, and where `iptables -L` shows that there are none.
      .replace(/(^|\s)[\u2013-\u2015](?=[A-Za-z][\w-]|\s|$)/g, '$1--')
      .replace(/[\u2010-\u2015\u2212]/g, '-')
  );
}
