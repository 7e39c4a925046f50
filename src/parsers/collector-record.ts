import type { CommandRunFact } from '../facts/index.js';
import { defineParser, type Sink, type Text } from '../kit/index.js';
import { readJson } from './text/json.js';
import { itemsAt, type Located, lineAt, numberAt, textAt, valueAt } from './text/located.js';

/*
 * {
 *   "command": "/usr/sbin/iptables-save",
 *   "exitCode": "0",
 *
 * A collector's own record of what it ran: `dumplint collect`'s commands.tsv, troubleshoot's `<name>-info.json` beside `<name>.txt` (pkg/collect/host_run.go), and sos'
 * `sos_reports/manifest.json` (sos/report/__init__.py: components.report.plugins.<plugin>.commands[]). `exec` is the line that was run;
 * `filepath` is null when nothing was stored.
 */
const INFO = /^(.+)-info(?:\.json)?$/;

/** `dumplint collect` (src/cli/collect.sh): file, exit status, seconds, command line. */
const COLLECT = /^file\texit\tseconds\tcommand$/;

function collectOf(text: Text, out: Sink<CommandRunFact>): void {
  for (let i = 1; i < text.count; i++) {
    const [path = '', exit = '', seconds = '', command = ''] = text.line(i).split('\t', 4);
    if (path === '' || command === '' || !/^\d{1,5}$/.test(exit) || !/^\d+$/.test(seconds)) {
      if (text.line(i).trim() !== '') out.gap(i, 'not a row of file, exit status, seconds and command');
      continue;
    }
    out.fact(i, { kind: 'command-run', command, path, relativeTo: 'folder', exitCode: Number(exit) });
  }
}

const exitOf = (node: Located, key: string): number | undefined =>
  numberAt(node, key) ?? (/^-?\d{1,5}$/.test(textAt(node, key) ?? '') ? Number(textAt(node, key)) : undefined);

function infoOf(root: Located, fileName: string, out: Sink<CommandRunFact>): boolean {
  const command = textAt(root, 'command');
  if (command === undefined) return false;
  const base = INFO.exec(fileName)?.[1];
  const exitCode = exitOf(root, 'exitCode');
  out.fact(lineAt(root, 'command') ?? root.line, {
    kind: 'command-run',
    command,
    relativeTo: 'folder',
    ...(base !== undefined && { path: `${base}.txt` }),
    ...(exitCode !== undefined && { exitCode }),
  });
  return true;
}

function manifestOf(root: Located, out: Sink<CommandRunFact>): boolean {
  const plugins = valueAt(root, 'components', 'report', 'plugins');
  if (plugins?.kind !== 'map') return false;
  for (const { value: plugin } of plugins.entries.values())
    for (const run of itemsAt(plugin, 'commands')) {
      const words = [
        textAt(run, 'command') ?? '',
        ...itemsAt(run, 'parameters').flatMap((p) => (p.kind === 'text' ? [p.text] : [])),
      ];
      const command = textAt(run, 'exec') ?? words.join(' ').trim();
      if (command === '') continue;
      const path = textAt(run, 'filepath');
      const exitCode = exitOf(run, 'return_code');
      out.fact(lineAt(run, 'exec') ?? run.line, {
        kind: 'command-run',
        command,
        relativeTo: 'root',
        ...(path !== undefined && { path }),
        ...(exitCode !== undefined && { exitCode }),
      });
    }
  return true;
}

function linesOf(text: Text): string {
  const lines: string[] = [];
  for (let i = 0; i < text.count; i++) lines.push(text.line(i));
  return lines.join('\n');
}

/** What a collector ran, and where it put the output. */
export const collectorRecord = defineParser<CommandRunFact>({
  command: 'collector-record',
  emits: ['command-run'],
  scope: 'cluster',
  claims: {
    file: /^manifest-json$|-info-json$|^commands-tsv$/,
    sniff(head) {
      if (COLLECT.test(head[0] ?? '')) return 3;
      if (
        !head
          .find((line) => line.trim() !== '')
          ?.trimStart()
          .startsWith('{')
      )
        return 0;
      const has = (key: string): boolean => head.some((line) => line.includes(`"${key}"`));
      if (has('command') && has('exitCode') && (has('outputDir') || has('error'))) return 3;
      return has('components') &&
        has('version') &&
        (has('cmdline') || has('plugins') || has('run_time') || has('report'))
        ? 3
        : 0;
    },
  },
  parse(text, out, { fileName }) {
    if (COLLECT.test(text.line(0))) {
      out.noise(0);
      collectOf(text, out);
      return;
    }
    const read = readJson(linesOf(text), 0);
    if ('error' in read) {
      out.gap(Math.min(read.line, text.count - 1), read.error);
      return;
    }
    const known = infoOf(read.value, fileName, out) || manifestOf(read.value, out);
    // All else in it (tags, times, sizes) is about the collector.
    for (let i = 0; i < text.count; i++)
      if (known) out.noise(i);
      else out.gap(i, 'not a record of a collector');
  },
});
