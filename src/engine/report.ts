import type { Completeness, Reason } from '../kit/index.js';
import type { Confidence, Fix, NonEmpty, Outcome, Severity } from './types.js';

/** One line of the bundle as proof. */
export interface Evidence {
  /** Whole path with `!/` at each archive level. */
  readonly file: string;
  readonly line: number;
  /** The line itself; '' when it could not be read again. */
  readonly text: string;
  readonly note?: string;
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly nodes: NonEmpty<string>;
  readonly subject: string;
  readonly message: string;
  readonly evidence: NonEmpty<Evidence>;
  readonly laterEvidence: readonly Evidence[];
  readonly fix: Fix;
  /** 16 hex digits over rule, nodes and subject: stable across line numbers, times and counters. */
  readonly fingerprint: string;
  /** Fingerprints of findings that can cause this one. */
  readonly causedBy: readonly string[];
  readonly explains: {
    /** Number of findings below this one. */
    readonly findings: number;
    /** null: no packet walk was made. */
    readonly pathsBroken: number | null;
    readonly pathsRestored: number | null;
  };
}

export interface ReportMissing {
  readonly node?: string;
  readonly input: string;
  readonly reason: Reason;
  readonly detail?: string;
  readonly file?: string;
  readonly line?: number;
  /** Read-only command that would supply it. */
  readonly command?: string;
}

export interface RuleOutcome {
  readonly id: string;
  readonly outcome: Outcome;
  /** False when nothing in the input shows the technology that the rule is about. */
  readonly applicable: boolean;
  /** Inputs it lacked, also beside `found` and `clean` ("clean on 4 of 5 nodes"). */
  readonly missing: readonly ReportMissing[];
  readonly error?: string;
}

export interface ReportNode {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kubernetesName: string | null;
  readonly confidence: 'certain' | 'likely';
  readonly addresses: readonly string[];
  readonly evidence: readonly (Evidence & { readonly says: string })[];
}

export interface ReportCapture {
  readonly command: string;
  readonly commandLine: string | null;
  readonly node: string | null;
  readonly netns: string;
  readonly file: string;
  readonly line: number;
  readonly lines: number;
  readonly completeness: Completeness;
  readonly because: string | null;
  /** `present`, or why it proves nothing. */
  readonly status: 'present' | Reason;
  readonly time: string | null;
  readonly facts: number;
  readonly noise: number;
  readonly gaps: number;
  /** Of the decoded text; 0 where another capture of the same lines has them. */
  readonly bytes: number;
}

export interface ReportGap {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  readonly command: string;
}

export interface ReportUnread {
  readonly file: string;
  readonly line?: number;
  readonly lines?: number;
  readonly reason: string;
  readonly detail: string;
}

/** One input of a diagnosis on one node (null: of the cluster). */
export interface ReportInput {
  readonly node: string | null;
  /** As a person calls it: `ip neigh`. */
  readonly input: string;
  readonly status: 'present' | Reason;
  readonly because: string | null;
  /** Read-only command that supplies it. */
  readonly command: string | null;
}

/** What became of the input's bytes: facts + noise + gaps + unread = total. Counted in decoded text; files that were not opened as stored. */
export interface ReportBytes {
  readonly total: number;
  readonly facts: number;
  readonly noise: number;
  readonly gaps: number;
  readonly unread: number;
}

export interface ReportLink {
  readonly from: string;
  readonly to: string;
  readonly kind: string;
}

export interface Report {
  readonly schema: 'dumplint/report@1';
  readonly tool: { readonly name: 'dumplint'; readonly version: string; readonly ruleset: string };
  readonly bundle: {
    readonly paths: readonly string[];
    readonly layout: string;
    readonly nodes: readonly ReportNode[];
    /** First and last capture time as RFC 3339, when known. */
    readonly from: string | null;
    readonly to: string | null;
  };
  readonly topology: {
    /** One sentence: `flannel vxlan (VNI 1, port 8472), pods 10.244.0.0/16`. */
    readonly summary: string;
    readonly nodes: readonly string[];
    readonly devices: readonly {
      readonly node: string;
      readonly name: string;
      readonly kind: string;
      readonly addresses: readonly string[];
    }[];
    readonly links: readonly ReportLink[];
  };
  /** Causes first, their effects behind them, then the rest; see engine/causes. */
  readonly findings: readonly Finding[];
  readonly suppressed: readonly { readonly fingerprint: string; readonly rule: string; readonly reason: string }[];
  readonly rules: readonly RuleOutcome[];
  readonly coverage: {
    readonly captures: readonly ReportCapture[];
    readonly gaps: readonly ReportGap[];
    /** Gaps beyond the cap of the list. */
    readonly gapsOmitted: number;
    readonly unread: readonly ReportUnread[];
    readonly inputs: readonly ReportInput[];
    readonly bytes: ReportBytes;
  };
  /** Sentences about the run itself: ignored configuration, unmatched suppression, cut input. */
  readonly notes: readonly string[];
  readonly summary: {
    readonly errors: number;
    readonly warnings: number;
    readonly infos: number;
    readonly causes: number;
    readonly symptoms: number;
    readonly clean: number;
    readonly notAssessed: number;
    readonly notApplicable: number;
    readonly crashed: number;
    readonly files: number;
    readonly captures: number;
    readonly unread: number;
    readonly gaps: number;
    /** Pairs of ends whose way was walked; null: no rule asked for it, or it could not be made. */
    readonly pathsWalked: number | null;
  };
}
