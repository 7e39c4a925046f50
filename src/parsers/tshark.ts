/**
 * tshark: its columns, the trees of -V, and -T fields where the command line names the columns.
 *
 *     Capturing on 'eth0'
 *         1 0.000000000    10.71.1.2 → 10.71.2.2    ICMP 98 Echo (ping) request  id=0x697f, seq=1/256, ttl=64
 */
import type { PacketCaptureFact, PacketFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser, isLladdr, type Sink, type Text } from '../kit/index.js';
import { clockOf } from './log/stamp.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';
import { probeErrorOf } from './text/probe-error.js';
import { type Frame, frameOf, packetOf, readDetail } from './tshark/details.js';
import { type Fields, fieldsOf, rowOf } from './tshark/fields.js';
import { addInfo, type TsharkLayer } from './tshark/info.js';

const ROW =
  /^\s*(?:(\d+)\s+)?(?:(\d{4}-\d\d-\d\d) )?(\d+\.\d+|\d\d:\d\d:\d\d\.\d+)\s+(\S+) (?:→|->|\?) (\S+)\s+(\S+) (\d+) ?(.*)$/;
const CAPTURING = /^Capturing on '?([^']+?)'?$/;
const COUNTED = /^(\d+) packets? (captured|dropped(?: from \S+)?)/;
const REST = /^(?:Running as user|\s*\*\* \(tshark:|tshark: $|tshark:$|\^C|This could be dangerous|\d+$|Frame \d+ )/;

type Out = Sink<PacketCaptureFact | PacketFact>;

function columnsOf(m: RegExpExecArray, relative: 'first' | 'previous'): Draft<PacketFact> {
  const [, , dated, stamp = '', from = '', to = '', protocol = '', , info = ''] = m;
  const layer: TsharkLayer & { sourceMac?: string; destinationMac?: string } = {};
  const [source, destination] = [canonicalAddress(from), canonicalAddress(to)];
  if (isLladdr(from)) layer.sourceMac = from;
  else layer.source = source ?? from;
  if (isLladdr(to)) layer.destinationMac = to;
  else layer.destination = destination ?? to;
  addInfo(layer, protocol, info);
  const clock = clockOf(stamp);
  const seconds = clock === undefined ? Number(stamp) : Number.NaN;
  return {
    kind: 'packet',
    ...(clock !== undefined && { clock }),
    ...(dated !== undefined && { dated }),
    ...(seconds > 1e8 && { time: seconds }),
    ...(seconds <= 1e8 && { since: { seconds, of: relative } }),
    ...layer,
    info: info.slice(0, 200),
  };
}

interface Run {
  line: number;
  dev: string | undefined;
  captured: number | undefined;
  dropped: number | undefined;
}

interface Reading {
  readonly text: Text;
  readonly out: Out;
  readonly fields: Fields | undefined;
  readonly relative: 'first' | 'previous';
  readonly run: Run;
  frame: Frame | undefined;
  some: boolean;
}

function emit(r: Reading, line: number, packet: Draft<PacketFact>): void {
  const { dev } = r.run;
  r.some = true;
  r.out.fact(line, { ...packet, ...(dev !== undefined && packet.dev === undefined && dev !== 'any' && { dev }) });
}

function endFrame(r: Reading): void {
  const { frame } = r;
  r.frame = undefined;
  const packet = frame && packetOf(frame, probeErrorOf);
  if (frame && packet) emit(r, frame.line, packet);
}

function read(r: Reading, line: string, i: number): boolean {
  const frame = frameOf(line, i);
  if (frame) {
    endFrame(r);
    r.frame = frame;
    r.some = true;
    r.out.part(i);
    return true;
  }
  const capturing = CAPTURING.exec(line);
  const counted = COUNTED.exec(line);
  if (capturing || counted) {
    if (r.run.line < 0) r.run.line = i;
    if (capturing) r.run.dev = capturing[1];
    else if (counted?.[2] === 'captured') r.run.captured = Number(counted[1]);
    else r.run.dropped = Number(counted?.[1]);
    r.out.part(i);
    return true;
  }
  if (r.frame) {
    // Trees and the bytes below them.
    readDetail(r.frame, line, i);
    r.out.part(i);
    return true;
  }
  if (r.fields) {
    if (r.fields.header && !r.some && line.startsWith(r.fields.names[0] ?? '\0')) {
      r.out.noise(i);
      return true;
    }
    const row = rowOf(r.fields, line);
    if (row) emit(r, i, row);
    return row !== undefined;
  }
  const row = ROW.exec(line);
  if (!row || isMasked(row[4] ?? '') || isMasked(row[5] ?? '')) return false;
  emit(r, i, columnsOf(row, r.relative));
  return true;
}

export const tshark = defineParser<PacketCaptureFact | PacketFact>({
  command: 'tshark',
  emits: ['packet', 'packet-capture'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'tshark') return undefined;
      const at = argv.indexOf('-T');
      const other = at > 0 && !/^(?:fields|text)$/.test(argv[at + 1] ?? '');
      if (other || argv.some((w) => /^-[qDGLhvz]$|^-w$/.test(w))) return undefined;
      const dev = argv[argv.indexOf('-i') + 1];
      const filter = argv[argv.findIndex((w) => /^-[fYR]$/.test(w)) + 1];
      return {
        scope: {
          ...(argv.includes('-i') && dev !== undefined && { dev }),
          ...(argv.some((w) => /^-[fYR]$/.test(w)) && filter !== undefined && { filter }),
        },
      };
    },
    file: /^tshark/,
    sniff(head) {
      if (head.some((l) => /^Frame \d+: \d+ bytes on wire/.test(l))) return 3;
      const lines = head
        .map((l) => l.slice(0, 500).trimEnd())
        .filter((l) => l !== '' && !REST.test(l) && !CAPTURING.test(l) && !COUNTED.test(l));
      const rows = lines.filter((l) => ROW.test(l)).length;
      return rows > 0 && rows * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const r: Reading = {
      text,
      out,
      fields: fieldsOf(context.argv),
      relative: context.argv.some((w, i) => w === '-td' || (w === '-t' && /^dd?$/.test(context.argv[i + 1] ?? '')))
        ? 'previous'
        : 'first',
      run: { line: -1, dev: context.scope['dev'], captured: undefined, dropped: undefined },
      frame: undefined,
      some: false,
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (line.trim() === '' && !r.frame) continue;
      if (r.frame && REST.test(line) && !/^Frame /.test(line) && /^(?:\^C|\d+$)/.test(line)) out.noise(i);
      else if (read(r, line, i)) continue;
      else if (REST.test(line)) out.noise(i);
      else if (!failures.take(i, line)) {
        if (/^tshark: /.test(line))
          out.failed(i, /permission/i.test(line) ? 'permission-denied' : 'command-failed', line.slice(0, 200));
        else out.gap(i, isMasked(wordAt(line)) ? 'the address is masked' : 'not a line of tshark');
      }
    }
    endFrame(r);
    const { line, dev, captured, dropped } = r.run;
    if (line >= 0)
      out.fact(line, {
        kind: 'packet-capture',
        ...(dev !== undefined && { dev }),
        ...(context.scope['filter'] !== undefined && { filter: context.scope['filter'] }),
        ...(captured !== undefined && { captured }),
        ...(dropped !== undefined && { droppedByKernel: dropped }),
      });
    failures.close(r.some);
  },
});

/** Source of a row, to tell a masked one from no row at all. */
const wordAt = (line: string): string => ROW.exec(line)?.[4] ?? '';
