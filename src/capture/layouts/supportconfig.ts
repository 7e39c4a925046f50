import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

/** `scc_<host>_<YYMMDD>_<HHMM>`, older `nts_…`; Harvester's are called `scc_supportconfig_<host>-<letters>`. */
function hostIn(root: string): string | undefined {
  for (const name of namesAbove(root)) {
    const host = /^(?:scc|nts)_(?:supportconfig_)?(.+?)(?:_\d{6}(?:_\d{4})?)?(?:_scrubbed)?$/.exec(name)?.[1];
    if (host !== undefined) return host;
  }
  return undefined;
}

/**
 * SUSE's supportconfig (openSUSE/supportutils bin/supportconfig, bin/supportconfig.rc): a flat folder of files with sections (see
 * sections/supportconfig.ts), one for each network namespace.
 */
export const supportconfig: Layout = {
  name: 'supportconfig',
  title: 'supportconfig',
  root: rootBefore('basic-environment\\.txt$'),
  confirm: (paths) =>
    ['network.txt', 'env.txt', 'boot.txt', 'messages.txt', 'supportconfig.txt'].some((p) => paths.has(p)),
  locate: (_path, root) => machine(root, 'supportconfig', hostIn(root)),
};
