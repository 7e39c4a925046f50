import { wordsOf } from '../words.js';
import { isKind } from './details.js';

/** What the head of a file shows of `ip addr` or `ip link`. */
interface Shown {
  readonly headers: number;
  readonly addresses: number;
  /** `mode DEFAULT` is printed by `ip link` only (iproute2 print_linkinfo), busybox included. */
  readonly modes: number;
  /** Lines of the format, and lines at all. */
  readonly telling: number;
  readonly lines: number;
}

const HEADER = /^\s*(?:\d+: )?[^\s<>]+: ?<[A-Z0-9_,-]*> mtu \d/;
const ADDRESS =
  /^\s*(?:\d+: \S+ +)?inet6? [\da-fA-FxX.:*]+(?:\/\d+)? (?:metric \d+ )?(?:peer \S+ )?(?:brd \S+ )?scope [a-z\d]/;
const REST = /^\s+(?:link\/[a-z\d]+\b|valid_lft |RX: |TX: |altname |alias |vf \d+ |[\d ]+$)/;
/** Left out by hand. */
const ELISION = /^\s*(?:\.{3,}|…)\s*$/;

/** Enough to know a line by; the rest of a long one is not searched. */
const MOST = 300;

function shown(head: readonly string[]): Shown {
  let [headers, addresses, modes, telling, lines] = [0, 0, 0, 0, 0];
  for (const whole of head) {
    const line = whole.slice(0, MOST);
    if (line.trim() === '' || ELISION.test(line)) continue;
    lines++;
    if (HEADER.test(line)) {
      headers++;
      telling++;
      if (/ mode (?:DEFAULT|DORMANT)\b/.test(line)) modes++;
    } else if (ADDRESS.test(line)) {
      addresses++;
      telling++;
    } else if (REST.test(line) || (/^\s{2}/.test(line) && isKind(wordsOf(line)[0] ?? '', false))) telling++;
  }
  return { headers, addresses, modes, telling, lines };
}

export function sniffAddr(head: readonly string[]): 0 | 1 | 2 | 3 {
  const { headers, addresses, modes, telling, lines } = shown(head);
  if (telling * 2 < lines || headers + addresses === 0) return 0;
  if (addresses === 0) return modes > 0 ? 0 : 1;
  return headers > 0 || addresses > 1 ? 3 : 2;
}

export function sniffLink(head: readonly string[]): 0 | 1 | 2 | 3 {
  const { headers, addresses, modes, telling, lines } = shown(head);
  if (telling * 2 < lines || headers === 0 || addresses > 0) return 0;
  return modes > 0 ? 3 : 2;
}
