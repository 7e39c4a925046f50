import type { Layout } from './layout.js';
import { machine, namesAbove, rootBefore } from './machine.js';

/**
 * sos report (sosreport/sos): outputs in `sos_commands/<plugin>/` under mangled command lines. `sos_reports/manifest.json` has the true
 * ones; where it is missing (3.x) or lists less, the name is read back as far as it can be.
 */
const OUTPUT = /^sos_commands\/[^/]+\/(?:.*\/)?([^/]+)$/;

/** Programs whose words hold no underscore or slash that matters: mangling is undone by turning each `_` into a blank. */
const READABLE =
  /^(?:ip|bridge|ip6?tables|nft|sysctl|dmesg|lsmod|uname|hostname|netstat|ss|ethtool|brctl|ipset|conntrack|ipvsadm|journalctl|tc|route|arp|ifconfig|date|uptime|birdc6?|kubectl|firewall-cmd|nmcli|networkctl|resolvectl|systemctl|ps|docker|crictl|podman)(?=_|$)/;

/** Files that are links or copies at the top of a report. */
const TOP: Readonly<Record<string, string>> = {
  ip_addr: 'ip -o addr',
  ip_route: 'ip route show table all',
  route: 'route -n',
  hostname: 'hostname',
  uname: 'uname -a',
  uptime: 'uptime',
  date: 'date',
  lsmod: 'lsmod',
};

/** Words that the mangling split although they are one. */
const rejoin = (line: string): string =>
  line
    .replace(/^ip (.*)tcp metrics/, 'ip $1tcp_metrics')
    .replace(/ --kubeconfig \.\S+/, '')
    .replace(/ (--all-namespaces) true /, ' $1 ');

/** The command line of a mangled name (sos/utilities.py `_mangle_command`); collisions end in `.1`. */
function unmangled(name: string): string | undefined {
  if (!READABLE.test(name)) return undefined;
  const bare = name.replace(/(?<=[a-z])\.\d{1,2}$/, '').replace(/\.tailed$/, '');
  return rejoin(bare.replace(/_+/g, ' '));
}

/** `sosreport-<host>[-<label>][-<case>]-<date>-<letters>`; legacy names end in a long stamp. */
function hostIn(root: string): string | undefined {
  const [top = ''] = namesAbove(root).filter((n) => /^sosreport-/.test(n));
  const name = top
    .replace(/^sosreport-/, '')
    .replace(/-obfuscated$/, '')
    .replace(/-[a-z]{5,7}$/, '')
    .replace(/[-.]?\d{4}-\d\d-\d\d$|-\d{14}$/, '')
    .replace(/-\d{5,}$/, '');
  return name === '' ? undefined : name;
}

export const sos: Layout = {
  name: 'sos',
  title: 'sos report',
  root: rootBefore('sos_commands/[^/]+/'),
  locate: (_path, root) => machine(root, 'sos report', hostIn(root)),
  command(path) {
    if (Object.hasOwn(TOP, path)) return TOP[path];
    const name = OUTPUT.exec(path)?.[1];
    return name === undefined ? undefined : unmangled(name);
  },
};
