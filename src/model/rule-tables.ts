import type { IptablesTableFact } from '../facts/index.js';
import type { Fact, PlacedCapture } from '../kit/index.js';
import { DYNAMIC_SPREAD } from './epochs.js';
import type { Scope } from './types.js';

const tablesOf = (capture: PlacedCapture): readonly IptablesTableFact[] =>
  capture.facts.filter((f): f is IptablesTableFact => f.kind === 'iptables-table');

/**
 * Would the capture have shown the rules that `scope` names? Each family and backend has a command of its own, whose name the file often does
 * not tell: its tables do. iptables-save shows all tables that exist; `-S` and `-L` the one that was asked for. `backend` is '' for
 * what does not say its own.
 */
export function coversRules(capture: PlacedCapture, scope: Scope): boolean {
  const { family, table, backend } = scope;
  const tables = tablesOf(capture);
  if (tables.length === 0) return emptyCovers(capture, family, backend);
  if (tables.some((t) => t.form !== undefined) && !tables.some((t) => t.table === table)) return false;
  return (
    (family === undefined && backend === undefined) ||
    tables.some(
      (t) =>
        (t.form === undefined || t.table === table) &&
        (family === undefined || String(t.family) === family) &&
        (backend === undefined || (t.backend ?? '') === backend),
    )
  );
}

/**
 * A dump without tables: there are none of its family. A command of one backend (`iptables-legacy-save`) says nothing of the other, and so
 * nothing of all rules together.
 */
function emptyCovers(capture: PlacedCapture, family: string | undefined, backend: string | undefined): boolean {
  const own = /\bip6?tables-(legacy|nft)(?:-save)?\b/.exec(capture.commandLine ?? capture.path)?.[1];
  if (own !== undefined || backend !== undefined) return own === backend && family === (capture.scope['family'] ?? '4');
  return family === undefined || family === (capture.scope['family'] ?? '4');
}

interface Held {
  readonly fact: IptablesTableFact;
  readonly capture: PlacedCapture;
}

/** How much a form says of each rule. */
const rankOf = ({ form }: IptablesTableFact): number => (form === undefined ? 2 : form === 'rules' ? 1 : 0);

const isWhole = ({ capture }: Held): boolean => capture.completeness === 'full' && capture.scope['chain'] === undefined;

/** Of one moment is what nothing tells apart. */
function isLater(a: PlacedCapture, b: PlacedCapture): boolean {
  if (a.round && b.round && a.round.order !== b.round.order) return a.round.order > b.round.order;
  return a.time !== undefined && b.time !== undefined && a.time - b.time > DYNAMIC_SPREAD;
}

/** Does `other` say all that `held` says, or is it of a later moment? A listing mostly does not say which backend it is of. */
function outdoes(other: Held, held: Held): boolean {
  if (other.capture === held.capture) return false;
  const [a, b] = [other.fact.backend, held.fact.backend];
  if (a !== undefined && b !== undefined && a !== b) return false;
  const [better, worse] = [rankOf(other.fact), rankOf(held.fact)];
  // Two dumps of no known backend may be of both.
  if (better === 2 && worse === 2) return false;
  if (isLater(other.capture, held.capture)) return true;
  if (isLater(held.capture, other.capture)) return false;
  return better > worse || (better === worse && !isWhole(held));
}

/** One table told several times, as collectors do (iptables-save and `iptables -L`), is one: the form that says most of its rules. */
export function toldOnce(facts: readonly { readonly fact: Fact; readonly capture: PlacedCapture }[]): readonly Held[] {
  const held = facts.filter((h): h is Held => h.fact.kind === 'iptables-table');
  const key = ({ fact }: Held): string => `${fact.family} ${fact.table}`;
  const best = new Map<string, Map<string, Held>>();
  for (const h of held) {
    if (h.fact.table === '' || !isWhole(h)) continue;
    const known = best.get(key(h)) ?? new Map<string, Held>();
    known.set(`${h.fact.backend} ${rankOf(h.fact)}`, h);
    best.set(key(h), known);
  }
  return held.filter((h) => ![...(best.get(key(h))?.values() ?? [])].some((other) => outdoes(other, h)));
}
