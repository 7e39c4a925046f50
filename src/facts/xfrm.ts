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
  readonly direction: string;
  readonly action: 'allow' | 'block';
  readonly priority?: number;
  /** Ends of its tunnels, from the templates. */
  readonly tunnels: readonly { readonly source: string; readonly destination: string; readonly mode: string }[];
}
