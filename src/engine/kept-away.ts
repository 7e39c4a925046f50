import { type At, parseAddress } from '../kit/index.js';
import type { Because } from '../path/index.js';
import type { EvidenceDraft, View } from './types.js';

/** The rule that keeps a connection between two ends away, as the walk shows it. */
export interface KeptAway {
  readonly says: string;
  readonly evidence: EvidenceDraft;
  /** Neither end reaches the other's port: no connection comes about, whoever begins. */
  readonly both: boolean;
}

/** One end of a connection that either may begin. */
interface End {
  readonly node: string | undefined;
  readonly address: string | undefined;
}

type Seen = Pick<View<never>, 'paths' | 'node' | 'notComparable' | 'model'>;

/** The rule of a firewall by which a connection is lost. Of links, routes and neighbours other rules tell. */
function lostAt({ paths }: Seen, node: string, address: string, port: number): Because | undefined {
  const asked = paths.trace({ src: `node:${node}`, dst: address, proto: 'tcp', port });
  const because = asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because : undefined;
  return because?.hook === undefined ? undefined : because;
}

/** Walks a TCP connection to a port from here to there, and the other way round. `beside`: the line that it explains. */
export function keptAway(view: Seen, here: End, there: End, port: number, beside: At): KeptAway | undefined {
  const hides = (node: string | undefined): boolean => node !== undefined && view.node(node)?.obfuscated !== undefined;
  // Some tools name a session and not its peer.
  const isAddress = there.address !== undefined && parseAddress(there.address) !== undefined;
  if (here.node === undefined || there.address === undefined || !isAddress || view.model.obfuscated || hides(here.node))
    return undefined;
  const to = lostAt(view, here.node, there.address, port);
  const isBack = there.node !== undefined && here.address !== undefined && view.node(there.node) !== undefined;
  const back = isBack ? lostAt(view, there.node ?? '', here.address ?? '', port) : undefined;
  const because = to ?? back;
  const [at] = because?.evidence ?? [];
  if (!because || at === undefined || view.notComparable(at, beside) !== undefined) return undefined;
  const from = because === to ? here.node : there.node;
  const what =
    because.direction === 'request'
      ? `the connection of ${from} to TCP ${port}`
      : `what answers ${from} from TCP ${port}`;
  return {
    says: `${what} ends on ${because.node} (${because.reason})`,
    evidence: { at, note: `this keeps TCP ${port} away` },
    both: to !== undefined && back !== undefined,
  };
}
