import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/**
 * crashd (vmware-tanzu/crash-diagnostics starlark/capture.go): a folder per host, its address with `_` for each dot, files named after their
 * command with `_` for each character that is no letter or digit.
 */
const FILE = /^(\d{1,3}(?:_\d{1,3}){3})\/(?:.*\/)?([^/]+?)(?:\.txt)?$/;
const PROGRAM =
  /^(?:sudo )?(?:ip|bridge|sysctl|uname|hostname|dmesg|lsmod|ss|netstat|route|arp|ifconfig|journalctl|nft|ipset|ethtool|brctl)(?= |$)/;

/** `sudo_ip__d_link_show` → `ip -d link show`; what was between the words is lost, and a second `_` is most likely a dash. */
function commandIn(name: string): string | undefined {
  const line = name
    .replace(
      /^(sudo_)?(ip6?tables)_(save|legacy_save|nft_save)/,
      (_, sudo: string | undefined, p: string, s: string) => `${sudo ?? ''}${p}-${s.replace('_', '-')}`,
    )
    .replace(/__+(?=\w)/g, ' -')
    .replace(/(?<=\w)_(?=\w)/g, ' ');
  return PROGRAM.test(line) || /^(?:sudo )?ip6?tables/.test(line) ? line : undefined;
}

export const crashd: Layout = {
  name: 'crashd',
  title: 'Crash Diagnostics',
  root: rootBefore('\\d{1,3}(?:_\\d{1,3}){3}/[^/]+\\.txt$'),
  locate(path) {
    const host = FILE.exec(path)?.[1]?.replaceAll('_', '.');
    return host === undefined ? undefined : { kind: 'node', node: host, by: `folder of ${host}` };
  },
  command: (path) => commandIn(FILE.exec(path)?.[2] ?? ''),
};
