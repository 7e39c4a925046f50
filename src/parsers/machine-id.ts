import type { MachineIdFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';

/*
 * 3f2c9d0b5e6a4f1c8b7d0e9a6c5b4a39
 *
 * machine-id(5). 32 digits that could be any checksum: taken only where a command line or a file's name says so.
 */

/** `/etc/machine-id`. */
export const machineId = defineParser<MachineIdFact>({
  command: 'machine-id',
  emits: ['machine-id'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/machine-id$/),
    file: /(?:^|-)machine-?id$/,
    sniff: () => 0,
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      if (line === '') continue;
      const id = line.toLowerCase().replaceAll('-', '');
      if (!some && /^[\da-f]{32}$/.test(id)) {
        some = true;
        out.fact(i, { kind: 'machine-id', id });
      } else if (line === 'uninitialized') out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, some ? 'a second machine id' : 'no machine id');
    }
    failures.close(some);
  },
});
