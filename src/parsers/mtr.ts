/**
 * mtr's reports, its CSV and XML, and a copied screen; JSON is mtr-json's.
 *
 *     HOST: node-1                      Loss%   Snt   Last   Avg  Best  Wrst StDev
 *       1.|-- 10.71.1.1                  0.0%     3    0.1   0.1   0.1   0.1   0.0
 *       2.|-- ???                       100.0     3    0.0   0.0   0.0   0.0   0.0
 */
import type { TracerouteFact, TracerouteHop, TracerouteProbe } from '../facts/index.js';
import { canonicalAddress, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { isMasked } from './text/masked.js';
import { wordsOf } from './text/words.js';
import { type MtrRun, mtrFact, mtrTarget, newMtrRun } from './traceroute/mtr.js';

/* mtr ui/report.c report_close, csv_close, xml_close, and ui/curses.c. */
const HEADER = /^\s*(?:HOST: (\S+)|Host)\s+(?:.*\s)?Loss%\s/;
const START = /^Start: /;
const SCREEN = /^(\S+) \(([^()]+)\) ?-> ?(\S+)(?: \(([^()]+)\))?/;
const ROW = /^\s*(\d{1,3})\.(?:\|--)?\s+(\S.*)$/;
const MORE = /^\s*(?:\|\s+)?[|`]?(?:-- |\|-- )(\S+)$|^\s+(\S+)$/;
const REST =
  /My traceroute|^\s*Packets\s+Pings|^Keys: |\[MPLS: |^\s*\(waiting for reply\)|^<\?xml|^<\/MTR>|<\/HUB>|<(?:Last|Best|Wrst|StDev|Gmean|Jttr|Javg|Jmax|Jint|Rcv|Drop)>/;
/** Up to 0.93 the screen names itself and the time, and not whom it asks. */
const CLOCK =
  /^\S+ \([^()]*\)\s{2,}(?:\d{4}-\d\d-\d\dT[\d:]{8}[+-]\d{4}|[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4})\s*$/;
const CSV = /^Mtr_Version,/;

/** Columns that are counted from the end of a row: its host may have blanks. */
type Columns = readonly string[];

function rowOf(text: string, columns: Columns): { host: string; cells: readonly string[] } | undefined {
  const words = wordsOf(text.slice(0, 1000)).filter((w) => !/^AS(?:\d+|\?\?\?)$/.test(w));
  const waiting = text.startsWith('(waiting for reply)');
  if (waiting) return { host: '???', cells: [] };
  if (words.length <= columns.length) return undefined;
  const host = words.slice(0, words.length - columns.length);
  // `name (address)`: more words are two rows that ran together.
  if (host.length > 2) return undefined;
  return { host: host.join(' '), cells: words.slice(words.length - columns.length) };
}

function hopOf(ttl: number, host: string, value: (column: string) => string | undefined, line: number): TracerouteHop {
  const [name = '', inside] = host.split(/[ ()]+/);
  const from = canonicalAddress(inside || name);
  const average = Number(value('Avg') ?? Number.NaN);
  const sent = Number(value('Snt') ?? Number.NaN);
  const share = Number.parseFloat(value('Loss%') ?? '');
  const probe: TracerouteProbe = {
    ...(from !== undefined && { from }),
    ...(from === undefined && name !== '???' && { name }),
    ...(host !== '???' && Number.isFinite(average) && { milliseconds: average }),
  };
  return {
    ttl,
    line,
    probes: [probe],
    ...(Number.isFinite(sent) && { sent }),
    ...(Number.isFinite(sent) && Number.isFinite(share) && { lost: Math.round((sent * share) / 100) }),
  };
}

interface Reading {
  readonly text: Text;
  readonly out: Sink<TracerouteFact>;
  readonly asked: string | undefined;
  run: MtrRun | undefined;
  columns: Columns;
  csv: Columns | undefined;
  some: boolean;
}

function close(r: Reading): void {
  if (!r.run) return;
  r.out.fact(r.run.line, mtrFact(r.run));
  r.run = undefined;
}

function begin(r: Reading, i: number, target: string | undefined): MtrRun {
  close(r);
  r.some = true;
  r.run = newMtrRun(i, target ?? r.asked);
  return r.run;
}

function csvRow(r: Reading, line: string, i: number): string | undefined {
  const cells = line.split(',');
  const value = (name: string): string | undefined => {
    const at = r.csv?.indexOf(name) ?? -1;
    return at < 0 ? undefined : cells[at];
  };
  const ttl = Number(value('Hop'));
  const target = value('Host') ?? '';
  const host = value('Ip') ?? '';
  if (!Number.isInteger(ttl) || ttl < 1 || host === '') return 'not a row of mtr';
  if (!r.run || r.run.target !== target || (r.run.hops.at(-1)?.ttl ?? 0) >= ttl) begin(r, i, target);
  else r.out.part(i);
  r.run?.hops.push(hopOf(ttl, host, value, r.text.firstLine + i));
  return undefined;
}

/** Elements of `-x`, which stand one in a line. */
function xmlLine(r: Reading, line: string, i: number): boolean {
  const start = /^\s*<MTR SRC="?([^" ]*)"? DST="?([^" ]*)"?/.exec(line);
  if (start) {
    begin(r, i, start[2]);
    return true;
  }
  const hub = /^\s*<HUB COUNT="?(\d+)"? HOST="?([^"]*?)"?>/.exec(line);
  if (hub && r.run) {
    r.run.hops.push(hopOf(Number(hub[1]), hub[2] ?? '', () => undefined, r.text.firstLine + i));
    r.out.part(i);
    return true;
  }
  const value = /^\s*<(Loss|Snt|Avg)>\s*([\d.]+)%?<\/\1>/.exec(line);
  const hop = r.run?.hops.at(-1);
  if (!value || !hop || !r.run) return false;
  const number = Number(value[2]);
  const probe = hop.probes[0] ?? {};
  r.run.hops[r.run.hops.length - 1] =
    value[1] === 'Avg'
      ? { ...hop, probes: [{ ...probe, ...(probe.from !== undefined && { milliseconds: number }) }] }
      : value[1] === 'Snt'
        ? { ...hop, sent: number, lost: Math.round((number * (hop.lost ?? 0)) / 100) }
        : { ...hop, lost: number };
  r.out.part(i);
  return true;
}

function readRow(r: Reading, line: string, i: number): string | undefined {
  const m = ROW.exec(line);
  const hops = r.run?.hops;
  if (m) {
    const row = rowOf(m[2] ?? '', r.columns);
    if (!row || !hops) return 'a row without its header';
    if (isMasked(row.host)) return 'the address is masked';
    const value = (name: string): string | undefined => row.cells[r.columns.indexOf(name)];
    hops.push(hopOf(Number(m[1]), row.host, value, r.text.firstLine + i));
    return undefined;
  }
  // Further addresses of one hop.
  const more = MORE.exec(line);
  const last = hops?.at(-1);
  const from = canonicalAddress(more?.[1] ?? more?.[2] ?? '');
  if (!more || !last || !hops || (from === undefined && more[1] === undefined)) return 'not a row of mtr';
  const probe: TracerouteProbe = from === undefined ? { name: more[1] ?? '' } : { from };
  hops[hops.length - 1] = { ...last, probes: [...last.probes, probe].slice(0, 16) };
  return undefined;
}

function readLine(r: Reading, line: string, i: number): string | undefined {
  const screen = SCREEN.exec(line);
  const header = HEADER.exec(line);
  if (screen && !line.includes('Loss%')) {
    const run = begin(r, i, screen[3]);
    const source = canonicalAddress(screen[2] ?? '');
    const address = canonicalAddress(screen[4] ?? screen[3] ?? '');
    if (source !== undefined) run.source = source;
    if (address !== undefined) run.address = address;
    return undefined;
  }
  if (header) {
    if (header[1] !== undefined || !r.run || r.run.hops.length > 0) begin(r, i, r.run?.target);
    else r.out.part(i);
    r.columns = wordsOf(line.slice(line.indexOf('Loss%'), 1000));
    return undefined;
  }
  if (CSV.test(line)) {
    close(r);
    r.csv = line.split(',');
    r.out.noise(i);
    return undefined;
  }
  if (r.csv && line.startsWith('MTR.')) return csvRow(r, line, i);
  if (xmlLine(r, line, i)) return undefined;
  if (START.test(line) || REST.test(line) || CLOCK.test(line)) {
    r.out.noise(i);
    return undefined;
  }
  const reason = readRow(r, line, i);
  if (reason === undefined) r.out.part(i);
  return reason;
}

export const mtr = defineParser<TracerouteFact>({
  command: 'mtr',
  emits: ['traceroute'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'mtr' && !argv.some((w) => /^-[a-zA-Z46]*[jl]$|^--(?:json|raw|version|help)$/.test(w))
        ? {}
        : undefined,
    file: /^mtr/,
    sniff(head) {
      const sure = head.some(
        (l) =>
          (l.length < 1000 && /^\s*HOST: \S+\s+.*Loss%\s/.test(l)) || CSV.test(l) || /^<MTR SRC=/.test(l.trimStart()),
      );
      if (sure) return 3;
      return head.some((l) => l.length < 1000 && /^\s*Host\s+Loss%\s+Snt\s/.test(l)) ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const failures = collectFailures(out);
    const r: Reading = {
      text,
      out,
      asked: mtrTarget(context.argv),
      run: undefined,
      columns: [],
      csv: undefined,
      some: false,
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 2000).trimEnd();
      if (line === '') continue;
      const reason = readLine(r, line, i);
      if (reason !== undefined && !failures.take(i, line) && !/^mtr: /.test(line)) out.gap(i, reason);
      else if (/^mtr: /.test(line)) out.failed(i, 'command-failed', line.slice(0, 200));
    }
    close(r);
    failures.close(r.some);
  },
});
