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

/** What systemd-resolved asks for one link, or for all (`resolvectl status`): behind `nameserver 127.0.0.53` these are asked. */
export interface ResolvedFact extends Fact {
  readonly kind: 'resolved';
  /** Absent for the global settings. */
  readonly dev?: string;
  /** Canonical addresses in their order, as `resolver` has them. */
  readonly nameservers: readonly string[];
  readonly current?: string;
  /** Search domains; `~.` and `~cluster.local` only route names to this link. */
  readonly domains: readonly string[];
  /** How /etc/resolv.conf is made: `stub`, `uplink`, `foreign`, `static`, `missing`. */
  readonly mode?: string;
  readonly lines: readonly number[];
}
