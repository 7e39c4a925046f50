import type { WireguardInterfaceFact, WireguardPeerFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { gap, readRows } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';
import { allowedOf, endpointOf, isKey, isLikeKey } from './wireguard/values.js';

/*
 * flannel-wg	(none)	4iN3…=	51820	off
 * flannel-wg	9vKc…=	(none)	192.168.50.12:51820	10.244.1.0/24	1700000000	1268776	3565158	25
 *
 * wireguard-tools src/show.c dump_print: private key, public key, port, fwmark; then a line a peer. Of one device its name stands in no line.
 */
const NONE = '(none)';
const PLACEHOLDER = /^\(\w+\)$|^[*xX-]+$/;

const isSecret = (word: string): boolean => isLikeKey(word) || PLACEHOLDER.test(word);
const isMark = (word: string): boolean => word === 'off' || /^0x[\da-f]{1,8}$/.test(word);

/** Words of a line without the device's name, and that name. */
function split(
  line: string,
  asked: string | undefined,
): { readonly dev: string | undefined; readonly words: string[] } {
  const words = wordsOf(line);
  if (words.length !== 5 && words.length !== 9) return { dev: asked, words };
  return { dev: words[0], words: words.slice(1) };
}

const isRow = (line: string): boolean => {
  const { words } = split(line.slice(0, 2000), undefined);
  if (words.length === 4) return isSecret(words[0] ?? '') && isLikeKey(words[1] ?? '') && isMark(words[3] ?? '');
  return (
    words.length === 8 &&
    isLikeKey(words[0] ?? '') &&
    /^\d+$/.test(words[4] ?? '') &&
    /^(?:off|\d+)$/.test(words[7] ?? '')
  );
};

function interfaceOf(dev: string, words: readonly string[]): Draft<WireguardInterfaceFact> | string {
  const [, publicKey = '', port = '', mark = ''] = words;
  if (!isKey(publicKey) && publicKey !== NONE) return 'the key is masked or unreadable';
  if (!/^\d{1,5}$/.test(port) || !isMark(mark)) return 'not a line of wg show dump';
  return {
    kind: 'wireguard-interface',
    dev,
    ...(publicKey !== NONE && { publicKey }),
    ...(port !== '0' && { listenPort: Number(port) }),
    ...(mark !== 'off' && { fwmark: Number(mark) }),
  };
}

function peerOf(dev: string, words: readonly string[]): Draft<WireguardPeerFact> | string {
  const [publicKey = '', preshared = '', at = '', ips = '', last = '', received = '', sent = '', keepalive = ''] =
    words;
  const endpoint = at === NONE ? undefined : endpointOf(at);
  const allowedIps = allowedOf(ips);
  if (!isKey(publicKey)) return 'the key is masked or unreadable';
  if (at !== NONE && !endpoint) return 'the endpoint is masked or unreadable';
  if (!allowedIps) return 'the allowed addresses are masked or unreadable';
  if (![last, received, sent].every((word) => /^\d{1,20}$/.test(word))) return 'not a line of wg show dump';
  return {
    kind: 'wireguard-peer',
    dev,
    publicKey,
    ...(endpoint && { endpoint }),
    allowedIps,
    handshake: last === '0' ? 'never' : { at: Number(last) },
    received: Number(received),
    sent: Number(sent),
    ...(/^\d{1,5}$/.test(keepalive) && { keepalive: Number(keepalive) }),
    presharedKey: preshared !== NONE,
  };
}

/** `wg show all dump`, `wg show DEV dump`. */
export const wgShowDump = defineParser<WireguardInterfaceFact | WireguardPeerFact>({
  command: 'wg-show-dump',
  emits: ['wireguard-interface', 'wireguard-peer'],
  scope: 'stack',
  claims: {
    command(argv) {
      const [program, verb, dev = '', field] = argv;
      if (program !== 'wg' || verb !== 'show' || field !== 'dump') return undefined;
      return dev === 'all' ? {} : { scope: { dev } };
    },
    file: /(?:^|-)wg-show(?:-\w+)?-dump$/,
    sniff: (head) => (share(head, isRow) === 1 ? 3 : 0),
  },
  parse(text, out, { scope }) {
    readRows(text, out, (line, i) => {
      const { dev, words } = split(line.slice(0, 20_000), scope['dev']);
      if (words.length !== 4 && words.length !== 8) return gap('not a line of wg show dump');
      if (dev === undefined) return gap('a line without its device');
      const fact = words.length === 4 ? interfaceOf(dev, words) : peerOf(dev, words);
      if (typeof fact === 'string') return gap(fact);
      out.fact(i, fact);
      return 'row';
    });
  },
});
