import type { Owners } from './owners.js';

/** What differs between devices that are alike, and decides nothing. */
const NOISE = new Set(
  'at generated index peerIndex peerName netnsId netnsName altNames counters state validLifetime bridge_id designated_root designated_bridge designated_port root_port root_path_cost port_id port_no hold_timer message_age_timer forward_delay_timer hello_timer tcn_timer topology_change_timer gc_timer topology_change topology_change_detected topology_change_ack config_pending group_address fdb_n_learned inode pid process'.split(
    ' ',
  ),
);
/** Of links alone: their `state` is told by their flags; a neighbour's is what counts. */
const STATEFUL: ReadonlySet<string> = new Set(['neigh', 'bridge-port', 'packet']);

/** Whom a text speaks of. */
export interface Said {
  readonly text: string;
  readonly peers: ReadonlySet<string>;
  readonly pods: ReadonlySet<string>;
  readonly self: boolean;
}

const names = new Map<string, string>();
/** Keys are few, and told for each fact. */
function nameOf(key: string): string {
  const known = names.get(key);
  if (known !== undefined) return known;
  const made = `${key}:`;
  names.set(key, made);
  return made;
}

export function leaves(value: unknown, kind: string, out: string[]): void {
  if (typeof value === 'string') out.push(value);
  else if (Array.isArray(value)) for (const v of value) leaves(v, kind, out);
  else if (typeof value === 'object' && value !== null)
    for (const key in value) {
      if (NOISE.has(key) && !(key === 'state' && STATEFUL.has(kind))) continue;
      out.push(nameOf(key));
      leaves((value as Readonly<Record<string, unknown>>)[key], kind, out);
    }
  else out.push(String(value));
}

/** What one word of a fact says of whom. */
interface SaidLeaf {
  readonly text: string;
  readonly peers: readonly string[];
  readonly pods: readonly string[];
  readonly self: boolean;
}

function sayLeaf(owners: Owners, node: string, leaf: string): SaidLeaf {
  const port = owners.port(node, leaf);
  if (port !== undefined) return { text: '<port>', peers: [], pods: [port], self: false };
  // A rule's text names ports among its words.
  const named = leaf.includes(' -') ? (leaf.match(/[\w.]+/g) ?? NONE) : NONE;
  const pods = named.flatMap((word) => owners.port(node, word) ?? []);
  if (!/[.:]/.test(leaf)) return { text: leaf, peers: NONE, pods, self: false };
  const peers: string[] = [];
  let self = false;
  const text = owners.replace(leaf, (owner) => {
    if (owner.pod !== undefined) {
      pods.push(owner.pod);
      return owner.node === node ? '<pod>' : undefined;
    }
    if (owner.node === node) self = true;
    else peers.push(owner.node);
    return owner.node === node ? `<own ${owner.token}>` : `<peer ${owner.token}>`;
  });
  return { text, peers, pods, self };
}

const NOBODY: ReadonlySet<string> = new Set();
const NONE: readonly string[] = [];

/** Tells facts as text, as their own node would say it. Words are few: most come again and again. */
export function sayer(owners: Owners, node: string): (leavesOfFact: readonly string[]) => Said {
  const known = new Map<string, SaidLeaf>();
  return (leavesOfFact) => {
    // Most facts speak of nobody.
    let peers: Set<string> | undefined;
    let pods: Set<string> | undefined;
    let self = false;
    const words: string[] = [];
    for (const leaf of leavesOfFact) {
      let said = known.get(leaf);
      if (said === undefined) {
        said = sayLeaf(owners, node, leaf);
        known.set(leaf, said);
      }
      words.push(said.text);
      if (said.peers.length > 0) for (const peer of said.peers) peers = (peers ?? new Set()).add(peer);
      if (said.pods.length > 0) for (const pod of said.pods) pods = (pods ?? new Set()).add(pod);
      self ||= said.self;
    }
    return { text: words.join(' '), peers: peers ?? NOBODY, pods: pods ?? NOBODY, self };
  };
}
