/**
 * Programs that people run while they look at a network. A line without a prompt, or behind a bare `$` or `#`, counts as a command only
 * when it starts with one of these; the value tells more of the arguments where output or prose can start with the same word.
 */
/** Anything but what the program prints of its own version: `ipset v7.5, protocol …`, `k3s version v1.21.1`. */
const ANY = /^(?!version:? (?:&?version|v?\d)|v\d)/;
/** An option, or nothing at all: the program's name is a word of the language too. */
const OPTION = /^(-|\||$)/;
const IP_OBJECTS =
  'address addrlabel route rule neighbor neighbour link netns netconf maddress mroute monitor ntable tunnel tuntap token tcp_metrics xfrm l2tp macsec vrf fou nexthop mptcp sr stats'.split(
    ' ',
  );

const BRIDGE_OBJECTS = 'link fdb mdb vlan vni mst monitor'.split(' ');

/** iproute2 takes any beginning of an object's name (`matches()` in lib/utils.c): `ip r s`. */
const iproute2 = (objects: readonly string[]) => ({ test: (rest: string) => isObject(rest, objects) });

function isObject(rest: string, objects: readonly string[]): boolean {
  const words = rest.split(/\s+/, 16);
  let i = 0;
  while (i < words.length && words[i]?.startsWith('-'))
    i += /^-(?:n|net|netns|b|batch|f|family|rc|rcvbuf|l|loops)$/.test(words[i] ?? '') ? 2 : 1;
  const object = words[i] ?? '';
  return object === ''
    ? i > 0 && words[0] !== ''
    : /^[a-z_]+$/.test(object) && objects.some((o) => o.startsWith(object));
}

interface Expected {
  test(rest: string): boolean;
}

const PROGRAMS: ReadonlyMap<string, Expected> = new Map(
  Object.entries({
    ab: /^-/,
    antctl: ANY,
    ansible: /^[\w.*:![\]-]+ .*-[ma]\b/,
    arp: /^(-|\||$)/,
    arping: /^[-\d]/,
    arptables: /^-/,
    'arptables-save': ANY,
    awk: /^['"-]/,
    birdc: ANY,
    birdc6: ANY,
    birdcl: ANY,
    birdcl6: ANY,
    brctl: ANY,
    bridge: iproute2(BRIDGE_OBJECTS),
    busybox: { test: looksLikeCommand },
    'calico-node': /^-/,
    calicoctl: ANY,
    cat: /^[-~./$\w<]/,
    cd: /^[~./\w$-]*$/,
    chroot: /^\//,
    bpftool: /^(-|[a-z]+ )/,
    cilium: /^(-|[a-z]+)/,
    'cilium-dbg': /^(-|[a-z]+)/,
    'cilium-health': /^[a-z]+/,
    clear: /^$/,
    clush: /^-/,
    conntrack: /^-/,
    cp: /^[-~./$\w]/,
    crictl: ANY,
    ctr: /^(-|[a-z])/,
    curl: /^(-|\w+:|[\w.]+\.|["'$])/,
    date: /^([-+]|$)/,
    df: OPTION,
    dig: /^[-+@\w.]+/,
    dmesg: /^(-|\||$)/,
    docker: ANY,
    'docker-compose': ANY,
    'docker-machine': ANY,
    dpkg: /^-/,
    drill: /^[-@\w]/,
    ebtables: /^-/,
    'ebtables-save': ANY,
    echo: ANY,
    egrep: ANY,
    etcdctl: ANY,
    ethtool: ANY,
    exit: /^(\(|$|\d)/,
    export: /^\w+=/,
    find: /^[./~]/,
    'firewall-cmd': /^-/,
    flanneld: /^-/,
    for: /^\w+ in .*;\s*do\b/,
    fping: ANY,
    free: OPTION,
    gcloud: /^compute /,
    getent: ANY,
    gobgp: /^(-|neighbor|global|vrf|monitor)/,
    gravity: ANY,
    grep: /^[-'"\w$^.[]/,
    head: /^[-~./$\w]/,
    helm: ANY,
    history: OPTION,
    host: /^(?:-[tcWRN] \S+ |-\w+ )*[\w.:-]+( [\w.:-]+)?$/,
    hostname: /^(-|\||$)/,
    hostnamectl: /^(-|status|\||$)/,
    hubble: /^(observe|status|list)/,
    ifconfig: /^([\w.@:-]+|-a|\|.*|)( \|.*| up| down)?$/,
    ifup: ANY,
    incus: /^(exec|list|shell)/,
    ip: iproute2(IP_OBJECTS),
    ip6tables: /^-/,
    'ip6tables-legacy': /^-/,
    'ip6tables-legacy-save': ANY,
    'ip6tables-nft': /^-/,
    'ip6tables-nft-save': ANY,
    'ip6tables-save': ANY,
    iperf: /^-/,
    iperf3: /^-/,
    ipset: ANY,
    iptables: /^-/,
    'iptables-legacy': /^-/,
    'iptables-legacy-save': ANY,
    'iptables-nft': /^-/,
    'iptables-nft-save': ANY,
    'iptables-save': ANY,
    ipvsadm: /^(-|\||$)/,
    iwconfig: /^(\w*\d|\||$)/,
    journalctl: ANY,
    k: /^(-|get|describe|exec|logs|apply|debug|node-shell)/,
    k0s: /^(kubectl|status|sysinfo)/,
    k3s: ANY,
    kc: /^(?:-|get|describe|logs?|exec|top|cluster-info)/,
    kctl: ANY,
    kubeadm: ANY,
    kubectl: ANY,
    less: /^[-~./$\w]/,
    lima: ANY,
    limactl: ANY,
    logout: /^$/,
    ls: /^(-|\/|~|\.|$)/,
    lsmod: /^(\||$)/,
    lsof: /^(-|\||$)/,
    lspci: OPTION,
    lxc: /^(exec|list|shell|info)/,
    microk8s: ANY,
    'microk8s.kubectl': ANY,
    minikube: ANY,
    mkdir: /^[-~./$\w]/,
    modinfo: /^[-\w./]+( |$)/,
    modprobe: ANY,
    more: /^[-~./$]/,
    mtr: /^(-|[\d.]+$|[\w.-]+\.[a-z])/,
    multipass: ANY,
    nc: /^-/,
    ncat: /^-/,
    nerdctl: ANY,
    netstat: /^(-|\||$)/,
    networkctl: /^(-|[a-z]|\||$)/,
    nft: /^(-|list|monitor|add)/,
    nmcli: /^(-|[a-z]|$)/,
    nsenter: /^-/,
    nslookup: ANY,
    nstat: /^(-|\||$)/,
    oc: /^(-|[a-z])/,
    openssl: /^s_client/,
    'ovn-appctl': ANY,
    'ovn-nbctl': ANY,
    'ovn-sbctl': ANY,
    'ovn-trace': ANY,
    'ovs-appctl': ANY,
    'ovs-dpctl': ANY,
    'ovs-ofctl': ANY,
    'ovs-vsctl': ANY,
    'ovsdb-client': ANY,
    'parallel-ssh': ANY,
    pdsh: /^-/,
    ping: /^(-\w|[\w.:-]+$|[\w.:-]+ -\w)/,
    ping6: ANY,
    planet: ANY,
    podman: ANY,
    ps: /^(-|aux|(?=\w*x)[aefljuwx]{2,8}( |$)|\||$)/,
    pssh: /^-/,
    resolvectl: /^(-|[a-z]|\||$)/,
    rke2: /^(-|server|agent|etcd-snapshot|certificate)/,
    rm: /^[-~./$]/,
    route: /^(-|\||$|add|del)/,
    rpm: /^-/,
    salt: /^['"\w*-]+ (cmd\.|network\.|test\.)/,
    sed: /^[-'"]/,
    service: /^[\w@.-]+ (status|start|stop|restart|reload)/,
    set: /^[-+][a-z]/,
    sleep: /^\d/,
    sosreport: ANY,
    ss: /^(-|\||$)/,
    ssh: /^(-|[\w.@$-]+( |$))/,
    su: /^(-|root\b|$)/,
    sudo: /^[-\w./]/,
    sysctl: /^(-|[a-z]\w*[./])/,
    systemctl: ANY,
    'systemd-resolve': /^-/,
    tail: /^[-~./$\w]/,
    talosctl: ANY,
    tc: /^(-\S+ )*(qdisc|filter|class|monitor)/,
    tcpdump: ANY,
    teamdctl: /^\w+ /,
    telnet: /^[\w.:-]+ \d+/,
    time: { test: looksLikeCommand },
    timedatectl: OPTION,
    timeout: /^(-|\d+[smhd]? )/,
    toolbox: /^(run|enter|$|-)/,
    tracepath: /^[-\d\w.]+/,
    traceroute: /^(?!to )/,
    traceroute6: /^(?!to )/,
    tracert: /^[-\w.:]+/,
    tshark: ANY,
    ufw: /^(status|show|app)/,
    uname: /^(-|$)/,
    unshare: /^-/,
    uptime: OPTION,
    vagrant: ANY,
    vi: /^[-~./$\w]+$/,
    vim: /^[-~./$\w]+$/,
    virsh: ANY,
    watch: /^(-|['"]|ip |kubectl |[a-z]+ -)/,
    vtysh: /^-/,
    weave: /^(--local )?(status|report|ps|version|expose|connect|dns-lookup)\b/,
    wg: /^(show|-|\||$)/,
    wget: /^(-|\w+:)/,
    while: /^.*;\s*do\b/,
    whoami: /^$/,
    zcat: /^[-~./$\w]/,
    zgrep: ANY,
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

const READERS = new Set([
  'cat',
  'head',
  'tail',
  'grep',
  'egrep',
  'zgrep',
  'zcat',
  'less',
  'more',
  'sed',
  'awk',
  'vi',
  'vim',
]);

const COMMENTS = new Set(['dig', 'drill', 'delv', 'host']);
const NSLOOKUP = new Set(['nslookup', 'busybox']);

/** Files are read with their comments; what another program prints is none, and a document that shows it so has made one of it. */
export const readsFiles = (program: string): boolean => READERS.has(program);

/** Can a line of what it prints be a command that nobody ran then: of a script, a list of processes, a container's log? */
export const printsCommands = (program: string, command: string): boolean =>
  readsFiles(program) || program === 'ps' || program === 'history' || /\slogs(?:\s|$)/.test(command);

/** What they print are comments of a zone file; what nslookup says of its tries as well, as it is made of the same library. */
export const printsComments = (program: string, line: string): boolean =>
  COMMENTS.has(program) || (NSLOOKUP.has(program) && line.startsWith(';;'));
