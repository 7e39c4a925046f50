import type { Fact } from '../kit/index.js';

/** `/etc/resolv.conf`. One fact per capture. */
export interface ResolverFact extends Fact {
  readonly kind: 'resolver';
  /** Canonical addresses in their order; a zone stays: `fe80::1%eth0`. */
  readonly nameservers: readonly string[];
  /** Of `search` and `domain` the last line counts, as in glibc. */
  readonly search: readonly string[];
  /** `ndots:5`, `rotate`, as written. */
  readonly options: readonly string[];
  /** Line of each nameserver, in the order of `nameservers`, for evidence beyond the first. */
  readonly lines: readonly number[];
}
