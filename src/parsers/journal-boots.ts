import type { BootFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { fullWhen, microseconds } from './log/stamp.js';
import { collectFailures } from './text/failure.js';

/*
 * -1 c972519c0ad547bfacc5988285c18829 Fri 2022-02-04 09:42:52 UTC—Fri 2022-02-04 11:32:40 UTC
 *
 * IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY
 *   0 3c5a7e9b1d2f4a6c8e0b2d4f6a8c0e1f Sun 2024-03-17 09:12:00 UTC Sun 2024-03-17 09:12:02 UTC
 *
 * systemd journalctl.c list_boots: a dash between the times until 251, a table from 252 on, and JSON.
 */
const STAMP = '(?:\\S{1,20} )?\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d \\S{1,12}?|n/a';
const LINE = new RegExp(`^ *([-+]?\\d{1,9}) ([\\da-f]{32}) (${STAMP})(?:—|--| +)(${STAMP})\\s*$`);
const HEADER = /^IDX BOOT ID +FIRST ENTRY +LAST ENTRY\s*$/;

type Draft = Omit<BootFact, 'at'>;

function bootOf(line: string): Draft | undefined {
  const m = line.length < 300 ? LINE.exec(line) : null;
  if (!m) return undefined;
  const [from, to] = [fullWhen(m[3] ?? ''), fullWhen(m[4] ?? '')];
  return {
    kind: 'boot',
    offset: Number(m[1]),
    id: m[2] ?? '',
    ...(from.time !== undefined && { from: from.time }),
    ...(to.time !== undefined && { to: to.time }),
    ...(from.time === undefined && from.dated !== undefined && { dated: from.dated }),
    ...(from.time === undefined && from.clock !== undefined && { clock: from.clock }),
  };
}

/** `[{"index":-1,"boot_id":"8e0f…","first_entry":1710666600120450,"last_entry":…}]`, on one line or spread over many. */
function bootsIn(json: string): readonly Draft[] | undefined {
  let rows: unknown;
  try {
    rows = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(rows)) return undefined;
  return rows.flatMap((row: Readonly<Record<string, unknown>> | null) => {
    const id = row?.['boot_id'];
    if (typeof id !== 'string') return [];
    const [from, to] = ['first_entry', 'last_entry'].map((key) => microseconds(String(row?.[key])));
    return [
      {
        kind: 'boot' as const,
        offset: Number(row?.['index'] ?? 0),
        id,
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      },
    ];
  });
}

/** Boots that the journal knows, `journalctl --list-boots`: what happened before the last one is of another boot. */
export const journalBoots = defineParser<BootFact>({
  command: 'journal-boots',
  emits: ['boot'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'journalctl' && argv.includes('--list-boots') ? {} : undefined),
    file: /list-boots/,
    sniff(head) {
      const lines = head.filter((l) => l.trim() !== '');
      if (lines[0] !== undefined && HEADER.test(lines[0])) return 3;
      if (/^\[\s*\{\s*"index"\s*:\s*-?\d+,\s*"boot_id"/.test(lines.slice(0, 4).join('\n').slice(0, 200))) return 3;
      const telling = lines.filter((l) => bootOf(l)).length;
      return telling === 0 || telling * 2 < lines.length ? 0 : 3;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    const first = text.count === 0 ? '' : text.line(0);
    if (first.startsWith('[')) {
      const all = Array.from({ length: Math.min(text.count, 20_000) }, (_, i) => text.line(i));
      const boots = bootsIn(all.join('\n'));
      if (boots) {
        for (let i = 0; i < all.length; i++) out.part(i);
        for (const boot of boots) {
          const line = all.findIndex((l) => l.includes(boot.id));
          out.fact(Math.max(0, line), boot);
        }
        return;
      }
    }
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const boot = bootOf(line);
      if (boot) {
        some = true;
        out.fact(i, boot);
      } else if (line.trim() === '' || HEADER.test(line) || /^-- No entries --$/.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a boot');
    }
    failures.close(some);
  },
});
