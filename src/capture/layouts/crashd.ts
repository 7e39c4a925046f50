import type { Layout } from './layout.js';
import { machine, rootBefore } from './machine.js';

/**
 * crashd (vmware-tanzu/crash-diagnostics starlark/capture.go, sanitizeStr in starlark/support.go): a folder per host, mostly its address, and files
 * named after their command (unless a script names them), with `_` for each character that is no letter or digit. A first line of words may stand above an output.
 */
const ADDRESS = /^\d{1,3}(?:_\d{1,3}){3}$/;
const FILE = /^(\w+)\/(?:.*\/)?([^/]+?)(?:\.txt)?$/;
/** In the folder of a host that has a name, or of an instance of AWS, a command must be seen; other collectors' folders are called by their subject. */
const MARK =
  '(?:\\d{1,3}(?:_\\d{1,3}){3}/[^/]+|(?!(?:sysctls?|networks?|networking|net|system|systeminfo|kernel|host|commands?|outputs?|logs?)/)\\w+/(?:sudo_)?(?:ip|ip6?tables(?:_save)?|bridge|sysctl|nft|journalctl|dmesg|uname|hostname)_\\w+)\\.txt$';
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
  root: rootBefore(MARK),
  locate(path, root) {
    const host = FILE.exec(path)?.[1];
    if (host === undefined) return undefined;
    if (!ADDRESS.test(host)) return machine(`${root}${host}`, `folder ${host}`, host);
    const address = host.replaceAll('_', '.');
    return { kind: 'node', node: address, by: `folder of ${address}` };
  },
  command: (path) => commandIn(FILE.exec(path)?.[2] ?? ''),
};
