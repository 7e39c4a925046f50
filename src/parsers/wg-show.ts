import type { WireguardInterfaceFact, WireguardPeerFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { gap, readRows } from './text/rows.js';
import { allowedOf, endpointOf, isKey, secondsIn, transferOf } from './wireguard/values.js';

/*
 * interface: flannel-wg
 *   public key: 4iN3…=
 *   private key: (hidden)
 *   listening port: 51820
 *
 * peer: 9vKc…=
 *   endpoint: 192.168.50.12:51820
 *   allowed ips: 10.244.1.0/24
 *   latest handshake: 1 minute, 20 seconds ago
 *   transfer: 1.21 MiB received, 3.40 MiB sent
 *
 * wireguard-tools src/show.c pretty_print.
 */
const LINE = /^\s*([a-z][a-z0-9 ]{0,24}): (\S.*?)\s*$/;

type Interface = { -readonly [K in keyof Draft<WireguardInterfaceFact>]: Draft<WireguardInterfaceFact>[K] };
type Peer = { -readonly [K in keyof Draft<WireguardPeerFact>]: Draft<WireguardPeerFact>[K] };

const KEYS: ReadonlySet<string> = new Set([
  'public key',
  'private key',
  'listening port',
  'fwmark',
  'preshared key',
  'endpoint',
  'allowed ips',
  'latest handshake',
  'transfer',
  'persistent keepalive',
]);
/** Settings of AmneziaWG, which prints the same otherwise. */
const OTHER = /^(?:jc|jmin|jmax|s[1-4]|h[1-4]|i[1-5]|j[1-3]|itime)$/;

/** Puts a line into its interface; a reason when it can't be read. */
function takeInterface(device: Interface, key: string, value: string): string | undefined {
  if (key === 'public key') {
    if (isKey(value)) device.publicKey = value;
  } else if (key === 'listening port') device.listenPort = Number(value);
  else if (key === 'fwmark' && /^0x[\da-f]{1,8}$/.test(value)) device.fwmark = Number(value);
  return undefined;
}

function takePeer(peer: Peer, key: string, value: string): string | undefined {
  if (key === 'preshared key') peer.presharedKey = true;
  else if (key === 'endpoint') {
    const endpoint = endpointOf(value);
    if (!endpoint) return 'the endpoint is masked or unreadable';
    peer.endpoint = endpoint;
  } else if (key === 'allowed ips') {
    const allowed = allowedOf(value);
    if (!allowed) return 'the allowed addresses are masked or unreadable';
    peer.allowedIps = allowed;
  } else if (key === 'latest handshake') {
    const ago = value === 'Now' ? 0 : secondsIn(value.replace(/ ago$/, ''));
    // With a clock set back there is one, at a time that nobody knows.
    if (ago === undefined && !value.startsWith('(System clock wound backward'))
      return 'the time of the handshake is unreadable';
    peer.handshake = { ago: ago ?? 0 };
  } else if (key === 'transfer') {
    const transfer = transferOf(value);
    if (!transfer) return 'the counters are unreadable';
    Object.assign(peer, transfer);
  } else if (key === 'persistent keepalive') {
    const every = secondsIn(value.replace(/^every /, ''));
    if (every !== undefined) peer.keepalive = every;
  }
  return undefined;
}

/** `wg show`: WireGuard devices and their peers. */
export const wgShow = defineParser<WireguardInterfaceFact | WireguardPeerFact>({
  command: 'wg-show',
  emits: ['wireguard-interface', 'wireguard-peer'],
  scope: 'stack',
  claims: {
    command(argv) {
      const [program, verb, dev, field] = argv;
      if (program !== 'wg' || (verb !== undefined && verb !== 'show') || field !== undefined || dev === 'interfaces')
        return undefined;
      return dev === undefined || dev === 'all' ? {} : { scope: { dev } };
    },
    file: /(?:^|-)wg(?:-show)?(?:-all)?$|^wireguard$/,
    sniff(head) {
      const at = head.findIndex((line) => /^\s*interface: \S{1,15}\s*$/.test(line.slice(0, 60)));
      return at !== -1 && /^\s+(?:public key|private key|listening port): /.test(head[at + 1]?.slice(0, 60) ?? '')
        ? 3
        : 0;
    },
  },
  parse(text, out, { scope }) {
    let device: { readonly line: number; readonly fields: Interface } | undefined;
    let peer: { readonly line: number; readonly fields: Peer } | undefined;
    const flushPeer = (): void => {
      if (peer) out.fact(peer.line, peer.fields);
      peer = undefined;
    };
    const flush = (): void => {
      flushPeer();
      if (device) out.fact(device.line, device.fields);
      device = undefined;
    };
    readRows(
      text,
      out,
      (line, i) => {
        const [, key = '', value = ''] = LINE.exec(line.slice(0, 20_000)) ?? [];
        if (key === 'interface') {
          flush();
          device = { line: i, fields: { kind: 'wireguard-interface', dev: value } };
          return 'row';
        }
        if (key === 'peer') {
          flushPeer();
          const dev = device?.fields.dev ?? scope['dev'];
          if (dev === undefined) return gap('a peer without its interface');
          peer = {
            line: i,
            fields: {
              kind: 'wireguard-peer',
              dev,
              // A masked key hides neither where the peer is nor when it was heard.
              ...(isKey(value) && { publicKey: value }),
              allowedIps: [],
              handshake: 'never',
              presharedKey: false,
            },
          };
          return 'row';
        }
        if (!KEYS.has(key)) return OTHER.test(key) && device ? 'noise' : gap('not a line of wg show');
        if (!peer && !device) return gap('a setting without its interface or peer');
        const reason = peer ? takePeer(peer.fields, key, value) : device && takeInterface(device.fields, key, value);
        return reason === undefined ? 'row' : gap(reason);
      },
      flush,
    );
  },
});
