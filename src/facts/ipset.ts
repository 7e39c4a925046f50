import type { Fact, SetContent } from '../kit/index.js';

export type { SetAnswer, SetContent, SetElement, SetMembers, SetPacket, SetSide, SetTuple } from '../kit/index.js';

/** One set of `ipset`. `setMatches` and `setContains` of kit ask it; `memberAt` of the lookups gives an element's line. */
export interface IpsetFact extends Fact, SetContent {
  readonly kind: 'ipset';
  readonly revision?: number;
  /** How many rules and lists name it. */
  readonly references?: number;
  /** Octets. */
  readonly memory?: number;
  /** Number of entries, as printed; also of a set whose elements are not listed. */
  readonly entries?: number;
}
