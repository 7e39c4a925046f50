import type { AddressFact, BridgePortFact, LinkCounters, LinkFact } from '../../../facts/index.js';
import type { Draft, Sink } from '../../../kit/index.js';
import type { Failures } from '../failure.js';
import type { LinkFields } from './header.js';
import type { AddressFields } from './inet.js';

/** Where addresses go; `ip link` has none. */
export type TakeAddress = (line: number, fact: Draft<AddressFact>) => void;

export interface Block {
  /** Line of the header; no fields when lines came without one (somebody grepped). */
  readonly line: number;
  /** Line of the settings that its master gives it. */
  slaveLine: number | undefined;
  readonly fields: LinkFields | undefined;
  readonly addresses: { readonly line: number; readonly dev: string; readonly fields: AddressFields }[];
  /** Said after the facts, so that a line that is both (`-o`) ends as a gap. */
  readonly gaps: { readonly line: number; readonly reason: string }[];
  /** Another device's label was seen below this header: lines between were cut away. */
  broken: boolean;
  /** Settings of `-d` were printed: a line with the kind may follow. */
  details: boolean;
  /** Counters behind a `vf` line are those of the virtual function. */
  inVf: boolean;
  counters: LinkCounters | undefined;
}

export const newBlock = (line: number, fields?: LinkFields): Block => ({
  line,
  slaveLine: undefined,
  fields,
  addresses: [],
  gaps: [],
  broken: false,
  details: false,
  inVf: false,
  counters: undefined,
});

export interface State {
  readonly out: Sink<LinkFact | BridgePortFact>;
  readonly address: TakeAddress | undefined;
  /** Device that the command line asked for. */
  readonly asked: string | undefined;
  readonly failures: Failures;
  block: Block;
  /** Address that a `valid_lft` line belongs to; 'gap' behind one that could not be read. */
  last: AddressFields | 'gap' | undefined;
  stats: { readonly received: boolean; readonly columns: readonly string[] } | undefined;
  some: boolean;
  /** Headers, and `link/` lines below them: `-4` and `-6` print the first without the second. */
  headers: number;
  layers: number;
  /** Addresses of `-o`, which prints no devices beside them. */
  oneline: boolean;
  /** `-d` was given. */
  detailed: boolean;
  /** A device has a master and no settings for it: an `ip` too old to print those of bridge ports. */
  portless: boolean;
}
