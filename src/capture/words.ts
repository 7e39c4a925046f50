/** A word of a command line, or an operator between words. */
export interface Token {
  readonly text: string;
  readonly operator: boolean;
}

const TWO = new Set(['||', '&&', '>>', '<<', '|&', ';;', '&>']);
const SPECIAL = '|;&<>';

interface Cursor {
  readonly line: string;
  at: number;
  word: string;
  /** A word has begun, be it an empty one between quotes. */
  open: boolean;
  readonly out: Token[];
}

function flush(c: Cursor): void {
  if (c.open) c.out.push({ text: c.word, operator: false });
  c.word = '';
  c.open = false;
}

function take(c: Cursor, text: string, next: number): void {
  c.word += text;
  c.open = true;
  c.at = next;
}

/** Index of the quote that ends what opens at `from`; a backslash keeps a double quote from it. */
function closingQuote(line: string, from: number): number {
  const quote = line.charAt(from);
  for (let i = from + 1; i < line.length; i++) {
    if (line.charAt(i) === '\\' && quote === '"') i++;
    else if (line.charAt(i) === quote) return i;
  }
  return line.length;
}

function closingParen(line: string, from: number): number {
  let depth = 0;
  for (let i = from; i < line.length; i++) {
    const c = line.charAt(i);
    if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return i;
  }
  return line.length;
}

function quoted(c: Cursor): void {
  const { line, at } = c;
  const end = closingQuote(line, at);
  const inside = line.slice(at + 1, end);
  take(c, line.charAt(at) === '"' ? inside.replace(/\\(["\\$`])/g, '$1') : inside, end + 1);
}

/** `2>err` sends only messages elsewhere, `2>&1` nothing: both vanish. All else is an operator of its own. */
function operator(c: Cursor): void {
  const { line } = c;
  const descriptor =
    /^\d$/.test(c.word) && c.open && (line.charAt(c.at) === '>' || line.charAt(c.at) === '<') ? c.word : undefined;
  if (descriptor !== undefined) {
    c.word = '';
    c.open = false;
  }
  flush(c);
  const two = line.slice(c.at, c.at + 2);
  let op = TWO.has(two) ? two : line.charAt(c.at);
  c.at += op.length;
  if (op === '&>' && line.charAt(c.at) === '>') c.at++;
  if (op === '<<' && (line.charAt(c.at) === '<' || line.charAt(c.at) === '-')) {
    if (line.charAt(c.at) === '<') op = '<';
    c.at++;
  }
  if ((op === '>' || op === '<') && line.charAt(c.at) === '&') {
    c.at++;
    while (/[\d-]/.test(line.charAt(c.at))) c.at++;
    return;
  }
  if (op === '>' && line.charAt(c.at) === '|') c.at++;
  c.out.push({
    text: descriptor !== undefined && descriptor !== '1' && op.startsWith('>') ? '2>' : op,
    operator: true,
  });
}

/** `<pod-name>`, `<node ip>`: what a guide wants filled in. Files that are read and written have a blank before the second sign, or none at all. */
const PLACEHOLDER = /<[A-Za-z](?:[\w .-]{0,60}[\w.])?>(?=$|[\s"':/@.,-])/y;

function placeholderAt(line: string, at: number): string | undefined {
  PLACEHOLDER.lastIndex = at;
  return PLACEHOLDER.exec(line)?.[0];
}

/** Words and operators; quotes are removed, `$(…)` and backticks stay whole as opaque words. Nothing is expanded. */
export function tokenise(line: string): readonly Token[] {
  const c: Cursor = { line, at: 0, word: '', open: false, out: [] };
  while (c.at < line.length) {
    const char = line.charAt(c.at);
    if (char === ' ' || char === '\t') {
      flush(c);
      c.at++;
    } else if (char === '\\' && c.at + 1 < line.length) take(c, line.charAt(c.at + 1), c.at + 2);
    else if (char === "'" || char === '"') quoted(c);
    else if (char === '`') {
      const end = closingQuote(line, c.at) + 1;
      take(c, line.slice(c.at, end), end);
    } else if (char === '$' && line.charAt(c.at + 1) === '(') {
      const end = closingParen(line, c.at + 1) + 1;
      take(c, line.slice(c.at, end), end);
    } else if (char === '#' && !c.open) break;
    else if (SPECIAL.includes(char)) {
      const placeholder = char === '<' ? placeholderAt(line, c.at) : undefined;
      if (placeholder === undefined) operator(c);
      else take(c, placeholder, c.at + placeholder.length);
    } else take(c, char, c.at + 1);
  }
  flush(c);
  return c.out;
}
