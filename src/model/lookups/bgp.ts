import type { BgpPeerFact, BirdProtocolFact } from '../../facts/index.js';

/** One BGP session as a node sees it, whichever tool told. */
export interface BgpSession {
  /** Peer's address; BIRD's name of the protocol where that tells none. */
  readonly peer: string;
  /** `mesh`: Calico made it between all nodes. */
  readonly kind: 'mesh' | 'other';
  readonly established: boolean;
  /** Two captures of it disagree. */
  readonly changing: boolean;
  /** State and information as printed: `Active Socket: Connection refused`. */
  readonly says: string;
  readonly since?: string;
  readonly facts: readonly [BirdProtocolFact | BgpPeerFact, ...(BirdProtocolFact | BgpPeerFact)[]];
}

type SessionFact = BirdProtocolFact | BgpPeerFact;

/** confd's templates name sessions so; a BIRD that somebody runs beside Calico has names of its own. */
const isCalicoSession = (f: BirdProtocolFact): boolean => f.protocol === 'BGP' && /^(?:Mesh|Node|Global)_/.test(f.name);

const peerOf = (f: SessionFact): string => (f.kind === 'bgp-peer' ? f.address : (f.neighbour ?? f.name));
const isMesh = (f: SessionFact): boolean =>
  f.kind === 'bgp-peer' ? f.type === 'node-to-node mesh' : /^Mesh_/.test(f.name);
/** BIRD shows `wait` and `feed` while a session that is up exchanges its first routes (proto_state_name in nest/proto.c). */
const isEstablished = (f: SessionFact): boolean =>
  /^(?:up|wait|feed)$/.test(f.state) && /^Established/.test(f.info ?? '');

function saysOf(f: SessionFact): string {
  const info = (f.info ?? '').replace(/\s+/g, ' ').trim();
  return info === '' ? f.state : /^Established/.test(info) ? `${f.state} ${info}` : info;
}

export interface SessionFacts {
  readonly 'bird-protocol': readonly BirdProtocolFact[];
  readonly 'bgp-peer': readonly BgpPeerFact[];
}

function sessionsOf(facts: SessionFacts): readonly BgpSession[] {
  const byPeer = new Map<string, SessionFact[]>();
  for (const f of [...facts['bird-protocol'].filter(isCalicoSession), ...facts['bgp-peer']]) {
    const peer = peerOf(f);
    const rows = byPeer.get(peer);
    if (rows) rows.push(f);
    else byPeer.set(peer, [f]);
  }
  return [...byPeer].flatMap(([peer, [first, ...rest]]) => {
    if (!first) return [];
    const all = [first, ...rest];
    const bad = all.find((f) => !isEstablished(f));
    const since = (bad ?? first).since;
    return [
      {
        peer,
        kind: all.some(isMesh) ? ('mesh' as const) : ('other' as const),
        established: bad === undefined,
        changing: bad !== undefined && all.some(isEstablished),
        says: saysOf(bad ?? first),
        ...(since !== undefined && { since }),
        facts: [first, ...rest] as const,
      },
    ];
  });
}

const known = new WeakMap<
  readonly BgpPeerFact[],
  { bird: readonly BirdProtocolFact[]; sessions: readonly BgpSession[] }
>();

/** Sessions of one host: rows of BIRD and of calicoctl about one peer are one session. Computed once per host. */
export function bgpSessions(facts: SessionFacts): readonly BgpSession[] {
  const peers = facts['bgp-peer'];
  const bird = facts['bird-protocol'];
  let made = known.get(peers);
  if (made?.bird !== bird) {
    made = { bird, sessions: sessionsOf(facts) };
    known.set(peers, made);
  }
  return made.sessions;
}

/** What BIRD's INFO column says of the cause (proto/bgp/bgp.c: bgp_state_dsc, bgp_err_class). The first match counts. */
const CAUSES: readonly (readonly [RegExp, string])[] = [
  [/Connection refused/i, 'nothing listens on TCP 179 there, so BIRD is not running or listens on another address'],
  [/No route to host|unreachable/i, "the peer's address has no route or a firewall rejects TCP 179"],
  [/timed out/i, 'TCP 179 gets no answer: a firewall drops it or the address is wrong'],
  [/Hold timer expired/i, 'keepalives got lost: a firewall, the MTU or a peer without CPU'],
  [/Bad peer AS/i, 'the peer has another AS number than configured'],
  [
    /Connection closed|Connection reset|Connection rejected|Unacceptable|Cease/i,
    'the peer closes the connection: it expects another source address, AS number or password',
  ],
  [/OpenSent|OpenConfirm/i, 'TCP connects but the peer does not agree: AS number, password or source address'],
  [/Passive/i, 'this side waits for the peer to connect, and it does not'],
  [/^down/i, 'the session is shut down'],
  [/Active|Connect/i, 'TCP 179 of the peer does not answer: a firewall, a wrong address, or no BIRD there'],
];

/** Most probable cause of a session that is down, as a clause. */
export const bgpCause = (session: BgpSession): string =>
  CAUSES.find(([pattern]) => pattern.test(session.says))?.[1] ?? 'the session is not up';

/** Seconds since a session got into its state, at `now`. Both clocks are the node's; its zone is unknown, so only UTC is understood. */
export function secondsInState(session: BgpSession, now: number | undefined): number | undefined {
  const m = /^(\d\d):(\d\d):(\d\d)/.exec(session.since ?? '');
  if (now === undefined || !m) return undefined;
  const since = Number(m[1]) * 3600 + Number(m[2]) * 60 + Number(m[3]);
  return (((Math.floor(now) - since) % 86400) + 86400) % 86400;
}

/** Sessions that other hosts have with `node`; `owners` gives the node of each address. */
export const sessionsTowards = (
  hosts: readonly { readonly node: string; readonly facts: Parameters<typeof bgpSessions>[0] }[],
  owners: ReadonlyMap<string, string>,
  node: string,
): readonly { readonly node: string; readonly session: BgpSession }[] =>
  hosts
    .filter((h) => h.node !== node)
    .flatMap((h) =>
      bgpSessions(h.facts)
        .filter((s) => owners.get(s.peer) === node)
        .map((session) => ({ node: h.node, session })),
    );
