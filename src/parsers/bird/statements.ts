import type { Text } from '../../kit/index.js';

/** One statement of bird.cfg: its words up to `;`, or up to the `{` of its block. */
export interface Statement {
  readonly line: number;
  readonly words: readonly string[];
  /** What stands in the braces; undefined without a block. */
  readonly block?: readonly Statement[];
  /** Line of the closing brace (or of the end, when it never comes). */
  readonly end: number;
}

interface Token {
  readonly text: string;
  readonly line: number;
}

/** Deeper than any filter; braces deeper than this are read as text. */
const DEPTH = 30;

/** Words, strings, and the characters that structure them (BIRD conf/cf-lex.l): `#` and slash-star comments are left out. */
function tokensOf(text: Text): { readonly tokens: readonly Token[]; readonly comments: ReadonlySet<number> } {
  const tokens: Token[] = [];
  const comments = new Set<number>();
  let inComment = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const before = tokens.length;
    let at = 0;
    while (at < line.length) {
      if (inComment) {
        const end = line.indexOf('*/', at);
        if (end < 0) break;
        inComment = false;
        at = end + 2;
        continue;
      }
      const c = line[at] ?? '';
      if (c === '#') break;
      if (c === '/' && line[at + 1] === '*') {
        inComment = true;
        at += 2;
      } else if (c === '"' || c === "'") {
        const end = line.indexOf(c, at + 1);
        const stop = end < 0 ? line.length : end;
        tokens.push({ text: line.slice(at, stop + 1), line: i });
        at = stop + 1;
      } else if (c === '{' || c === '}' || c === ';') {
        tokens.push({ text: c, line: i });
        at++;
      } else if (c <= ' ') at++;
      else {
        let end = at + 1;
        while (end < line.length && !' \t\r{};#"'.includes(line[end] ?? '')) end++;
        tokens.push({ text: line.slice(at, end), line: i });
        at = end;
      }
    }
    if (tokens.length === before) comments.add(i);
  }
  return { tokens, comments };
}

/** The statements of a configuration, and the lines that hold nothing but comments. */
export function statementsOf(text: Text): {
  readonly statements: readonly Statement[];
  readonly comments: ReadonlySet<number>;
} {
  const { tokens, comments } = tokensOf(text);
  let at = 0;
  const read = (depth: number): Statement[] => {
    const out: Statement[] = [];
    let words: Token[] = [];
    while (at < tokens.length) {
      const token = tokens[at++] as Token;
      if (token.text === '{' && depth < DEPTH) {
        const block = read(depth + 1);
        const end = tokens[Math.min(at, tokens.length) - 1]?.line ?? token.line;
        out.push({ line: words[0]?.line ?? token.line, words: words.map((w) => w.text), block, end });
        words = [];
      } else if (token.text === '}' && depth > 0) break;
      else if (token.text === ';' || token.text === '}') {
        if (words.length > 0)
          out.push({ line: words[0]?.line ?? token.line, words: words.map((w) => w.text), end: token.line });
        words = [];
      } else words.push(token);
    }
    if (words.length > 0) {
      const last = words.at(-1)?.line ?? 0;
      out.push({ line: words[0]?.line ?? last, words: words.map((w) => w.text), end: last });
    }
    return out;
  };
  return { statements: read(0), comments };
}
