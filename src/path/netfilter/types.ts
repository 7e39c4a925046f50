import type { At } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import type { Entry, Zones } from '../conntrack.js';
import type { Walk } from '../context.js';
import type { Machine } from '../machine.js';
import type { HookName, Ip, Packet } from '../types.js';

/** Where packets of IP meet chains. */
export type IpHook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
export type { HookName } from '../types.js';

/** What a rule can ask of a packet at a hook. */
export interface HookContext {
  readonly walk: Walk;
  readonly machine: Machine;
  readonly hook: HookName;
  readonly packet: Packet;
  /** '' where the hook has none. */
  readonly iif: string;
  readonly oif: string;
  /** Ports of a bridge that the frame crosses (br_netfilter's physdev). */
  readonly physIn?: string;
  readonly physOut?: string;
  /** Where the frame came from; absent where that is not known, or where there was none. */
  srcMac?: string;
  /** Of frames at the hooks of a bridge, where rules change both. */
  dstMac?: string;
  /** The bridge whose own chains see the frame, and its lladdr. */
  readonly bridge?: string;
  readonly bridgeMac?: string;
  /** Next hop, at hooks behind the routing decision. */
  readonly nexthop?: Ip;
  readonly conn: Connection;
  /** Where the rule that runs asked for the way back to the packet's source, and it is another one than the packet came by. */
  back?: { readonly says: string; readonly at: readonly At[] } | undefined;
  /** Table and chain of the rule that runs. */
  table?: string;
  chain?: string;
}

/** What conntrack knows of the packet. */
export interface Connection {
  /** `untracked` once a rule of the table raw said so. */
  state: 'new' | 'established' | 'related' | 'invalid' | 'untracked';
  readonly direction: 'original' | 'reply';
  readonly entry: Entry | undefined;
  /** What a rule before conntrack asked for (the template of nf_ct_zone_tmpl). */
  zones?: Zones;
}

export type RejectWith = string;

/** What a rule does with a packet that it matches. Undefined: it goes on with the next rule. */
export type RuleVerdict =
  | { readonly kind: 'accept' }
  /** `why`: what the rule itself does not say. */
  | { readonly kind: 'drop'; readonly why?: string }
  | { readonly kind: 'reject'; readonly with: RejectWith }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string; readonly goto: boolean }
  /** Program in user space, or a target that may do anything. */
  | { readonly kind: 'unknown'; readonly missing: Missing }
  | undefined;

/** A rule compiled: matches, and acts. It may ask the walk to fork. */
export interface CompiledRule {
  readonly at: At;
  /** As the dump prints it, for the trace. */
  readonly text: string;
  /** Exact destination and destination port, when it asks for them: how long chains are skipped. */
  readonly onlyDst?: string;
  run(c: HookContext): RuleVerdict;
}

export interface Chain {
  readonly name: string;
  readonly at: At;
  /** Of base chains. */
  readonly policy?: 'accept' | 'drop';
  /** Compiled when first entered. */
  rules(): readonly CompiledRule[];
}

/** A chain that the kernel calls. */
export interface BaseChain {
  readonly hook: HookName;
  readonly priority: number;
  readonly type: 'filter' | 'nat' | 'route';
  /** `iptables filter`, `nft inet firewalld`. */
  readonly table: string;
  readonly chain: Chain;
  readonly find: (name: string) => Chain | undefined;
  /** Of iptables-legacy: no listing tells whether its table is older than those of nft. */
  readonly ageless?: true;
  /** Of `ingress` and `egress` alone. */
  readonly devices?: readonly string[];
}

/** All rules of one family in one stack, in the order in which a hook calls them. */
export interface Ruleset {
  readonly hooks: Readonly<Record<IpHook, readonly BaseChain[]>>;
  /** What was not captured: rules that may be there as well. */
  readonly missing: readonly Missing[];
  /** What is taken for granted of the rules. */
  readonly assumptions?: readonly string[];
}
