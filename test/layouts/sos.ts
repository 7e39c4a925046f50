import { gzipSync } from 'node:zlib';
import { type Part, tar } from '../bundle/tar-writer.js';
import type { Store } from './store.js';
import { answersOf, type LayoutWriter, type Written } from './writer.js';

/** sos/report/plugins: command → folder of its plugin. */
const NEW: Readonly<Record<string, string>> = {
  'ip route show table all': 'networking',
  'ip -6 route show table all': 'networking',
  'ip -d address': 'networking',
  'ip -s -d link': 'networking',
  'ip -s -s neigh show': 'networking',
  'ip neigh show nud noarp': 'networking',
  'bridge -s -s -d -t fdb show': 'networking',
  'bridge -d vlan show': 'networking',
  'ip -4 rule list': 'networking',
  'iptables -t filter -nvL': 'firewall_tables',
  'iptables -t nat -nvL': 'firewall_tables',
  'iptables -t mangle -nvL': 'firewall_tables',
  'nft -a list ruleset': 'firewall_tables',
  'sysctl -a': 'kernel',
  'uname -a': 'kernel',
  hostname: 'host',
};

/** `_mangle_command` of sos/utilities.py. */
const mangled = (command: string): string =>
  command
    .replace(/[^\w\-./]+/g, '_')
    .replaceAll('/', '.')
    .replace(/^[ ._-]+|[ ._-]+$/g, '');

const report = (store: Store, node: string, plugins: Readonly<Record<string, string>>, top: string): Part[] =>
  [...answersOf(store, node, Object.keys(plugins))].map(([command, body]) => ({
    name: `${top}/sos_commands/${plugins[command] ?? ''}/${mangled(command)}`,
    body,
  }));

/** An archive of each machine, called as `topOf` says. */
function archives(store: Store, manifest: boolean, topOf: (node: string) => string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const node of store.nodes) {
    const top = topOf(node);
    const parts = report(store, node, NEW, top);
    parts.push({ name: `${top}/version.txt`, body: 'sos report: 4.5.4\n' });
    parts.push({
      name: `${top}/sos_logs/sos.log`,
      body: '2026-03-12 09:14:02,000 INFO: [plugin:networking] added cmd output\n',
    });
    if (manifest) parts.push({ name: `${top}/sos_reports/manifest.json`, body: manifestOf(store, node) });
    files[`${top}.tar.gz`] = gzipSync(tar(...parts));
  }
  return files;
}

const friendly = (node: string): string => `sosreport-${node}-2026-03-12-abcdefg`;
/** Of policies without a pattern of their own (COS), and of old: host, number of the case, stamp. */
const legacy = (node: string): string => `sosreport-${node}.0471100-20260312091402`;

const written = (store: Store, manifest: boolean, topOf = friendly): Written => ({
  files: archives(store, manifest, topOf),
  commands: Object.keys(NEW),
});

/** sos/collector: the archives in one that is not packed itself, beside what it says of its own run. */
function collected(store: Store): Written {
  const top = 'sos-collector-2026-03-12-abcde';
  const members = Object.entries(archives(store, true, friendly)).map(([name, body]) => ({
    name: `${top}/${name}`,
    body,
  }));
  const own = [
    { name: `${top}/sos_logs/sos.log`, body: '2026-03-12 09:14:02,000 INFO: connecting to nodes\n' },
    { name: `${top}/sos_reports/manifest.json`, body: '{"version":"4.5.4","components":{"collect":{}}}\n' },
  ];
  return { files: { [`${top}.tar`]: tar(...own, ...members) }, commands: Object.keys(NEW) };
}

/** `components.report.plugins.<p>.commands[]` as sos 4 writes it, as far as anybody reads it. */
function manifestOf(store: Store, node: string): string {
  const plugins: Record<string, { commands: unknown[] }> = {};
  for (const command of answersOf(store, node, Object.keys(NEW)).keys()) {
    const plugin = NEW[command] ?? '';
    plugins[plugin] ??= { commands: [] };
    plugins[plugin].commands.push({
      command: command.split(' ')[0],
      parameters: command.split(' ').slice(1),
      exec: command,
      filepath: `sos_commands/${plugin}/${mangled(command)}`,
      truncated: false,
      return_code: 0,
      tags: [],
    });
  }
  return JSON.stringify({ version: '4.5.4', components: { report: { plugins } } }, null, 4);
}

export const sos: readonly LayoutWriter[] = [
  { layout: 'sos', title: 'sos 4.x, with its manifest', write: (store) => written(store, true) },
  { layout: 'sos', title: 'sos 3.9, without', write: (store) => written(store, false) },
  { layout: 'sos', title: 'sos by a legacy name', write: (store) => written(store, false, legacy) },
  { layout: 'sos-collect', title: 'archives of several nodes in one', write: collected },
];
