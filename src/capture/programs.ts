/**
 * Programs that people run while they look at a network. A line without a prompt, or behind a bare `$` or `#`, counts as a command only
 * when it starts with one of these; the value tells more of the arguments where output can start with the same word.
 */
const ANY = /^/;
const PROGRAMS: ReadonlyMap<string, RegExp> = new Map(
  Object.entries({
    ab: /^-/,
    arp: /^(-|$)/,
    arping: ANY,
    birdc: ANY,
    birdc6: ANY,
    birdcl: ANY,
    brctl: ANY,
    bridge: /^(-\S+ )*(f|l|v|m)/,
    calicoctl: ANY,
    cat: /^[-~./$\w]/,
    cd: /^[~./\w$-]*$/,
    conntrack: /^-/,
    cp: ANY,
    crictl: ANY,
    curl: ANY,
    date: /^([-+]|$)/,
    dig: ANY,
    dmesg: /^(-|\||$)/,
    docker: ANY,
    drill: /^[-@\w]/,
    echo: ANY,
    etcdctl: ANY,
    ethtool: ANY,
    exit: /^(\(|$|\d)/,
    export: /^\w+=/,
    flanneld: /^-/,
    fping: ANY,
    gravity: ANY,
    grep: ANY,
    head: ANY,
    helm: ANY,
    host: /^[-\w.]+( [\w.:]+)?$/,
    hostname: /^(-|$)/,
    hubble: /^observe/,
    ifconfig: /^([\w.@-]+|-a|)$/,
    ifconfig: /^(-[asv]( [\w.@-]+)?|[\w.@-]+|)$/,
    ip: /^(-|[a-z])/,
    ip6tables: /^-/,
    'ip6tables-save': ANY,
    ipset: ANY,
    iptables: /^-/,
    'iptables-save': ANY,
    ipvsadm: /^-/,
    journalctl: ANY,
    k3s: ANY,
    kctl: ANY,
    kubeadm: ANY,
    kubectl: ANY,
    less: ANY,
    logout: /^$/,
    ls: /^(-|\/|~|\.|$)/,
    lsmod: ANY,
    mkdir: ANY,
    modprobe: ANY,
    mtr: ANY,
    ncat: /^-/,
    netstat: /^(-|$)/,
    networkctl: /^(-|list|status|lldp|$)/,
    nft: ANY,
    // `nmcli: …` is what it says itself.
    nmcli: /^(-|[a-z]+\b(?!:)|$)/,
    nslookup: ANY,
    nsenter: ANY,
    nstat: ANY,
    oc: ANY,
    openssl: /^s_client/,
    ping: /^-?[\w.:-]/,
    ping6: ANY,
    planet: ANY,
    podman: ANY,
    ps: /^(-|aux|\||$)/,
    rm: ANY,
    route: /^(-|$|add|del)/,
    service: /^[\w@.-]+ (status|start|stop|restart|reload)/,
    sosreport: ANY,
    ss: /^(-|$)/,
    ssh: ANY,
    sudo: ANY,
    sysctl: /^(-|[a-z]\w*[./])/,
    systemctl: ANY,
    tail: ANY,
    tc: /^(-\S+ )*(q|f|cl)/,
    tcpdump: ANY,
    traceroute: ANY,
    traceroute6: ANY,
    tshark: ANY,
    uname: /^(-|$)/,
    vagrant: ANY,
    vi: ANY,
    vim: ANY,
    watch: ANY,
    wg: ANY,
    wget: ANY,
  }),
);

const ASSIGNMENT = /^[A-Za-z_]\w*=\S*\s+/;

/** Does the line start like a command of the field? */
export function looksLikeCommand(line: string): boolean {
  if (line.length > 2000 || line.startsWith(' ')) return false;
  const bare = line.replace(ASSIGNMENT, '').trimEnd();
  const space = bare.search(/\s/);
  const word = space === -1 ? bare : bare.slice(0, space);
  // `pod/curl created` is output, `/sbin/ip route` is not.
  if (word.includes('/') && !/^(?:\.{0,2}|~|(?:usr|s?bin)[\w/]*)\//.test(word)) return false;
  const expected = PROGRAMS.get(word.slice(word.lastIndexOf('/') + 1));
  return expected?.test(space === -1 ? '' : bare.slice(space).trimStart()) ?? false;
}
