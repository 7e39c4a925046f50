import type { OsReleaseFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';

/*
 * NAME="Ubuntu"
 * VERSION_ID="22.04"
 * ID=ubuntu
 * PRETTY_NAME="Ubuntu 22.04.3 LTS"
 *
 * os-release(5), and lsb-release with its names (`DISTRIB_ID=Ubuntu`). redhat-release and system-release are the long name alone.
 */
const FIELD = /^([A-Z][A-Z0-9_]{1,40})=(.*)$/;
const LONG_NAME = /^[A-Z][\w .()/-]{2,80} release \d[\w .()/-]{0,60}$/;
const LSB = /^(Distributor ID|Description|Release|Codename|LSB Version):\t\s*(.*)$/;
const FILES =
  /(?:^|\/)(?:os-release|lsb-release|redhat-release|centos-release|system-release|rocky-release|almalinux-release|oracle-release)$/;

const unquoted = (text: string): string => text.trim().replace(/^(["'])(.*)\1$/, '$2');

/** `/etc/os-release` and its older likes; `lsb_release -a`. */
export const osRelease = defineParser<OsReleaseFact>({
  command: 'os-release',
  emits: ['os-release'],
  scope: 'stack',
  claims: {
    command: (argv) => (argv[0] === 'lsb_release' ? {} : readsFile(argv, FILES)),
    file: /(?:^|-)os-?release$|(?:^|-)(?:redhat|centos|lsb|system)-release$/,
    sniff(head) {
      const lines = head.filter((line) => line.trim() !== '');
      const keys = lines.map((line) => FIELD.exec(line.slice(0, 500))?.[1]);
      const telling = keys.filter(
        (key) => key === 'PRETTY_NAME' || key === 'VERSION_ID' || key === 'DISTRIB_ID',
      ).length;
      if (telling > 0 && keys.filter((key) => key !== undefined).length * 10 >= lines.length * 8) return 3;
      // The first lines alone.
      if (keys[0] === 'NAME' && keys[1] === 'VERSION' && keys.every((key) => key !== undefined)) return 2;
      if (lines.filter((line) => LSB.test(line.slice(0, 500))).length >= 2) return 3;
      return lines.length === 1 && LONG_NAME.test(lines[0] ?? '') ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let first: number | undefined;
    const fields: Record<string, string> = {};
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const short = line.length < 2000;
      const field = (short && (FIELD.exec(line) ?? LSB.exec(line))) || undefined;
      if (line === '' || line.startsWith('#') || line === 'No LSB modules are available.') out.noise(i);
      else if (field) {
        fields[field[1] ?? ''] ??= unquoted(field[2] ?? '');
        first ??= i;
        out.part(i);
      } else if (short && LONG_NAME.test(line)) {
        fields['PRETTY_NAME'] ??= line;
        first ??= i;
        out.part(i);
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of os-release');
    }
    const id = fields['ID'] ?? (fields['DISTRIB_ID'] ?? fields['Distributor ID'])?.toLowerCase();
    const version = fields['VERSION_ID'] ?? fields['DISTRIB_RELEASE'] ?? fields['Release'];
    const name = fields['PRETTY_NAME'] ?? fields['DISTRIB_DESCRIPTION'] ?? fields['Description'] ?? fields['NAME'];
    if (first !== undefined)
      out.fact(first, {
        kind: 'os-release',
        ...(id !== undefined && { id }),
        ...(version !== undefined && { version }),
        ...(name !== undefined && { name }),
      });
    failures.close(first !== undefined);
  },
});
