import type { Fact } from '../kit/index.js';

/** One security association: `ip xfrm state`. Its keys are read past. */
export interface XfrmStateFact extends Fact {
  readonly kind: 'xfrm-state';
  readonly source: string;
  readonly destination: string;
  /** `esp`, `ah`, `comp` … */
  readonly proto: string;
  readonly mode: string;
  readonly spi?: number;
  readonly reqid?: number;
}

/** One policy: `ip xfrm policy`. */
export interface XfrmPolicyFact extends Fact {
  readonly kind: 'xfrm-policy';
  /** Canonical prefixes. */
  readonly source: string;
  readonly destination: string;
  /** `in`, `out` or `fwd`; of one socket only: `socket-in`, `socket-out`. */
  readonly direction: string;
  readonly action: 'allow' | 'block';
  readonly priority?: number;
  /** What else a packet must be. A port is that of TCP, UDP and their like, `type` and `code` those of ICMP. */
  readonly selector?: {
    /** As the tool says it: `tcp`, `ipv6-icmp`, a number. */
    readonly proto?: string;
    readonly sport?: number;
    readonly dport?: number;
    readonly type?: number;
    readonly code?: number;
    readonly dev?: string;
    /** Of GRE. */
    readonly key?: number;
  };
  readonly mark?: { readonly value: number; readonly mask: number };
  /** Only for packets of the xfrm device with that id. */
  readonly ifId?: number;
  /** It is asked before those of the main sort. */
  readonly sub?: true;
  /** Its templates, with their ends; `optional`: what comes or goes without is let on (`level use`). */
  readonly tunnels: readonly {
    readonly source: string;
    readonly destination: string;
    readonly mode: string;
    readonly optional?: true;
  }[];
}

/** What happens to packets of a direction that no policy is for: `ip xfrm policy getdefault`. */
export interface XfrmDefaultFact extends Fact {
  readonly kind: 'xfrm-default';
  readonly direction: string;
  readonly action: 'accept' | 'block';
}
