/*
 * tcp      6 431899 ESTABLISHED src=10.71.1.2 dst=10.96.0.10 sport=56504 dport=8080 src=10.71.2.2 dst=10.71.1.2 sport=80 dport=56504 [ASSURED] mark=0 use=1
 * ipv4     2 udp      17 23 src=10.71.1.2 dst=10.71.2.2 sport=46586 dport=53 [UNREPLIED] src=10.71.2.2 dst=10.71.1.2 sport=53 dport=46586 mark=0 zone=0 use=2
 * conntrack v1.4.7 (conntrack-tools): 14 flow entries have been shown.
 */
import type { ConntrackTableFact } from '../facts/index.js';
import { type CaptureContext, defineParser, type Text } from '../kit/index.js';
import { addFlow, newTable, type Table, tableFact } from './conntrack/columns.js';
import { conntrackCommand } from './conntrack/command.js';
import { type Flow, readFlow } from './conntrack/flow.js';
import { isSaved, isXmlFlow, readSaved, readXmlFlow } from './conntrack/forms.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { wordsOf } from './text/words.js';

/** The tool says on stderr how many it showed, and which version it is. */
const FOOTER =
  /^conntrack v(\d+)\.(\d+)\.(\d+)\S* \(conntrack-tools\): (\d+) flow entries have been (shown|deleted|updated|created)\.?$/;
const XML_FRAME = /^(?:<\?xml [^<>]*\?>|<\/?conntrack>|<\/?conntrack>\s*)$/;
/** `-o labels` where no names are given to labels. */
const NO_LABELS = /^nfct_labelmap_new: /;
const LONGEST = 4000;

function readLine(line: string): Flow | string {
  if (isXmlFlow(line)) return readXmlFlow(line);
  const words = wordsOf(line);
  return isSaved(words) ? readSaved(words) : readFlow(words);
}

const LISTED =
  /^(?:ipv[46] +\d+ +|unknown +\d+ +(?=[a-z]))?[a-z][a-z\d-]* +\d+ (?:\d+ )?(?:[A-Z][A-Z\d_]+ )?(?:timeout=\d+, stream_timeout=\d+ )?src=\S+ dst=\S+ /;
/** Events (`-E -o save`) hold updates and ends as well. */
const SAVED = /^-[AI] -t \d+ -u [A-Z_,]+ .*-s \S+ -d \S+ -[rg] /;
const SAVED_CHANGE = /^-[UD] -t \d+ -u /;
const XML = /^<flow><meta direction="original"><layer3 /;

function sniff(head: readonly string[]): 0 | 2 | 3 {
  const lines = head.map((l) => l.slice(0, 500).trim()).filter((l) => l !== '');
  const entries = lines.filter((l) => LISTED.test(l) || SAVED.test(l) || XML.test(l)).length;
  if (lines.some((l) => SAVED_CHANGE.test(l))) return 0;
  if (entries === 0) return lines.length === 1 && FOOTER.test(lines[0] ?? '') ? 3 : 0;
  return entries * 2 >= lines.length ? 3 : 2;
}

/** Of which family the listing is, where it is of one. */
function familyOf(
  asked: string | undefined,
  version: readonly number[] | undefined,
  source: string,
): 4 | 6 | undefined {
  if (asked === '4' || asked === '6') return asked === '4' ? 4 : 6;
  if (/ip_conntrack$/.test(source)) return 4;
  const [major = 9, minor = 0, patch = 0] = version ?? [];
  return major * 10_000 + minor * 100 + patch < 10_407 ? 4 : undefined;
}

interface Read {
  readonly table: Table;
  some: boolean;
  gaps: boolean;
  version?: readonly number[];
  shown?: number;
  /** What became of the entries, where not all of the table is listed. */
  done?: string;
}

function footer(r: Read, line: string): boolean {
  const m = FOOTER.exec(line);
  if (!m) return false;
  r.version = [m[1], m[2], m[3]].map(Number);
  if (m[5] === 'shown') r.shown = Number(m[4]);
  else r.done = m[5] ?? '';
  return true;
}

function listOf({ argv, fileName }: CaptureContext): ConntrackTableFact['list'] {
  const table = conntrackCommand(argv)?.table ?? /dying|unconfirmed/.exec(fileName)?.[0];
  return table === 'dying' || table === 'unconfirmed' ? table : undefined;
}

/** `conntrack -L` in all its forms, `/proc/net/nf_conntrack` and the older `/proc/net/ip_conntrack`. */
export const conntrack = defineParser<ConntrackTableFact>({
  command: 'conntrack',
  emits: ['conntrack-table'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = conntrackCommand(argv);
      if (!command) return readsFile(argv, /\/proc\/net\/(?:nf|ip)_conntrack$/);
      if (command.action !== 'list' || command.table === 'expect') return undefined;
      return { scope: { ...command.scope, ...(command.table !== 'conntrack' && { list: command.table }) } };
    },
    file: /^conntrack(?:-l(?:-(?!expect).*)?|-list|-dump|-table)?$|^(?:nf|ip)-conntrack$|^proc-net-(?:nf|ip)-conntrack$/,
    sniff,
  },
  parse(text: Text, out, context) {
    const failures = collectFailures(out);
    const r: Read = { table: newTable(), some: false, gaps: false };
    let first = -1;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const short = line.length > LONGEST ? line.slice(0, LONGEST) : line;
      if (short.trim() === '') continue;
      const flow = readLine(short);
      if (typeof flow !== 'string') {
        if (first === -1) first = i;
        addFlow(r.table, text.firstLine + i, flow);
        out.part(i);
      } else if (footer(r, short.trim()) || XML_FRAME.test(short.trim()) || NO_LABELS.test(short)) out.noise(i);
      else if (!failures.take(i, short)) {
        out.gap(i, flow);
        r.gaps = true;
      } else continue;
      r.some = true;
    }
    const { length } = r.table.columns.protocol;
    // `-D` prints what it took out of the table.
    if (length > 0 && r.done !== 'deleted') {
      const family = familyOf(context.scope['family'], r.version, context.argv.at(-1) ?? context.fileName);
      const list = listOf(context);
      out.fact(first, tableFact(r.table, { ...(list && { list }), ...(family && { family }) }));
    }
    if (r.done !== undefined) out.incomplete('filtered', `entries that were ${r.done}`);
    // The table changes while it is listed, but the tool counts what it prints.
    if (r.shown !== undefined && !r.gaps && length < r.shown)
      out.incomplete('truncated', `${length} of ${r.shown} entries that conntrack says it has shown`);
    failures.close(r.some);
  },
});
