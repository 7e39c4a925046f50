import type { RuntimeConfigFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * version = 2
 * [plugins."io.containerd.grpc.v1.cri".cni]
 *   bin_dir = "/opt/cni/bin"
 *   conf_dir = "/etc/cni/net.d"
 *
 * containerd's config.toml (also as `containerd config dump` and `crictl info` show it) and CRI-O's crio.conf: what of them leads to CNI.
 */
const PATHS = /\/containerd\/config\.toml(?:\.tmpl)?$|\/crio(?:\.conf(?:\.d\/\S+)?)$/;
const TABLE = /^\s*\[\[?\s*([\w."' -]+?)\s*\]\]?\s*(?:#.*)?$/;
const KEY = /^\s*["']?([\w.-]+)["']?\s*=\s*(.*)$/;

const bareValue = (text: string): string =>
  /^\s*["']([^"']*)["']/.exec(text)?.[1] ?? text.replace(/\s*#.*$/, '').trim();

/** Configuration of containerd and CRI-O. */
export const containerdConfig = defineParser<RuntimeConfigFact>({
  command: 'containerd-config',
  emits: ['runtime-config'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (/^(?:containerd|crio)$/.test(argv[0] ?? '') && argv[1] === 'config') return {};
      return pathsRead(argv).some((path) => PATHS.test(path)) ? {} : undefined;
    },
    file: /(?:^|-)(?:containerd-config(?:-toml)?|config-toml|crio-conf)(?:-|$)/,
    sniff(head) {
      const all = head.join('\n').slice(0, 40_000);
      if (/^\s*\[crio(?:\.\w+)?\]\s*$/m.test(all)) return 3;
      return /^\s*\[plugins?\.["']?(?:io\.containerd|cri)\b/m.test(all) || /^\s*\[plugins\]\s*$/m.test(all) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let table = '';
    let runtime: 'containerd' | 'crio' = 'containerd';
    let first: number | undefined;
    let seen = false;
    let open = false;
    const settings: { cniConfDir?: string; cniBinDir?: string } = {};
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      const title = line.length < 1000 ? TABLE.exec(line)?.[1] : undefined;
      const [, key, value = ''] = KEY.exec(line) ?? [];
      if (line.trim() === '' || line.trim().startsWith('#')) out.noise(i);
      else if (open) {
        // A list over several lines ends with its bracket.
        open = !/^\s*\]/.test(line);
        out.noise(i);
      } else if (title !== undefined) {
        table = title;
        seen = true;
        if (/^crio\b/.test(table)) runtime = 'crio';
        out.noise(i);
      } else if (key !== undefined) {
        seen = true;
        open = /^\s*\[\s*$/.test(value);
        const isCni = /(?:^|\.)cni$|^crio\.network$/.test(table);
        if (isCni && /^(?:conf_dir|network_dir)$/.test(key)) settings.cniConfDir = bareValue(value);
        else if (isCni && key === 'bin_dir') settings.cniBinDir = bareValue(value);
        else {
          out.noise(i);
          continue;
        }
        first ??= i;
        out.part(i);
      } else if (!failures.take(i, line)) {
        // Values of a list, or text that is no TOML.
        if (seen && /^\s*["'\]{},\w]/.test(line)) out.noise(i);
        else out.gap(i, 'not TOML');
      }
    }
    if (first !== undefined)
      out.fact(first, { kind: 'runtime-config', runtime, source: 'file', ...settings } as Draft<RuntimeConfigFact>);
    failures.close(seen);
  },
});
