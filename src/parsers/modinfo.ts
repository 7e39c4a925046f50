import type { ModuleFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * filename:       /lib/modules/5.15.0-91-generic/kernel/drivers/net/vxlan/vxlan.ko
 * name:           vxlan
 *
 * modinfo: ERROR: Module nf_conntrack_ipv4 not found.
 *
 * kmod tools/modinfo.c; `(builtin)` in place of the file. Old modules have no line of their name.
 */
const FIELD = /^([a-z][\w-]{1,30}):(?:\s+(.*))?$/;
const MISSING = /^modinfo: (?:ERROR: Module alias )?(?:ERROR: )?(?:[Mm]odule )?'?([\w-]{1,64})'? not found\.?$/;

interface Open {
  readonly line: number;
  /** A built-in module of old kmod has none, and one of new kmod has it behind the name. */
  file?: string;
  name?: string;
  version?: string;
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).replace(/\.ko(?:\.\w+)?$/, '');

/** `modinfo`: modules whose files are there, loaded or not. */
export const modinfo = defineParser<ModuleFact>({
  command: 'modinfo',
  emits: ['module'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] !== 'modinfo') return undefined;
      // One field alone names no module.
      if (argv.some((w) => /^-[adlpnF]$|^--field/.test(w))) return undefined;
      return {
        scope: {
          name: argv
            .slice(1)
            .filter((w) => !w.startsWith('-'))
            .join(' ')
            .replaceAll('-', '_'),
        },
      };
    },
    file: /(?:^|-)modinfo(?:-|$)/,
    sniff(head) {
      const lines = head.slice(0, 40);
      if (lines.some((line) => MISSING.test(line.trim()))) return 2;
      return lines.some((line) => /^filename:\s+(?:\/|\(builtin\))/.test(line)) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let open: Open | undefined;
    let some = false;
    const close = (): void => {
      if (!open) return;
      const name = (open.name ?? baseOf(open.file ?? '')).replaceAll('-', '_');
      const state = open.file === undefined || open.file === '(builtin)' ? 'builtin' : 'available';
      if (!/^\w{1,64}$/.test(name)) out.gap(open.line, 'a module without its name');
      else
        out.fact(open.line, {
          kind: 'module',
          name,
          state,
          ...(open.version !== undefined && { version: open.version }),
        });
      open = undefined;
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const missing = line.length < 200 ? MISSING.exec(line.trim()) : null;
      const [, key, value = ''] = (line.length < 4000 && FIELD.exec(line)) || [];
      if (line.trim() === '') continue;
      if (missing) {
        some = true;
        out.fact(i, { kind: 'module', name: (missing[1] ?? '').replaceAll('-', '_'), state: 'missing' });
      } else if (key === 'filename' || key === 'name') {
        const field = key === 'name' ? 'name' : 'file';
        if (!open || open[field] !== undefined) {
          close();
          open = { line: i };
        }
        some = true;
        open[field] = value.trim();
        out.part(i);
      } else if (open && (key !== undefined || /^\s/.test(line) || /^[a-z]+:/.test(line))) {
        if (key === 'version') open.version = value.trim();
        out.part(i);
      } else if (!failures.take(i, line)) out.gap(i, 'not a line of modinfo');
    }
    close();
    failures.close(some);
  },
});
