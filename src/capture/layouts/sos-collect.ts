import type { Layout } from './layout.js';

/**
 * `sos collect` (sosreport/sos sos/collector/__init__.py: create_cluster_archive): the archives of several machines in one, which is not packed itself, beside what
 * the collector says of its own run. Each of them is a report of its own (see sos.ts).
 */
const REPORT = /^((?:.*?\/)?)sosreport-[^/]+\/(?:.*\/)?sos_commands\//;

export const sosCollect: Layout = {
  name: 'sos-collect',
  title: 'sos collect',
  root: (inner) => REPORT.exec(inner)?.[1],
  confirm: (paths) => [...paths].some((p) => /^sos_(?:logs|reports)\//.test(p)),
  locate: (path) =>
    /^(?:sos_logs|sos_reports|checksums)\//.test(path) ? { kind: 'cluster', by: 'run of sos collect' } : undefined,
};
