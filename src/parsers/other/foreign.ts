/*
 * Routing tables
 *
 * Internet:
 * Destination        Gateway            Flags        Refs      Use   Netif Expire
 * default            192.0.2.1          UGSc           38        0     en0
 *
 * Programs of one name print other tables on other systems. No walk goes through such a machine, which may be the one that somebody looked from.
 */
const HEADS: readonly RegExp[] = [
  // BSD and macOS: usr.bin/netstat main.c, route.c, inet.c, if.c, and sbin/route `get`
  /^Routing tables(?: \(fib: \d+\))?$/,
  /^Destination +Gateway +Flags\b/,
  /^(?:(?:Tcpcb|PCB|Socket) +)?(?:Flowhash +)?Proto +(?:Recv-Q +Send-Q|Rexmit +OOORcv +0-win) +Local +Address +Foreign +Address(?: +(?:\(state\)|R-MBUF).*)?$/,
  /^Active Internet connections$/,
  /^route to: \S+$/,
  // Solaris, HP-UX and AIX
  /^Net to Media Table: IPv[46]$/,
  /^\S+ \(\d[\d.]+\) at [\da-f:]{11,17} \[ethernet\](?: \w+)* stored in bucket \d+$/,
  /^Routing Table: IPv[46]$/,
  /^Name +Mtu +(?:Network|Net\/Dest) +Address +Ipkts\b/i,
  // Windows: route print, netstat, arp -a, ipconfig
  /^Interface List$/,
  /^Network Destination +Netmask +Gateway +Interface +Metric$/,
  /^Proto +Local Address +Foreign Address +State(?: +PID)?$/,
  /^Internet Address +Physical Address +Type$/,
  /^Windows IP Configuration$/,
];
const FIRST = 6;

/** Does an output of netstat, route, arp or ipconfig begin so on another system than Linux? */
export const isForeignHead = (head: readonly string[]): boolean =>
  head
    .map((line) => line.slice(0, 300).trim())
    .filter((line) => line !== '')
    .slice(0, FIRST)
    .some((line) => HEADS.some((h) => h.test(line)));
