/**
 * Ports of names that ss and netstat print without `-n`: those of /etc/services (Debian's, and Red Hat's of IANA) that a node's network
 * is made of. A name that two systems give to different ports is not here.
 */
const PORTS: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  bootps: 67,
  bootpc: 68,
  tftp: 69,
  http: 80,
  kerberos: 88,
  pop3: 110,
  sunrpc: 111,
  auth: 113,
  ntp: 123,
  imap: 143,
  imap2: 143,
  snmp: 161,
  'snmp-trap': 162,
  snmptrap: 162,
  bgp: 179,
  ldap: 389,
  https: 443,
  isakmp: 500,
  syslog: 514,
  shell: 514,
  'dhcpv6-client': 546,
  'dhcpv6-server': 547,
  ipp: 631,
  ldaps: 636,
  rsync: 873,
  imaps: 993,
  pop3s: 995,
  openvpn: 1194,
  nfs: 2049,
  'etcd-client': 2379,
  'etcd-server': 2380,
  iscsi: 3260,
  'iscsi-target': 3260,
  mysql: 3306,
  nat: 4500,
  'ipsec-nat-t': 4500,
  vxlan: 4789,
  mdns: 5353,
  hostmon: 5355,
  llmnr: 5355,
  postgresql: 5432,
  postgres: 5432,
  amqp: 5672,
  geneve: 6081,
  redis: 6379,
  'sun-sr-https': 6443,
  'http-alt': 8080,
  webcache: 8080,
  otv: 8472,
};
/** IP protocols, which stand in a raw socket's place of a port. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  tcp: 6,
  udp: 17,
  gre: 47,
  esp: 50,
  ah: 51,
  'ipv6-icmp': 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  sctp: 132,
};

const lookup = (table: Readonly<Record<string, number>>, name: string): number | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** The port that a printed port or name is; of a raw socket the protocol. `*` is 0: any. */
export function portOf(text: string, protocol: string): number | undefined {
  if (text === '*') return 0;
  if (/^\d{1,5}$/.test(text)) return Number(text) <= 65535 ? Number(text) : undefined;
  return lookup(protocol === 'raw' || protocol.startsWith('icmp') ? PROTOCOLS : PORTS, text);
}
