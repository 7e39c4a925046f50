import { fieldOfPath } from './paths.js';

/** A piece of an output template: text as it is printed, or a value (with its field, when it is one that tells something). */
export type Piece = { readonly text: string } | { readonly field: string | undefined };

export interface Template {
  /** Once per item of the list; else once for the one object. */
  readonly repeats: boolean;
  readonly pieces: readonly Piece[];
}

const unescaped = (text: string): string =>
  text.replace(/\\(?:x([\da-fA-F]{2})|(.))/g, (_, hex: string | undefined, c: string) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : c === 'n' ? '\n' : c === 't' ? '\t' : c,
  );

/**
 * `{range .items[*]}{.metadata.name}{"\t"}{.spec.podCIDR}{"\n"}{end}` of jsonpath and `{{range .items}}{{.metadata.name}}{{"\n"}}{{end}}` of
 * go-template (k8s.io/client-go/util/jsonpath, text/template). Undefined for what branches, nests or does anything else.
 */
export function parseTemplate(output: string): Template | undefined {
  const match = /^(jsonpath|go-template)(?:-as-json)?=(.*)$/s.exec(output);
  const body = match?.[2]?.replace(/^(["'])(.*)\1$/s, '$2');
  if (!match || body === undefined || body.length > 4000) return undefined;
  const isGo = match[1] === 'go-template';
  const outside: Piece[] = [];
  const inside: Piece[] = [];
  let depth = 0;
  let repeats = false;
  for (const [i, part] of body
    .split(isGo ? /\{\{-?\s*(.*?)\s*-?\}\}/s : /\{\s*((?:"[^"]*"|'[^']*'|[^{}])*?)\s*\}/s)
    .entries()) {
    const pieces = depth > 0 ? inside : outside;
    const quoted = /^(["'`])(.*)\1$/s.exec(part);
    if (i % 2 === 0) {
      if (part !== '') pieces.push({ text: unescaped(part) });
    } else if (/^range\b/.test(part)) {
      if (repeats || !/^range\s*(?:\$?\w*,?\s*\$?\w* :?= )?\.?items(?:\[\*\])?$/.test(part)) return undefined;
      repeats = true;
      depth++;
    } else if (part === 'end') depth--;
    else if (quoted) pieces.push({ text: unescaped(quoted[2] ?? '') });
    else {
      const indexed = /^index \.metadata\.annotations ["'](.+)["']$/.exec(part);
      const path = indexed ? `.metadata.annotations.${indexed[1]}` : part.replace(/^@/, '');
      if (!/^\$?\w*\.|^\[/.test(path) && !indexed) return undefined;
      pieces.push({ field: fieldOfPath(path) });
    }
  }
  // `{.items[*].spec.podCIDR}` prints all values on one line: whose they are is lost.
  if (!repeats && /\.items\b/.test(body)) return undefined;
  return { repeats, pieces: repeats ? inside : outside };
}

/** The fields of one printed line; undefined when it does not fit. */
export function readByTemplate(line: string, pieces: readonly Piece[]): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>();
  let at = 0;
  for (const [i, piece] of pieces.entries()) {
    if ('text' in piece) {
      const text = piece.text.replace(/\n/g, '');
      if (!line.startsWith(text, at)) return undefined;
      at += text.length;
      continue;
    }
    const next = pieces[i + 1];
    // Two values without anything between them can't be told apart.
    if (next && !('text' in next)) return undefined;
    const stop = next && 'text' in next ? next.text.replace(/\n.*$/s, '') : '';
    const end = stop === '' ? line.length : line.indexOf(stop, at);
    if (end < 0) return undefined;
    if (piece.field !== undefined) fields.set(piece.field, line.slice(at, end));
    at = end;
  }
  return fields;
}
