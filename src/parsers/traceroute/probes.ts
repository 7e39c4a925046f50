import type { ProbeError, TracerouteHop, TracerouteProbe } from '../../facts/index.js';
import { canonicalAddress } from '../../kit/index.js';
import { isMasked } from '../text/masked.js';
import { wordsOf } from '../text/words.js';

/* traceroute.c print_probe and mod-*.c (`!N`, `F=1400`, `<syn,ack>`), BSD traceroute.c, busybox networking/traceroute.c, tracepath.c. */
const NOTES: Readonly<Record<string, ProbeError>> = {
  '!H': 'host-unreachable',
  '!N': 'net-unreachable',
  '!P': 'protocol-unreachable',
  '!S': 'other',
  '!F': 'fragmentation-needed',
  '!X': 'prohibited',
  '!A': 'prohibited',
  '!V': 'prohibited',
  '!C': 'prohibited',
  '!Z': 'prohibited',
  '!U': 'net-unreachable',
  '!W': 'host-unreachable',
  '!I': 'host-unreachable',
  '!T': 'net-unreachable',
  '!Q': 'host-unreachable',
};

const MOST_PROBES = 64;

export function errorOfNote(note: string): ProbeError | undefined {
  if (!note.startsWith('!')) return undefined;
  return NOTES[note.slice(0, 2)] ?? 'other';
}

/** Size that a note names: `!F-1400`, `F=1400`, `pmtu 1400`. */
export function mtuOfNote(note: string | undefined): number | undefined {
  const digits = /^(?:!F-|F=|pmtu )(\d+)/.exec(note ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

interface Cursor {
  readonly words: readonly string[];
  from: string | undefined;
  name: string | undefined;
  readonly probes: TracerouteProbe[];
}

function noted(c: Cursor, note: string): void {
  const last = c.probes.at(-1);
  const error = errorOfNote(note);
  const before = last?.note;
  const probe = { ...last, note: before === undefined ? note : `${before} ${note}`, ...(error && { error }) };
  if (last) c.probes[c.probes.length - 1] = probe;
  else c.probes.push(probe);
}

function timed(c: Cursor, text: string): void {
  const milliseconds = Number(text.replace(/^</, ''));
  if (c.probes.length >= MOST_PROBES) return;
  c.probes.push({
    ...(c.from !== undefined && { from: c.from }),
    ...(c.name !== undefined && { name: c.name }),
    milliseconds,
  });
}

/** A word that is neither time nor note: whom the next times are of. */
function whom(c: Cursor, word: string): void {
  const inside = /^\((.*)\)$/.exec(word)?.[1];
  const address = canonicalAddress(inside ?? word);
  if (inside !== undefined) {
    if (address !== undefined) c.from = address;
    return;
  }
  c.from = address;
  c.name = address === undefined ? word : undefined;
}

const SKIPPED = /^(?:\[.*\]|<[\w,:=/.-]*>|'-?\d+'|\(\d{1,5}\)|\(TOS=\d+!?\)|asymm|ms|bytes|to)$/;

/**
 * Probes of a hop's words behind its number; a reason when they are none. `open` is the hop that a continuation line goes on with.
 */
export function probesOf(words: readonly string[], open?: TracerouteProbe): readonly TracerouteProbe[] | string {
  const c: Cursor = { words, from: open?.from, name: open?.name, probes: [] };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const next = words[i + 1];
    if (word === '*') {
      if (c.probes.length < MOST_PROBES) c.probes.push({});
    } else if (/^<?\d+(?:\.\d+)?$/.test(word) && next === 'ms') {
      timed(c, word);
      i++;
    } else if (/^\d+(?:\.\d+)?ms$/.test(word)) timed(c, word.slice(0, -2));
    else if (/^!(?:[A-Z](?:-\d+)?|<?\d*>?|\d+-\d+)$/.test(word) || /^F=\d+$/.test(word)) noted(c, word);
    else if (isMasked(word.replace(/^\(|\)$/g, ''))) return 'the address is masked';
    else if (word === 'asymm') i++;
    else if (/^\d+$/.test(word) && next === 'bytes') i += 3;
    else if (!SKIPPED.test(word)) whom(c, word);
  }
  return c.probes.length === 0 ? 'not a line of traceroute' : c.probes;
}

/** `12  gw (10.0.0.1)  0.1 ms`: number and the words behind it. */
export function hopWords(line: string): { ttl: number; words: readonly string[] } | undefined {
  const words = wordsOf(line.slice(0, 4000));
  const ttl = /^\d{1,3}$/.test(words[0] ?? '') ? Number(words[0]) : undefined;
  return ttl === undefined || ttl === 0 || ttl > 255 ? undefined : { ttl, words: words.slice(1) };
}

/** Did the target answer? Undefined when the run was broken off before it could. */
export function reachedBy(
  hops: readonly TracerouteHop[],
  address: string | undefined,
  most: number | undefined,
): boolean | undefined {
  const last = hops.at(-1);
  if (!last || address === undefined) return undefined;
  if (last.probes.some((p) => p.from === address && p.error === undefined)) return true;
  const refused = last.probes.some((p) => p.error !== undefined);
  return refused || (most !== undefined && last.ttl >= most) ? false : undefined;
}

/** Smallest path MTU that any note tells. */
export function pathMtuOf(hops: readonly TracerouteHop[]): number | undefined {
  let least: number | undefined;
  for (const hop of hops)
    for (const probe of hop.probes) {
      const mtu = mtuOfNote(probe.note?.split(' ').findLast((n) => mtuOfNote(n) !== undefined) ?? probe.note);
      if (mtu !== undefined && (least === undefined || mtu < least)) least = mtu;
    }
  return least;
}
