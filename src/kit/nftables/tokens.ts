/** A word of a rule. Words in quotes are never keywords. */
export interface NftToken {
  readonly text: string;
  readonly quoted: boolean;
}

/** Signs that stand alone wherever they are; a raw payload (`@th,0,16`) keeps its commas. */
const SIGNS = new Set(['{', '}', ',', '(', ')', '|', '&', ';']);

/** Words of a rule; undefined when a quote never closes: the line was cut. */
export function nftTokens(line: string): NftToken[] | undefined {
  const tokens: NftToken[] = [];
  /** Where the name of a set ended: behind a map stands a port (`dnat to ip saddr map @m:80`). */
  let named = -1;
  for (let i = 0; i < line.length; ) {
    const c = line.charAt(i);
    if (c === ' ' || c === '\t' || c === '\n') i++;
    else if (SIGNS.has(c) || (c === ':' && (line.charAt(i - 1) === '}' || i === named))) {
      tokens.push({ text: c, quoted: false });
      i++;
    } else {
      const end = wordEnd(line, i);
      if (end === -1) return undefined;
      const word = line.slice(i, end);
      const twice = word.length > 4 && word.startsWith('""') && word.endsWith('""');
      const whole = twice || (word.length > 1 && c === '"' && word.indexOf('"', 1) === word.length - 1);
      tokens.push(
        whole ? { text: word.slice(1, -1), quoted: true } : { text: word.replaceAll('"', ''), quoted: false },
      );
      if (c === '@') named = end;
      i = end;
    }
  }
  return tokens;
}

const RAW = /^@(?:ll|nh|th|ih|\d{1,3}),\d{1,6},\d{1,6}/;

function wordEnd(line: string, from: number): number {
  if (line.charAt(from) === '@') {
    const raw = RAW.exec(line.slice(from, from + 24));
    if (raw) return from + raw[0].length;
  }
  // firewalld before 0.9 put its prefixes of logs in quotes, and nft prints no backslash: `log prefix ""FINAL_REJECT: ""`.
  if (line.startsWith('""', from) && /[^\s"]/.test(line.charAt(from + 2))) {
    const close = line.indexOf('""', from + 2);
    if (close !== -1) return close + 2;
  }
  for (let i = from; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === '"') {
      const close = line.indexOf('"', i + 1);
      if (close === -1) return -1;
      i = close;
    } else if (c === ' ' || c === '\t' || c === '\n' || SIGNS.has(c) || (c === ':' && line.charAt(from) === '@'))
      return i;
  }
  return line.length;
}
