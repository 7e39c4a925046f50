import type { HostnameFact, KernelReleaseFact, MachineIdFact, OsReleaseFact } from '../facts/index.js';
import { defineParser, type Sink } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 *    Static hostname: node-1
 *         Machine ID: 3f2c…
 *   Operating System: Ubuntu 22.04.3 LTS
 *             Kernel: Linux 5.15.0-91-generic
 *
 * systemd src/hostname/hostnamectl.c. What is not set is printed as `(unset)` or `n/a`.
 */
type Fact = HostnameFact | KernelReleaseFact | MachineIdFact | OsReleaseFact;

const LINE = /^\s*([A-Z][A-Za-z .]{2,30}?): (.*)$/;
const KEYS: ReadonlySet<string> = new Set([
  'Static hostname',
  'Pretty hostname',
  'Transient hostname',
  'Icon name',
  'Chassis',
  'Deployment',
  'Location',
  'Machine ID',
  'Boot ID',
  'Product UUID',
  'AF_VSOCK CID',
  'Virtualization',
  'Operating System',
  'CPE OS Name',
  'OS Support End',
  'OS Support Remaining',
  'OS Support Expired',
  'Kernel',
  'Architecture',
  'Hardware Vendor',
  'Hardware Model',
  'Hardware Serial',
  'Hardware Version',
  'Firmware Version',
  'Firmware Date',
  'Firmware Age',
]);
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

/** systemd draws a picture in front of the chassis. */
const bare = (value: string): string => value.trim().replace(/ [^\x20-\x7e]+$/, '');

function take(i: number, key: string, value: string, out: Sink<Fact>): void {
  if (/^\((?:unset|null)\)$|^n\/a$|^$/.test(value)) out.noise(i);
  else if ((key === 'Static hostname' || key === 'Transient hostname') && NAME.test(value))
    out.fact(i, { kind: 'hostname', name: value, source: 'hostname' });
  else if (key === 'Machine ID' && /^[\da-f]{32}$/.test(value)) out.fact(i, { kind: 'machine-id', id: value });
  else if (key === 'Operating System') out.fact(i, { kind: 'os-release', name: value });
  else if (key === 'Kernel' && /^Linux \d/.test(value))
    out.fact(i, { kind: 'kernel-release', release: value.slice(6) });
  else out.noise(i);
}

/** `hostnamectl`. */
export const hostnamectl = defineParser<Fact>({
  command: 'hostnamectl',
  emits: ['hostname', 'kernel-release', 'machine-id', 'os-release'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      argv[0] === 'hostnamectl' && argv.slice(1).every((w) => w === 'status' || w.startsWith('-')) ? {} : undefined,
    file: /(?:^|-)hostnamectl(?:-status)?$/,
    sniff: (head) =>
      head.slice(0, 20).some((line) => /^\s*Static hostname: /.test(line)) &&
      head.slice(0, 20).some((line) => /^\s*(?:Machine ID|Kernel|Operating System|Icon name): /.test(line))
        ? 3
        : 0,
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const [, key = '', value = ''] = (line.length < 500 && LINE.exec(line)) || [];
      if (KEYS.has(key)) {
        some = true;
        take(i, key, bare(value), out);
      } else if (line.trim() !== '' && !failures.take(i, line)) out.gap(i, 'not a line of hostnamectl');
    }
    failures.close(some);
  },
});
