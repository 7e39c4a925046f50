import type { NetworkManagerConfigFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * [main]
 * plugins=ifcfg-rh,keyfile
 *
 * [keyfile]
 * unmanaged-devices=interface-name:cali*;interface-name:tunl*
 *
 * NetworkManager.conf and conf.d, also as `NetworkManager --print-config` puts them together.
 */
const SECTION = /^\s*\[([\w.:-]+)\]\s*$/;
const KEY = /^\s*([\w.-]+)\s*[+-]?=\s*(.*)$/;
const OWN: ReadonlySet<string> = new Set([
  'main',
  'keyfile',
  'ifupdown',
  'logging',
  'connectivity',
  'global-dns',
  'ifnet',
]);

const isOwn = (section: string): boolean =>
  OWN.has(section) || /^(?:connection|device|global-dns-domain|\.config)/.test(section);

/** What NetworkManager is told to leave alone. */
export const networkManagerConf = defineParser<NetworkManagerConfigFact>({
  command: 'network-manager-conf',
  emits: ['network-manager-config'],
  scope: 'stack',
  claims: {
    command(argv) {
      if (argv[0] === 'NetworkManager' && argv.includes('--print-config')) return {};
      return pathsRead(argv).some((path) => /\/NetworkManager\/(?:NetworkManager\.conf|conf\.d\/\S+)$/.test(path))
        ? {}
        : undefined;
    },
    file: /(?:^|-)network-?manager-(?:conf|print-config|(?:conf-d-)?[\w-]+-conf)$/,
    sniff(head) {
      const all = head.join('\n').slice(0, 20_000);
      const own = /^\s*\[(?:main|keyfile|ifupdown|device[\w-]*|connection[\w-]*)\]\s*$/m.test(all);
      if (!own) return 0;
      // A profile of a connection has [connection] too, and an id.
      if (/^\s*\[connection\]\s*$/m.test(all) && /^\s*(?:id|uuid)\s*=/m.test(all)) return 0;
      return /^\s*unmanaged-devices\s*[+-]?=/m.test(all) || /^# NetworkManager configuration:/m.test(all)
        ? 3
        : /^\s*plugins\s*=\s*(?:ifcfg-rh|keyfile|ifupdown)/m.test(all)
          ? 2
          : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const config: { plugins?: readonly string[]; dns?: string } = {};
    const unmanaged: string[] = [];
    let section = '';
    let first: number | undefined;
    let own: number | undefined;
    const take = (i: number): void => {
      first ??= i;
      out.part(i);
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 8000);
      const title = SECTION.exec(line)?.[1];
      const [, key, value = ''] = KEY.exec(line) ?? [];
      if (line.trim() === '' || /^\s*[#;]/.test(line)) out.noise(i);
      else if (title !== undefined) {
        section = title;
        own ??= isOwn(section) ? i : undefined;
        if (isOwn(section)) out.noise(i);
        else out.gap(i, 'not a section of NetworkManager');
      } else if (key === undefined) {
        if (!failures.take(i, line)) out.gap(i, 'neither a section nor a setting');
      } else if (section === 'keyfile' && key === 'unmanaged-devices') {
        unmanaged.push(...value.split(/[;,]\s*/).filter((spec) => spec !== ''));
        take(i);
      } else if (section === 'main' && key === 'plugins') {
        config.plugins = value.split(/[,;]\s*/).filter((word) => word !== '');
        take(i);
      } else if (section === 'main' && key === 'dns') {
        config.dns = value.trim();
        take(i);
      } else if (/^device/.test(section) && key === 'managed' && /^(?:0|false|no)$/.test(value.trim())) {
        unmanaged.push(`[${section}]`);
        take(i);
      } else out.noise(i);
    }
    if (own !== undefined)
      out.fact(first ?? own, {
        kind: 'network-manager-config',
        unmanaged,
        ...config,
      } as Draft<NetworkManagerConfigFact>);
    failures.close(own !== undefined);
  },
});
