import type { Asked } from '../../kit/index.js';
import { inWords } from '../missing.js';
import { listed } from '../options.js';
import { columnsOf } from '../text/lines.js';
import type { Pen } from '../text/pen.js';
import type { JsonBecause, JsonMissing, JsonOutcome, JsonStep, TraceJson } from './json.js';

type Direction = JsonBecause['direction'];

/** Whoever is not captured has one name in the walk. */
const OUTSIDE = 'outside';

/** A namespace by its pod where that is its name: `pod kube-system/coredns-xkgqk`. */
export function stackName({ node, netns }: { readonly node: string; readonly netns: string }): string {
  if (node === OUTSIDE) return 'outside';
  if (netns === '') return node;
  return netns.startsWith('pod ') ? netns : netns.includes('/') ? `pod ${netns}` : `namespace ${netns}`;
}

/** The same with its node. */
export const stackTitle = (place: { readonly node: string; readonly netns: string }): string =>
  place.netns === '' ? stackName(place) : `${stackName(place)} on ${place.node}`;

/** `node:node-1` → `node-1`, `pod:a/b` → `pod a/b`. */
export const endName = (end: string): string => end.replace(/^node:/, '').replace(/^(pod|svc):/, '$1 ');

/** `tcp port 80`, `icmp, 1500 octets, DF`. */
export const askedFor = ({ proto, port, size, df }: Asked): string =>
  [
    proto === 'icmp' || port === null ? proto : `${proto} port ${port}`,
    ...(size === undefined ? [] : [`${size} octets`]),
    ...(df === true ? ['DF'] : []),
  ].join(', ');

const PACKETS: Readonly<Record<Direction, string>> = {
  request: 'request',
  reply: 'reply',
  ack: 'third packet of the handshake',
  data: 'data behind the handshake',
  error: 'ICMP error',
};
export const packetOf = (direction: Direction): string => PACKETS[direction];

/** The legs of an outcome in the order of time. */
export const legsOf = (
  o: JsonOutcome,
): readonly { readonly direction: Direction; readonly steps: readonly JsonStep[] }[] =>
  (['request', 'reply', 'ack', 'data', 'error'] as const)
    .map((direction) => ({ direction, steps: o[direction] ?? [] }))
    .filter((l) => l.steps.length > 0);

/** Who sends the packet of that direction. */
function senderOf(trace: TraceJson, o: JsonOutcome, direction: Direction): string {
  if (direction === 'request' || direction === 'ack') return endName(trace.src);
  const last = o.request.at(-1);
  return (direction === 'reply' || direction === 'data') && last && last.node !== OUTSIDE
    ? stackName(last)
    : o.endpoint;
}

/** `node-1, cni0`, or `pod a/b on node-1, eth0`. */
export function whereOf(b: Pick<JsonBecause, 'node' | 'netns' | 'device'>): string {
  const device = b.device === null ? '' : `, ${b.device}`;
  return `${stackTitle(b)}${device}`;
}

/** `the reply of pod a/b dies on node-1, cni0: cni0 does not forward` */
export function deathOf(trace: TraceJson, o: JsonOutcome, b: JsonBecause): string {
  const packet = `the ${packetOf(b.direction)} of ${senderOf(trace, o, b.direction)}`;
  return `${packet} dies ${b.netns === '' ? 'on' : 'in'} ${whereOf(b)}: ${b.reason}`;
}

/** What whoever asked gets to see of it. */
export function felt(trace: TraceJson, b: JsonBecause): string {
  const who = endName(trace.src);
  if (b.direction !== 'reply' && b.direction !== 'data' && b.answer !== null) {
    if (b.heard?.verdict === 'lost')
      return `${who} hears nothing: the ${b.answer} that it is sent is lost, ${b.heard.because ?? 'too'}.`;
    if (b.heard?.verdict === 'unknown') return `Whether ${who} hears the ${b.answer} that it is sent is not known.`;
    return `${who} gets to hear: ${b.answer}.`;
  }
  return b.direction === 'ack' || b.direction === 'data'
    ? `${who} sees a connection that stalls.`
    : `${who} hears nothing: a time-out.`;
}

/** `ip neigh on node-1: not captured (why)` */
export function missingLine(m: Pick<JsonMissing, 'input' | 'reason' | 'detail'>, nodes: readonly string[]): string {
  const detail = m.detail === undefined ? '' : ` (${m.detail})`;
  return `${m.input}${nodes.length === 0 ? '' : ` on ${listed(nodes, 3)}`}: ${inWords(m.reason)}${detail}`;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** A folder in so many columns: its beginning, and as much of its end as fits. */
export function shortFolder(out: Pen, folder: string, width: number): string {
  const text = out.say(folder);
  if (columnsOf(text) <= width) return text;
  const parts = text.split('/');
  for (let left = 3; left < parts.length - 1; left++) {
    const short = out.say(`${parts.slice(0, 2).join('/')}/…/${parts.slice(left).join('/')}`);
    if (columnsOf(short) <= width) return short;
  }
  return out.squeeze(folder, width);
}

/** Where all the files lie that the page names. */
export function writeFolder(out: Pen, folder: string): void {
  const label = 'files below ';
  if (folder !== '') out.line(label, shortFolder(out, folder, out.width - label.length));
}
