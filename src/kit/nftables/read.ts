import { element, type NftReader, Strange, skip } from './expression.js';
import { aside, statement, strange } from './statement.js';
import { type NftToken, nftTokens } from './tokens.js';
import type { NftElement, NftRule, NftStatement } from './types.js';

/** A rule's text read, or why it can't be. */
export type NftReading =
  | { readonly kind: 'rule'; readonly rule: NftRule }
  | { readonly kind: 'gap'; readonly reason: string };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The rule of one line, of any version of nft. What is not known becomes a statement `other` that holds its words. */
export function readNft(line: string): NftReading {
  const tokens = nftTokens(line);
  if (!tokens) return { kind: 'gap', reason: 'a quote that never closes' };
  const end = tokens.findIndex((t, i) => isSign(t, '#') && isSign(tokens[i + 1], 'handle'));
  const r: NftReader = { tokens: end === -1 ? tokens : tokens.slice(0, end), at: 0, depth: 0 };
  if (!balanced(r.tokens)) return { kind: 'gap', reason: 'brackets that do not match' };
  const statements: NftStatement[] = [];
  const rule: Mutable<NftRule> = { statements };
  while (r.at < r.tokens.length) {
    const from = r.at;
    try {
      if (aside(r, rule)) continue;
      statements.push(statement(r));
    } catch (error) {
      if (!(error instanceof Strange)) throw error;
      r.at = from;
      r.depth = 0;
      statements.push(strange(r));
    }
  }
  return { kind: 'rule', rule };
}

const isSign = (token: NftToken | undefined, text: string): boolean => token?.text === text && !token.quoted;

function balanced(tokens: readonly NftToken[]): boolean {
  let depth = 0;
  for (const t of tokens) {
    if (isSign(t, '{') || isSign(t, '(')) depth++;
    else if ((isSign(t, '}') || isSign(t, ')')) && --depth < 0) return false;
  }
  return depth === 0;
}

/** Elements between the braces of `elements = { … }`, one after the other; undefined when they can't be read. */
export function readNftElements(text: string): readonly NftElement[] | undefined {
  const tokens = nftTokens(text);
  if (!tokens) return undefined;
  const r: NftReader = { tokens, at: 0, depth: 1 };
  const elements: NftElement[] = [];
  try {
    while (r.at < tokens.length) {
      elements.push(element(r));
      if (r.at < tokens.length && !skip(r, ',')) return undefined;
    }
  } catch (error) {
    if (error instanceof Strange) return undefined;
    throw error;
  }
  return elements;
}
