/*
 * Names of ports as tools print them without -n, from IANA's registry as /etc/services of the distributions has it (RFC 6335). One port may
 * have several names; a name has one port.
 */
const NAMES = `
  tcpmux 1 nbp 2 zip 6 echo 7 discard 9 systat 11 daytime 13 netstat 15 qotd 17 chargen 19 ftp-data 20 ftp 21 ssh 22 telnet 23 smtp 25 mail 25 time 37 nameserver 42
  whois 43 nicname 43 tacacs 49 domain 53 bootps 67 bootpc 68 tftp 69 gopher 70 finger 79 http 80 www 80 www-http 80 kerberos 88
  kerberos-sec 88 iso-tsap 102 acr-nema 104 pop3 110 pop-3 110 sunrpc 111 rpcbind 111 portmapper 111 auth 113 ident 113 nntp 119 ntp 123
  epmap 135 loc-srv 135 netbios-ns 137 netbios-dgm 138 netbios-ssn 139 imap2 143 imap 143 snmp 161 snmp-trap 162 snmptrap 162 cmip-man 163
  cmip-agent 164 mailq 174 xdmcp 177 bgp 179 smux 199 qmtp 209 z3950 210 ipx 213 ptp-event 319 ptp-general 320 pawserv 345 zserv 346
  rpc2portmap 369 codaauth2 370 clearcase 371 ldap 389 svrloc 427 https 443 snpp 444 microsoft-ds 445 kpasswd 464 submissions 465
  urd 465 smtps 465 saft 487 isakmp 500 rtsp 554 nqs 607 asf-rmcp 623 qmqp 628 ipp 631 ldp 646 exec 512 login 513 who 513 shell 514 syslog 514
  printer 515 talk 517 ntalk 518 route 520 router 520 gdomap 538 uucp 540 klogin 543 kshell 544 dhcpv6-client 546 dhcpv6-server 547 afpovertcp 548
  nntps 563 submission 587 ldaps 636 tinc 655 silc 706 kerberos-adm 749 domain-s 853 rsync 873 ftps-data 989 ftps 990 telnets 992
  imaps 993 pop3s 995 webmin 10000 snet-sensor-mgmt 10000 socks 1080 proofd 1093 rootd 1094 openvpn 1194 rmiregistry 1099 lotusnote 1352
  ms-sql-s 1433 ms-sql-m 1434 ingreslock 1524 datametrics 1645 sa-msg-port 1646 l2f 1701 l2tp 1701 radius 1812 radius-acct 1813 mqtt 1883
  cisco-sccp 2000 nfs 2049 gnunet 2086 rtcm-sc104 2101 zephyr-srv 2102 gsigatekeeper 2119 eli 2087 cvspserver 2401 gris 2135
  etcd-client 2379 etcd-server 2380 iscsi-target 3260 mysql 3306 ms-wbt-server 3389 nut 3493 stun 3478 turn 3478 distcc 3632 daap 3689
  svn 3690 suucp 4031 sysrqd 4094 sieve 4190 epmd 4369 fax 4557 hylafax 4559 munin 4949 ipsec-nat-t 4500 trivnet1 8200 vxlan 4789 geneve 6081
  commplex-main 5000 commplex-link 5001 iperf2 5001 sip 5060 sip-tls 5061 xmpp-client 5222 xmpp-server 5269 mdns 5353 hostmon 5355 llmnr 5355
  postgresql 5432 postgres 5432 freeciv 5556 amqps 5671 amqp 5672 rplay 5555 personal-agent 5555 vnc-server 5900 rfb 5900 wsman 5985 wsmans 5986 couchdb 5984 x11 6000
  redis 6379 sun-sr-https 6443 sge-qmaster 6444 gnutella-svc 6346 ircd 6667 ircu 6667 afs3-fileserver 7000 afs3-callback 7001 cassandra 9042 irdmi 8000
  vcom-tunnel 8001 http-alt 8080 webcache 8080 sunproxyadmin 8081 tproxy 8081 us-cli 8082 us-srv 8083 radan-http 8088 xprint-server 8100 pcsync-https 8443 pcsync-http 8444
  otv 8472 cslistener 9000 websm 9090 xmltec-xmlmail 9091 jetdirect 9100 hp-pdl-datastr 9100 pdl-datastream 9100 bacula-dir 9101 bacula-fd 9102 bacula-sd 9103
  wap-wsp 9200 vrace 9300 git 9418 zabbix-agent 10050 zabbix-trapper 10051 amanda 10080 memcache 11211 hkp 11371 mongodb 27017 traceroute 33434 ndmps 30000
  bfd-control 3784 bfd-echo 3785 bfd-multi-ctl 4784`;

let ports: ReadonlyMap<string, number> | undefined;

function load(): ReadonlyMap<string, number> {
  const words = NAMES.trim().split(/\s+/);
  const map = new Map<string, number>();
  for (let i = 0; i + 1 < words.length; i += 2) map.set(words[i] ?? '', Number(words[i + 1]));
  return map;
}

/** Port of a service's name; undefined for names that no common /etc/services has. */
export function portOf(name: string): number | undefined {
  ports ??= load();
  return ports.get(name.toLowerCase());
}
