import type { BgpPeerFact, CalicoStatusFact } from '../facts/index.js';
import { defineParser, formatAddress, parseAddress, type Sink, type Text } from '../kit/index.js';
import { boxRow } from './text/box-table.js';

/*
 * IPv4 BGP status
 * +---------------+-------------------+-------+----------+--------------------------------+
 * | PEER ADDRESS  |     PEER TYPE     | STATE |  SINCE   |              INFO              |
 * +---------------+-------------------+-------+----------+--------------------------------+
 * | 192.168.60.42 | node-to-node mesh | start | 06:03:39 | Active Socket: Connection      |
 * |               |                   |       |          | refused                        |
 *
 * calicoctl's table writer wraps cells at 30 columns; a row whose address is empty goes on with the one above.
 */
type StatusFact = BgpPeerFact | CalicoStatusFact;

/** The last is calicoctl's of 2015 and 2016, in Python: its titles are not in capitals, and Felix and the node's own address are told too. */
const RUNNING =
  /^Calico process is (?:not )?running\.?|^calico-node container (?:is running\. Status: |(?:is )?not running)|^None of the BGP backend processes .* (?:are|is) running\.?/;
/** A daemon that is not asked for its peers: IPv6 alone, or a socket that nobody listens on. */
const HEADING =
  /^(?:IPv[46] BGP status|No IPv[46] (?:peers found|address configured)\.|Running felix version \S+|IP: \S+ +AS Number: .*|IPv[46] Bird \(BGP\) status|BIRD v?\d\S* ready\.|The BGP backend process .*|INFO: BIRDv[46] process: .*)\s*$/;
const SOCKET =
  /^(?:Error executing command: )?Error querying BIRD: |^Unable to connect to server control socket \(|^Couldn't connect to bird\.$/;
const FAILURE =
  /^(?:Error|Failed to|ERROR|.*command not found|.*: Permission denied|.*must be run as root|This command must)/;

/** `calicoctl node status`: is Calico running, and its BGP peers. */
export const calicoctlNodeStatus = defineParser<StatusFact>({
  command: 'calicoctl-node-status',
  emits: ['bgp-peer', 'calico-status'],
  scope: 'stack',
  claims: {
    command(argv) {
      const program = /^(?:calicoctl|kubectl-calico|calico)$/.test(argv[0] ?? '');
      const [a, b] = argv.slice(1).filter((word) => !word.startsWith('-'));
      return program && ((a === 'node' && b === 'status') || (a === 'status' && b === undefined)) ? {} : undefined;
    },
    file: /(?:^|-)(?:calicoctl-node-status|calico-(?:node-)?(?:status|info))(?:-|$)/,
    sniff: (head) =>
      head.some((line) => RUNNING.test(line.trim()) || /^\|\s*PEER ADDRESS\s*\|/i.test(line.trim())) ? 3 : 0,
  },
  parse(text, out) {
    let saw = false;
    for (let i = 0; i < text.count; ) {
      const line = text.line(i).trim();
      if (line.startsWith('|')) {
        i = takeRow(text, i, out);
        saw = true;
        continue;
      }
      if (RUNNING.test(line)) {
        // `None of the BGP backend processes … are running` follows `is running`: normal where only VXLAN is used.
        out.fact(i, { kind: 'calico-status', running: !/\bnot running/.test(line), message: line });
        saw = true;
      } else if (SOCKET.test(line)) {
        // Said of one family, in the middle of output; the next family's title may follow on the same line.
        if (saw) out.noise(i);
        else out.failed(i, 'command-failed', line.slice(0, 200));
        out.incomplete('truncated', line.slice(0, 200));
      } else if (line === '' || /^\+[-+]*$/.test(line) || HEADING.test(line)) out.noise(i);
      else if (FAILURE.test(line) && !saw) {
        out.failed(i, /permission|root/i.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
      } else out.gap(i, 'not a line of calicoctl node status');
      i++;
    }
  },
});

/** Of a peer at another port than BGP's own (BIRD's `Node_192_0_2_1_port_178`, whose `_` calicoctl makes dots or colons). */
const PORT = /[.:]port[.:]\d{1,5}$/;

/** One row with its continuation lines; returns the line behind it. */
function takeRow(text: Text, at: number, out: Sink<StatusFact>): number {
  const { cells, to } = boxRow(text, at);
  const [address = '', type = '', state = '', since = '', info = ''] = cells;
  for (let i = at + 1; i < to; i++) out.part(i);
  if (address.toUpperCase() === 'PEER ADDRESS' || (cells.length === 6 && address === 'Name')) out.noise(at);
  else if (cells.length === 6) takeProtocol(cells, at, out);
  else if (cells.length !== 5) out.gap(at, 'a row without five cells');
  else {
    const parsed = parseAddress(address.replace(PORT, ''));
    if (!parsed) out.gap(at, 'the address of the peer is masked or unreadable');
    else {
      out.fact(at, {
        kind: 'bgp-peer',
        address: formatAddress(parsed),
        family: parsed.family,
        type,
        state,
        ...(since !== '' && { since }),
        info: info.replace(/ {2,}/g, ' '),
      });
    }
  }
  return to;
}

const TYPES: Readonly<Record<string, string>> = { Mesh: 'node-to-node mesh', Node: 'node specific', Global: 'global' };

/** BIRD's protocols as `calicoctl status` of 2015 shows them: sessions are named after their peers, and the kernel's is none. */
function takeProtocol(
  [name = '', protocol, , state = '', since = '', info = '']: readonly string[],
  at: number,
  out: Sink<StatusFact>,
): void {
  const [, type = '', peer = ''] = /^(Mesh|Node|Global)_((?:\d{1,3}_){3}\d{1,3})$/.exec(name) ?? [];
  const parsed = parseAddress(peer.replaceAll('_', '.'));
  if (protocol !== 'BGP') out.noise(at);
  else if (!parsed) out.gap(at, 'the address of the peer is masked or unreadable');
  else
    out.fact(at, {
      kind: 'bgp-peer',
      address: formatAddress(parsed),
      family: parsed.family,
      type: TYPES[type] ?? '',
      state,
      ...(since !== '' && { since }),
      info,
    });
}
