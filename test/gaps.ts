import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** One kind of gap as docs/gaps.md lists it. */
export interface GapKind {
  readonly kind: string;
  readonly patterns: readonly string[];
}

/** The table of docs/gaps.md. */
export const gapKinds: readonly GapKind[] = readFileSync(join(root, 'docs', 'gaps.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('`'))
  .map((line) => {
    const [, kind = '', reasons = ''] = line.split(' | ').map((cell) => cell.replace(/^\|\s*|\s*\|$/g, ''));
    return {
      kind: line.split('|')[1]?.trim() ?? kind,
      patterns: [...(line.split('|')[2] ?? reasons).matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? ''),
    };
  });

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Does a pattern of the table say that reason? */
export const fits = (pattern: string, reason: string): boolean =>
  new RegExp(`^${pattern.split('…').map(escaped).join('.*')}$`).test(reason);

/** Patterns that say the reason. */
export const kindsOf = (reason: string): readonly string[] =>
  gapKinds.filter((k) => k.patterns.some((p) => fits(p, reason))).map((k) => k.kind);

function sources(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Texts between quotes; what a template fills in is `…`. */
function literals(source: string): readonly string[] {
  return [...source.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map((m) =>
    (m[1] ?? m[2] ?? m[3] ?? '').replace(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '…').replaceAll('\\', ''),
  );
}

/** What stands between the parenthesis at `open` and its own end. */
function within(source: string, open: number): string {
  let depth = 0;
  for (let i = open; i < source.length; i++) {
    const c = source[i];
    if (c === "'" || c === '`' || c === '"') {
      for (i++; i < source.length && source[i] !== c; i++) if (source[i] === '\\') i++;
    } else if (c === '(') depth++;
    else if (c === ')' && --depth === 0) return source.slice(open + 1, i);
  }
  return '';
}

const isSentence = (text: string): boolean =>
  /^(?:[a-z]+|JSON|YAML|I[A-Z]\w+|…) \S|^not /.test(text) && text.length < 120;

/** Every reason that a parser's source hands to a gap: as an argument, or from a function that returns it in place of a fact. */
export function reasonsInSource(): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const path of sources(join(root, 'src', 'parsers'))) {
    const source = readFileSync(path, 'utf8')
      .replace(/\/\*[\s\S]*?\*\//g, '')
      .replace(/^\s*\/\/.*$/gm, '');
    const add = (texts: readonly string[]): void => {
      for (const text of texts) if (isSentence(text)) reasons.set(text, path.slice(root.length + 1));
    };
    for (const call of source.matchAll(/\b(?:gap|Broken)\(/g))
      add(literals(within(source, call.index + call[0].length - 1)));
    // What a reader of YAML or JSON returns in place of the value.
    add([...source.matchAll(/\berror:\s+('[^'\n]*'|`[^`]*`)/g)].flatMap((m) => literals(m[1] ?? '')));
    // `Draft<…> | string`: a text in place of a fact is the reason why there is none.
    for (const fn of source.matchAll(/\)(?:: [^\n;{}=]*\|\s*string\b[^\n;{}=]*)(?: =>)?\s*(?=[{\n])/g))
      add(
        [
          ...source.slice(fn.index, source.indexOf('\n}', fn.index)).matchAll(/(?:return|\?|:)\s+('[^'\n]*'|`[^`]*`)/g),
        ].flatMap((m) => literals(m[1] ?? '')),
      );
  }
  return reasons;
}
