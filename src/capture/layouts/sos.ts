import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';
import { unmangled } from './mangled.js';

/**
 * sos report (sosreport/sos): outputs in `sos_commands/<plugin>/` under mangled command lines. `sos_reports/manifest.json` has the true
 * ones; where it is missing (3.x) or lists less, the name is read back as far as it can be.
 */
const OUTPUT = /^sos_commands\/[^/]+\/(?:.*\/)?([^/]+)$/;

/** Files that are links or copies at the top of a report. */
const TOP: Readonly<Record<string, string>> = {
  ip_addr: 'ip -o addr',
  ip_route: 'ip route show table all',
  route: 'route -n',
  hostname: 'hostname',
  uname: 'uname -a',
  uptime: 'uptime',
  date: 'date',
  lsmod: 'lsmod',
};

/** `sosreport-<host>[-<label>][-<case>]-<date>-<letters>`; legacy names end in a long stamp. */
function hostIn(root: string): string | undefined {
  const [top = ''] = namesAbove(root).filter((n) => /^sosreport-/.test(n));
  const name = top
    .replace(/^sosreport-/, '')
    .replace(/-obfuscated$/, '')
    .replace(/-[a-z]{5,7}$/, '')
    .replace(/[-.]?\d{4}-\d\d-\d\d$|-\d{14}$/, '')
    // The number of a case stands behind a dash, in the names of old behind a dot.
    .replace(/[-.]\d{5,}$/, '');
  return name === '' ? undefined : name;
}

export const sos: Layout = {
  name: 'sos',
  title: 'sos report',
  root: rootBefore('sos_commands/[^/]+/'),
  locate: (_path, root) => machine(root, 'sos report', hostIn(root)),
  command(path) {
    if (Object.hasOwn(TOP, path)) return TOP[path];
    const name = OUTPUT.exec(path)?.[1];
    return name === undefined ? undefined : unmangled(name);
  },
};
