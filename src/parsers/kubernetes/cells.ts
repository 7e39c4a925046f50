import type { AnyFact } from '../../facts/index.js';
import { type Draft, parseAddress } from '../../kit/index.js';

/** Cells of one row by column name. */
export type Row = Readonly<Record<string, string | undefined>>;
/** A row's facts, or why it has none. */
export type RowReading<F extends AnyFact = AnyFact> =
  | { readonly facts: readonly Draft<F>[]; readonly more?: string }
  | { readonly gap: string };

export const MASKED = { gap: 'an address is masked or unreadable' } as const;
export const isAddress = (text: string): boolean => parseAddress(text) !== undefined;

/** `<none>`, `<unknown>` and their HTML spelling mean nothing is there. */
export const given = (cell: string | undefined): string | undefined =>
  cell === undefined || cell === '' || /^(?:<|&lt;)(?:none|unknown|unset|invalid)(?:>|&gt;)$/.test(cell)
    ? undefined
    : cell;

export const listed = (cell: string | undefined): string[] => given(cell)?.split(',') ?? [];

/** `kubectl get pods,svc` and `get all` print `pod/NAME`. */
export const bareName = (cell: string | undefined): string => (cell ?? '').replace(/^[\w.]+\//, '');

/** The type in `daemonset.apps/kube-proxy`; undefined when the name stands alone. */
export const typeInName = (cell: string | undefined): string | undefined => /^([\w.]+)\//.exec(cell ?? '')?.[1];

/** Labels or a selector: `run=my-nginx,tier=web`. */
export function pairs(cell: string | undefined): Record<string, string> | undefined {
  if (cell === undefined) return undefined;
  return Object.fromEntries(
    listed(cell).map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}

export const countIn = (cell: string | undefined): number | undefined =>
  cell !== undefined && /^\d{1,9}$/.test(cell) ? Number(cell) : undefined;
