import type { Fact } from '../kit/index.js';

/** `ufw status`: is Ubuntu's host firewall on, and what does it do with what no rule speaks of? */
export interface UfwFact extends Fact {
  readonly kind: 'ufw';
  readonly active: boolean;
  /** `ufw status verbose` only: ufw's words, `deny`, `allow`, `reject`; `disabled` where routing is off (net.ipv4.ip_forward of its own settings). */
  readonly defaults?: { readonly incoming: string; readonly outgoing: string; readonly routed?: string };
  /** `off`, `low`, `medium` … */
  readonly logging?: string;
}

/** One end of a rule of ufw. */
export interface UfwEnd {
  /** Canonical; absent for `Anywhere`. */
  readonly prefix?: string;
  /** `22`, `80,443`, `30000:32767`; absent for all, or where the rule names an application. */
  readonly ports?: string;
  /** Name of an application's profile, whose ports only the verbose form shows. */
  readonly app?: string;
  /** Device, as `on eth0` has it: of incoming rules behind what they go to, of outgoing ones behind what they come from. */
  readonly dev?: string;
}

/** One rule of `ufw status`, in the order in which they are tried (`numbered`), which the plain form keeps within each direction. */
export interface UfwRuleFact extends Fact {
  readonly kind: 'ufw-rule';
  readonly family: 4 | 6;
  readonly action: 'allow' | 'deny' | 'reject' | 'limit';
  readonly direction: 'in' | 'out' | 'forward';
  readonly protocol?: string;
  readonly to: UfwEnd;
  readonly from: UfwEnd;
  readonly number?: number;
  readonly comment?: string;
}

/** What zones and policies of firewalld have in common. */
export interface FirewalldRules {
  readonly services: readonly string[];
  /** `10250/tcp`, `30000-32767/tcp`. */
  readonly ports: readonly string[];
  readonly protocols: readonly string[];
  readonly masquerade: boolean;
  /** `port=80:proto=tcp:toport=8080:toaddr=10.0.0.1`. */
  readonly forwardPorts: readonly string[];
  readonly sourcePorts: readonly string[];
  readonly icmpBlocks: readonly string[];
  readonly richRules: readonly string[];
}

/** One zone: `firewall-cmd --list-all`, `--list-all-zones`, `--info-zone`. */
export interface FirewalldZoneFact extends Fact, FirewalldRules {
  readonly kind: 'firewalld-zone';
  readonly name: string;
  readonly active: boolean;
  /** Set where the listing tells it; new interfaces go here. */
  readonly isDefault?: true;
  /** What comes in and meets no rule: `default` (reject, ICMP apart), `ACCEPT`, `DROP`, `%%REJECT%%`. Absent before firewalld 0.4. */
  readonly target?: string;
  readonly icmpBlockInversion?: boolean;
  readonly interfaces: readonly string[];
  /** Prefixes (canonical), MAC addresses, `ipset:NAME`. */
  readonly sources: readonly string[];
  /** Between interfaces and sources of this zone; absent before firewalld 0.9, which does not forward so. */
  readonly forward?: boolean;
  /** The configuration for the next start (`--permanent`), and not what is in force: absence is asked for with it, `{ permanent: 'false' }`. */
  readonly permanent: boolean;
}

/** What firewalld does between zones: `--list-all-policies`, `--info-policy`. */
export interface FirewalldPolicyFact extends Fact, FirewalldRules {
  readonly kind: 'firewalld-policy';
  readonly name: string;
  readonly active: boolean;
  readonly priority: number;
  /** `CONTINUE`, `ACCEPT`, `REJECT`, `DROP`. */
  readonly target: string;
  readonly ingressZones: readonly string[];
  readonly egressZones: readonly string[];
  readonly permanent: boolean;
}

/** Which interfaces and sources are in which zone now: `--get-active-zones`. */
export interface FirewalldActiveZoneFact extends Fact {
  readonly kind: 'firewalld-active-zone';
  readonly name: string;
  readonly interfaces: readonly string[];
  readonly sources: readonly string[];
}

/** Rules past the zones: `--direct --get-all-rules`, and passthroughs, which have neither table nor chain of their own. */
export interface FirewalldDirectRuleFact extends Fact {
  readonly kind: 'firewalld-direct-rule';
  readonly family: 'ipv4' | 'ipv6' | 'eb';
  readonly table?: string;
  readonly chain?: string;
  readonly priority?: number;
  /** In iptables' words: `-i cni0 -j ACCEPT`, of a passthrough `-I FORWARD -i cni0 -j ACCEPT`. */
  readonly text: string;
  readonly permanent: boolean;
}

/** `firewall-cmd --state`, `--get-default-zone`: one of the two. */
export interface FirewalldStateFact extends Fact {
  readonly kind: 'firewalld-state';
  readonly state?: 'running' | 'not running' | 'failed';
  readonly defaultZone?: string;
}
