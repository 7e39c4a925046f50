import { type CaptureContext, defineParser, parseAddress, type Text } from '../kit/index.js';
import { hexAddress, type Order } from './proc/hex.js';
import { type Endpoint, unmapped } from './socket/endpoint.js';
import { type SocketsFact, socketTable, stateByNumber } from './socket/table.js';
import { collectFailures } from './text/failure.js';
import { filesRead, readsFile } from './text/reads-file.js';

/*
 *   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
 *    0: 0100007F:2808 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 139949 1 0000000000000000 100 0 0 10 0
 *
 * net/ipv4/tcp_ipv4.c get_tcp4_sock, net/ipv4/udp.c udp4_format_sock, raw.c and their IPv6 likes. Of UDP and raw sockets the line ends in
 * `ref pointer drops`.
 */
const HEADER = /^sl +local_address +rem(?:ote)?_address +st tx_queue/;
const ROW =
  /^\s*\d+: ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) ([\dA-F]{2}) ([\dA-F]{8}):([\dA-F]{8}) /i;
const NAME = /(?:^|[/._-])(tcp|udp|raw|udplite|icmp)(6?)$/;
const FILES = /^\/proc\/net\/(?:tcp|udp|raw|udplite|icmp)6?$/;

/** The files in the order of the command line, else the file's own name. */
function protocolsOf({ argv, fileName }: CaptureContext): readonly string[] {
  const paths = argv.length > 0 ? filesRead(argv) : [fileName.replace(/\.(?:txt|log|out|gz)$/, '')];
  return paths.flatMap((path) => NAME.exec(path)?.[1] ?? []);
}

/** 127.0.0.1 in the wrong order is 1.0.0.127, where nobody listens. */
function orderOf(text: Text): Order {
  for (let i = 0; i < Math.min(text.count, 2000); i++) {
    const line = text.line(i).slice(0, 100);
    if (line.includes(': 0100007F:')) return 'little';
    if (line.includes(': 7F000001:')) return 'big';
  }
  return 'little';
}

/** `/proc/net/tcp`, `udp`, `raw` and those of IPv6. */
export const procNetSockets = defineParser<SocketsFact>({
  command: 'proc-net-sockets',
  emits: ['socket', 'connections'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (!readsFile(argv, FILES)) return undefined;
      const files = filesRead(argv).map((path) => NAME.exec(path));
      const protocols = [...new Set(files.map((m) => m?.[1] ?? ''))].join(' ');
      const families = [...new Set(files.map((m) => (m?.[2] === '6' ? '6' : '4')))].join(' ');
      return { scope: { protocol: protocols, family: families } };
    },
    file: /^(?:(?:proc-)?net-)?(?:tcp|udp|raw|udplite)6?$/,
    sniff: (head) => (head.slice(0, 20).some((line) => HEADER.test(line.trim())) ? 3 : 0),
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const table = socketTable(text, out);
    const protocols = protocolsOf(context);
    const order = orderOf(text);
    let file = -1;
    let drops = false;
    const endpoint = (hex: string, port: string): Endpoint => {
      const address = hexAddress(hex, order);
      const v6 = hex.length === 32 ? parseAddress(address) : undefined;
      return { address: (v6 && unmapped(v6)) ?? address, port: Number.parseInt(port, 16) };
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const row = ROW.exec(line.length > 400 ? line.slice(0, 400) : line);
      if (HEADER.test(line.trim())) {
        file++;
        drops = /\bdrops\s*$/.test(line);
        out.noise(i);
      } else if (row) {
        const [, local = '', localPort = '', peer = '', peerPort = '', st = '', tx = '', rx = ''] = row;
        const state = stateByNumber(Number.parseInt(st, 16)) ?? 'UNKNOWN';
        const protocol = protocols[Math.max(file, 0)] ?? protocols.at(-1) ?? (drops ? 'udp' : 'tcp');
        table.add(i, {
          protocol,
          family: local.length === 8 ? 4 : 6,
          state,
          local: endpoint(local, localPort),
          peer: endpoint(peer, peerPort),
          recvQ: Number.parseInt(rx, 16),
          // A listener's is not how many may wait, as ss has it.
          ...(state !== 'LISTEN' && { sendQ: Number.parseInt(tx, 16) }),
        });
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a row of a table of sockets');
    }
    const some = table.close();
    failures.close(some || file >= 0);
    if (context.argv.length === 0) out.incomplete('filtered', 'sockets of one protocol and family only');
  },
});
