import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';
import { unmangled } from './mangled.js';

/** Red Hat Insights archives (RedHatInsights/insights-core insights/specs/insights_archive.py): outputs named as sos names them. */
const hostIn = (root: string): string | undefined =>
  namesAbove(root)
    .map((name) => /^insights-(.+)$/.exec(name)?.[1])
    .find((name) => name !== undefined) ?? namesAbove(root)[0];

export const insights: Layout = {
  name: 'insights',
  title: 'Insights archive',
  root: rootBefore('insights_commands/'),
  locate: (_path, root) => machine(root, 'Insights archive', hostIn(root)),
  command(path) {
    const name = /^insights_commands\/([^/]+)$/.exec(path)?.[1];
    return name === undefined ? undefined : unmangled(name);
  },
};
