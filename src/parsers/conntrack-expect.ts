/*
 * 297 proto=6 src=10.71.2.2 dst=10.71.1.2 sport=0 dport=36390 mask-src=255.255.255.255 mask-dst=255.255.255.255 sport=0 dport=65535 master-src=10.71.1.2 master-dst=10.71.2.2 sport=51314 dport=21 class=0 helper=ftp
 * 297 l3proto = 2 proto=6 src=10.71.2.2 dst=10.71.1.2 sport=0 dport=36390 ftp
 */
import type { ConntrackExpectFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { conntrackCommand } from './conntrack/command.js';
import { type Direction, newDirection, protocolOf, takeInto, tupleOf } from './conntrack/flow.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

const FOOTER = /^conntrack v\S+ \(conntrack-tools\): \d+ expectations have been shown\.?$/;
/** libnetfilter_conntrack's expect/snprintf_default.c; the kernel's nf_conntrack_expect.c (exp_seq_show) puts l3proto in front and `-` for no timeout. */
const LINE = /^(?:\d+ |- )?(?:l3proto = \d+ )?proto=\d+ src=\S+ dst=\S+ /;
const XML_FRAME = /^(?:<\?xml [^<>]*\?>|<\/?expect>)$/;
const TUPLE_KEY: ReadonlySet<string> = new Set(['sport', 'dport', 'type', 'code', 'id', 'srckey', 'dstkey']);

interface Reading {
  readonly expected: Direction;
  readonly master: Direction;
  /** Ports behind `mask-dst=` are masks. */
  current: Direction;
}

/** One word `key=value`; a reason when it can't be read. */
function take(r: Reading, key: string, value: string): string | undefined {
  if (key === 'src' || key === 'dst') return takeInto(r.expected, key, value);
  if (key === 'mask-src' || key === 'mask-dst') {
    r.current = newDirection();
    return undefined;
  }
  if (key === 'master-src' || key === 'master-dst') {
    r.current = r.master;
    return takeInto(r.master, key.slice(7), value);
  }
  return TUPLE_KEY.has(key) ? takeInto(r.current, key, value) : undefined;
}

function entryOf(line: string): Draft<ConntrackExpectFact> | string {
  if (!LINE.test(line)) return 'not an expectation of conntrack';
  const words = wordsOf(line.replace('l3proto = ', 'l3proto='));
  const expected = newDirection();
  const r: Reading = { expected, master: newDirection(), current: expected };
  const values = new Map<string, string>();
  let helper: string | undefined;
  for (const [i, word] of words.entries()) {
    const equals = word.indexOf('=');
    // In /proc the helper stands alone at the end, behind flags in capitals: `ftp`, `sip/signalling`.
    if (equals === -1) helper = i > 0 && /^[a-z]/.test(word) ? word.split('/')[0] : helper;
    else {
      values.set(word.slice(0, equals), word.slice(equals + 1));
      const reason = take(r, word.slice(0, equals), word.slice(equals + 1));
      if (reason !== undefined) return reason;
    }
  }
  if (/^\d{1,12}$/.test(words[0] ?? '')) values.set('timeout', words[0] ?? '');
  return factOf(expected, r.master, values, values.get('helper') ?? helper);
}

function factOf(
  expected: Direction,
  master: Direction,
  values: ReadonlyMap<string, string>,
  helper: string | undefined,
): Draft<ConntrackExpectFact> | string {
  const protocol = protocolOf('', values.get('proto') ?? '');
  const zone = Number(values.get('zone') ?? 0);
  const timeout = Number(values.get('timeout') ?? Number.NaN);
  if (expected.source === '' || expected.destination === '') return 'an expectation whose addresses are missing';
  return {
    kind: 'conntrack-expect',
    protocol,
    expected: tupleOf(protocol, expected),
    ...(master.source !== '' && master.destination !== '' && { master: tupleOf(protocol, master) }),
    ...(helper !== undefined && helper !== '' && { helper }),
    ...(Number.isFinite(timeout) && { timeout }),
    ...(zone > 0 && { zone }),
  };
}

const XML = /^<flow(?: type="[a-z]+")?><layer3 [^<>]{0,100}><expected>/;
const TAG = /<(\/?)([a-z\d-]{2,12})( [^<>]{0,100})?>([^<]{0,100})/g;

/** `-o xml`: expected, mask and master stand in each of the layers. */
function xmlEntry(line: string): Draft<ConntrackExpectFact> | string {
  const directions = { expected: newDirection(), mask: newDirection(), master: newDirection() };
  const values = new Map<string, string>();
  let part: keyof typeof directions = 'expected';
  for (const [, closing, tag = '', attributes = '', value = ''] of line.matchAll(TAG)) {
    if (closing) continue;
    if (tag === 'expected' || tag === 'mask' || tag === 'master') part = tag;
    else if (tag === 'layer4') values.set('proto', /protonum="(\d+)"/.exec(attributes)?.[1] ?? '');
    else if (tag === 'src' || tag === 'dst' || TUPLE_KEY.has(tag)) {
      const reason = part === 'mask' ? undefined : takeInto(directions[part], tag, value);
      if (reason !== undefined) return reason;
    } else values.set(tag, value);
  }
  return factOf(directions.expected, directions.master, values, values.get('helper-name'));
}

/** `conntrack -L expect` and `/proc/net/nf_conntrack_expect`. */
export const conntrackExpect = defineParser<ConntrackExpectFact>({
  command: 'conntrack-expect',
  emits: ['conntrack-expect'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = conntrackCommand(argv);
      if (command)
        return command.action === 'list' && command.table === 'expect' ? { scope: command.scope } : undefined;
      return readsFile(argv, /\/proc\/net\/(?:nf|ip)_conntrack_expect$/);
    },
    file: /^conntrack-(?:l-)?expect|^(?:nf|ip)-conntrack-expect$/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500).trim()).filter((l) => l !== '');
      const known = lines.filter((l) => LINE.test(l) || XML.test(l) || FOOTER.test(l)).length;
      return known > 0 && known * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 2000).trim();
      if (line === '') continue;
      const entry = XML.test(line) ? xmlEntry(line) : entryOf(line);
      if (typeof entry !== 'string') out.fact(i, entry);
      else if (FOOTER.test(line) || XML_FRAME.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, entry);
      else continue;
      some = true;
    }
    failures.close(some);
  },
});
