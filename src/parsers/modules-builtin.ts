import type { ModuleFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readsFile } from './text/reads-file.js';
import { share } from './text/share.js';

/*
 * kernel/net/bridge/br_netfilter.ko
 *
 * /lib/modules/RELEASE/modules.builtin: what is in the kernel itself and therefore in no list of loaded modules. What has nothing to do
 * with networks is noise.
 */
const LINE = /^kernel\/(?:[\w.+-]+\/){0,12}([\w-]{1,64})\.ko$/;
const NETWORK = /^kernel\/(?:net|drivers\/net)\//;

/** `modules.builtin`. */
export const modulesBuiltin = defineParser<ModuleFact>({
  command: 'modules-builtin',
  emits: ['module'],
  scope: 'stack',
  claims: {
    command: (argv) => readsFile(argv, /\/modules\.builtin$/),
    file: /(?:^|-)modules-builtin$/,
    sniff: (head) => (share(head, (line) => line.length < 300 && LINE.test(line.trim())) > 0.9 ? 3 : 0),
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const name = line.length < 300 ? LINE.exec(line)?.[1] : undefined;
      if (name !== undefined) {
        some = true;
        if (NETWORK.test(line)) out.fact(i, { kind: 'module', name: name.replaceAll('-', '_'), state: 'builtin' });
        else out.noise(i);
      } else if (line !== '' && !failures.take(i, line)) out.gap(i, 'no path of a module');
    }
    failures.close(some);
    out.incomplete('filtered', 'modules that are built in only');
  },
});
