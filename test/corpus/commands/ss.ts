import type { ConnectionsFact, SocketFact } from '../../../src/facts/index.js';
import { canonicalAddress } from '../../../src/kit/index.js';
import type { CorpusCommand } from '../corpus.js';

/** jc's row of `ss`. */
interface Row {
  readonly netid?: string;
  readonly state?: string;
  readonly recv_q?: number;
  readonly send_q?: number;
  readonly local_address?: string;
  readonly local_port?: string;
  readonly local_port_num?: number;
  readonly peer_address?: string;
  readonly peer_port_num?: number;
  readonly opts?: { readonly process_id?: Readonly<Record<string, { readonly user: string }>> };
}

type Fact = SocketFact | ConnectionsFact;

const INET = new Set(['tcp', 'udp', 'raw', 'icmp6', 'sctp']);

/** Without brackets and device, in canonical text; '' for a name. */
const addressOf = (text: string | undefined): string => {
  const bare = (text ?? '').replace(/[[\]]/g, '').replace(/%.*$/, '');
  return bare === '*' ? '*' : (canonicalAddress(bare) ?? '');
};

/** Of a connection a well-known name is its number; of a listener the name is compared nowhere. */
const portOf = (r: Row): number | undefined => (r.state === 'ESTAB' && r.local_port === 'ssh' ? 22 : r.local_port_num);

const row = (
  protocol: string | undefined,
  state: string | undefined,
  address: string,
  port: number | undefined,
  recvQ: number | undefined,
  sendQ: number | undefined,
) => [protocol, state, address, port ?? 0, recvQ ?? 0, sendQ ?? 0].join(' ');

function rowsOf(facts: readonly Fact[]): string[] {
  return facts.flatMap((f) =>
    f.kind === 'socket'
      ? [row(f.protocol, f.state, f.address ?? '', f.service === undefined ? f.port : 0, f.recvQ, f.sendQ)]
      : f.state.map((state, i) => row(f.protocol, state, f.local[i] ?? '', f.localPort[i], f.recvQ[i], f.sendQ[i])),
  );
}

export const ss: CorpusCommand = {
  command: 'ss',
  folders: ['ss'],
  oracle(file, facts) {
    if (file.answer === undefined) return undefined;
    const rows = (file.answer as readonly Row[]).filter((r) => INET.has(r.netid ?? ''));
    const names = new Set(rows.flatMap((r) => Object.values(r.opts?.process_id ?? {}).map((p) => p.user)));
    const found = (facts as readonly Fact[]).flatMap((f) =>
      f.kind === 'socket' ? (f.processes ?? []) : f.process.filter((p) => p !== ''),
    );
    return {
      ours: [...rowsOf(facts as readonly Fact[]).sort(), ...new Set([...found].sort())],
      theirs: [
        ...rows.map((r) => row(r.netid, r.state, addressOf(r.local_address), portOf(r), r.recv_q, r.send_q)).sort(),
        ...[...names].sort(),
      ],
    };
  },
};
