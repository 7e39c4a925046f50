/** Programs whose words hold no underscore or slash that matters: mangling is undone by turning each `_` into a blank. */
const READABLE =
  /^(?:ip|bridge|ip6?tables|nft|sysctl|dmesg|lsmod|uname|hostname|netstat|ss|ethtool|brctl|ipset|conntrack|ipvsadm|journalctl|tc|route|arp|ifconfig|date|uptime|birdc6?|kubectl|firewall-cmd|nmcli|networkctl|resolvectl|systemctl|ps|docker|crictl|podman|vtysh)(?=_|$)/;

/** Words that the mangling split although they are one. */
const rejoin = (line: string): string =>
  line
    .replace(/^ip (.*)tcp metrics/, 'ip $1tcp_metrics')
    .replace(/ --kubeconfig \.\S+/, '')
    .replace(/ (--all-namespaces) true /, ' $1 ');

/** The command line of a file name that sos (and Insights) made of it (sos/utilities.py `_mangle_command`); collisions end in `.1`. */
export function unmangled(name: string): string | undefined {
  if (!READABLE.test(name)) return undefined;
  const bare = name.replace(/(?<=[a-z])\.\d{1,2}$/, '').replace(/\.tailed$/, '');
  return rejoin(bare.replace(/_+/g, ' '));
}
