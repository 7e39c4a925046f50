import { decode } from '../../kit/index.js';
import { blank, startsAt } from './bytes.js';
import { findNeedles } from './needles.js';
import { eraOf, joinEras } from './stamp.js';
import { counted, type Fate, MOST_OF_LINE, type Scan, settleLoose, word } from './state.js';
import { needles } from './tables.js';
import { componentOf, unwrap } from './unwrap.js';

const ELLIPSIS = /^\s*(?:\.{3,}|…|\[\.\.\.\.\]|\[snip!?\]|<snip>|\(\.\.\.\))\s*$/i;
const CHATTER =
  /^(?:CoreDNS-\d[\w.+-]*$|[a-z]+\/\w+, go1\.[\w.]+, ?\w*$|\S{0,250}\.:\d{1,5}$|Hint: You are currently not seeing|Calico node (?:started successfully|name: )|Skipping datastore connection test$|Starting libnetwork service$|Defaulted container |Defaulting container name|Found \d+ pods, using pod|No journal boot entry|\^C|Warning: (?:Journal|The unit|journal)|Archived and active journals take up |Journals? take up |(?:PASS|FAIL): \/\S+\.journal|lines \d+-\d+(?:\/\d+ \(END\))?|\(END\)$)/;
const SECTION = /^(?:==== (START|END) logs for container (\S+) of pod (\S+) ====|==> (\S+) <==)$/;

/** A line without a head: journalctl's own, a continuation, or a component's bare text where that is expected. */
export function loose(scan: Scan, i: number, start: number, end: number): void {
  const { text, out } = scan;
  const { bytes } = text;
  const first = bytes[start];
  // The catalogue's lines (`-x`) begin with dashes or, in UTF-8, with two shades.
  if (first === 45 && bytes[start + 1] === 45 && (end === start + 2 || bytes[start + 2] === 32)) {
    scan.banner = true;
    const era = eraOf(word(bytes, start, end));
    if (era) scan.era = joinEras(scan.era, era);
    else if (scan.inside && /^-- (?:Boot [\da-f]{32}|Reboot) --$/.test(word(bytes, start, end))) scan.rebooted = true;
    out.noise(i);
  } else if (first === 0xe2 && startsAt(bytes, start, '\u00e2\u0096\u0091\u00e2\u0096\u0091')) out.noise(i);
  else if (end - start < 40 && ELLIPSIS.test(word(bytes, start, end))) {
    out.noise(i);
    out.incomplete('filtered', '...');
  } else if (first === 61 && section(scan, i, start, end)) out.noise(i);
  else if (!bareText(scan, i, start, end)) {
    const indented = first === 32 || first === 9;
    if ((indented && scan.inside) || CHATTER.test(word(bytes, start, end)) || blank(bytes, start, end)) {
      if (indented && scan.told) out.part(i);
      else out.noise(i);
    } else {
      scan.pending.push(i);
      if (!scan.inside || !scan.open || scan.pending.length > 500) settleLoose(scan, false);
    }
  }
}

function section(scan: Scan, i: number, start: number, end: number): boolean {
  const m = SECTION.exec(word(scan.text.bytes, start, end));
  if (!m) return false;
  if (scan.pending.length > 0) settleLoose(scan, false);
  scan.inside = false;
  scan.section = m[1] === 'END' ? undefined : componentOf(m[2] ?? m[4] ?? '');
  if (m[1] !== undefined) scan.free = m[1] === 'START' || scan.source.free;
  if (i === 0 && m[4] !== undefined) scan.out.incomplete('filtered', 'tail of several files');
  return true;
}

/** Text that the container wrote without any head. */
function bareText(scan: Scan, i: number, start: number, end: number): boolean {
  const { text, out, source, hits } = scan;
  const component = scan.section ?? source.component;
  scan.free ??= source.isFree();
  if (!scan.free && component !== 'flannel') return false;
  const { bytes } = text;
  const stop = Math.min(end, start + MOST_OF_LINE);
  findNeedles(needles(), bytes, start, stop, hits);
  if (hits.size === 0 && !scan.free) return false;
  let fate: Fate = 'noise';
  if (hits.size > 0) {
    fate = scan.reader.read(i, unwrap(decode(bytes, start, stop), {}, component), hits);
    hits.clear();
    if (fate === 'noise' && !scan.free) return false;
  } else out.noise(i);
  scan.first ??= {};
  counted(scan, i, fate, false);
  return true;
}
