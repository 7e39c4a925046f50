import type { Missing } from '../model/types.js';

/**
 * A walk is an ordinary function that asks: "which of these?". `explore` runs it again and again, each time along another line of answers,
 * until all are known. So the code of a step reads like the kernel's, without continuations, and a question that comes up twice in one
 * run has one answer.
 */
export interface Chooser {
  /** One of several that load balancing really takes; `weights` are their shares. Index of the answer. */
  balance(key: string, weights: readonly number[]): number;
  /** Something that is not known and changes the way: both are walked, `presumed` first. */
  either(key: string, missing: Missing, presumed: boolean): boolean;
}

/** What the runs gave, by choice. */
export type Tree<R> =
  | { readonly kind: 'leaf'; readonly result: R }
  | { readonly kind: 'balance'; readonly branches: readonly { readonly weight: number; readonly tree: Tree<R> }[] }
  | { readonly kind: 'either'; readonly missing: Missing; readonly presumed: Tree<R>; readonly other: Tree<R> };

interface Question {
  readonly kind: 'balance' | 'either';
  readonly weights: readonly number[];
  readonly missing?: Missing;
}

interface Run<R> {
  readonly asked: readonly Question[];
  readonly taken: readonly number[];
  readonly result: R;
}

/** More lines than this are not walked: the rest is told as not known. */
const MAX_RUNS = 600;

/** All lines of choices of `run`, which must be a pure function of the answers. */
export function explore<R>(run: (choose: Chooser) => R, otherwise: (why: 'too many choices') => R): Tree<R> {
  let runs = 0;
  /** One run that answers its questions by `path`, and those behind it with the first answer. */
  const once = (path: readonly number[]): Run<R> => {
    const asked: Question[] = [];
    const taken: number[] = [];
    const known = new Map<string, number>();
    const ask = (key: string, kind: Question['kind'], weights: readonly number[], missing?: Missing): number => {
      const before = known.get(key);
      if (before !== undefined) return before;
      const answer = path[taken.length] ?? 0;
      asked.push({ kind, weights, ...(missing && { missing }) });
      taken.push(answer);
      known.set(key, answer);
      return answer;
    };
    const chooser: Chooser = {
      balance: (key, weights) => (weights.length < 2 ? 0 : ask(key, 'balance', weights)),
      either: (key, missing, presumed) => (ask(key, 'either', [1, 1], missing) === 0 ? presumed : !presumed),
    };
    if (++runs > MAX_RUNS) return { asked, taken, result: otherwise('too many choices') };
    return { asked, taken, result: run(chooser) };
  };
  /** Everything below the first `depth` choices of `path`. */
  const walk = (path: readonly number[], depth: number): Tree<R> => expand(once(path), depth);
  const expand = (first: Run<R>, depth: number): Tree<R> => {
    const question = first.asked[depth];
    if (!question) return { kind: 'leaf', result: first.result };
    const here = expand(first, depth + 1);
    const prefix = first.taken.slice(0, depth);
    if (question.kind === 'either' && question.missing)
      return { kind: 'either', missing: question.missing, presumed: here, other: walk([...prefix, 1], depth + 1) };
    return {
      kind: 'balance',
      branches: question.weights.map((weight, i) => ({
        weight,
        tree: i === 0 ? here : walk([...prefix, i], depth + 1),
      })),
    };
  };
  return walk([], 0);
}
