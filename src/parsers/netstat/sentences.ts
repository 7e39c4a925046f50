/** Sentences of net-tools' statistics.c, with `#` for the number, to the kernel's names. Older wordings stand beside the newer ones. */
type Table = Readonly<Record<string, string>>;

const IP: Table = {
  '# forwarded': 'ForwDatagrams',
  '# fragments created': 'FragCreates',
  '# outgoing packets failed fragmentation': 'FragFails',
  '# fragments failed': 'FragFails',
  '# outgoing packets fragmented ok': 'FragOKs',
  '# fragments received ok': 'FragOKs',
  '# with invalid addresses': 'InAddrErrors',
  '# incoming packets delivered': 'InDelivers',
  '# incoming packets discarded': 'InDiscards',
  '# with invalid headers': 'InHdrErrors',
  '# total packets received': 'InReceives',
  '# with unknown protocol': 'InUnknownProtos',
  '# outgoing packets dropped': 'OutDiscards',
  '# dropped because of missing route': 'OutNoRoutes',
  '# requests sent out': 'OutRequests',
  '# packet reassembles failed': 'ReasmFails',
  '# packet reassemblies failed': 'ReasmFails',
  '# packets reassembled ok': 'ReasmOKs',
  '# reassemblies required': 'ReasmReqds',
  '# fragments dropped after timeout': 'ReasmTimeout',
};

const IP6: Table = {
  ...IP,
  '# forwarded': 'OutForwDatagrams',
  '# incoming multicast packets': 'InMcastPkts',
  '# outgoing multicast packets': 'OutMcastPkts',
  '# incoming packets with no route': 'InNoRoutes',
  '# with packets too big': 'InTooBigErrors',
  '# with truncated packets': 'InTruncatedPkts',
};

const ICMP: Table = {
  '# ICMP messages received': 'InMsgs',
  '# input ICMP message failed': 'InErrors',
  '# ICMP messages sent': 'OutMsgs',
  '# ICMP messages failed': 'OutErrors',
};

/** Rows of the histograms; the direction goes before the name. */
const ICMP_ROWS: Table = {
  'address mask replies: #': 'AddrMaskReps',
  'address mask request: #': 'AddrMasks',
  'address mask requests: #': 'AddrMasks',
  'destination unreachable: #': 'DestUnreachs',
  'echo replies: #': 'EchoReps',
  'echo request: #': 'Echos',
  'echo requests: #': 'Echos',
  'wrong parameters: #': 'ParmProbs',
  'redirect: #': 'Redirects',
  'redirects: #': 'Redirects',
  'source quench: #': 'SrcQuenchs',
  'source quenches: #': 'SrcQuenchs',
  'timeout in transit: #': 'TimeExcds',
  'time exceeded: #': 'TimeExcds',
  'timestamp reply: #': 'TimestampReps',
  'timestamp replies: #': 'TimestampReps',
  'timestamp request: #': 'Timestamps',
  'timestamp requests: #': 'Timestamps',
};

const ICMP6_ROWS: Table = {
  'destination unreachable: #': 'DestUnreachs',
  'echo replies: #': 'EchoReplies',
  'echo requests: #': 'Echos',
  'group member queries: #': 'GroupMembQueries',
  'group member reductions: #': 'GroupMembReductions',
  'group member responses: #': 'GroupMembResponses',
  'neighbour advertisement: #': 'NeighborAdvertisements',
  'neighbor advertisements: #': 'NeighborAdvertisements',
  'neighbour solicits: #': 'NeighborSolicits',
  'neighbor solicits: #': 'NeighborSolicits',
  'parameter problem: #': 'ParmProblems',
  'packets too big: #': 'PktTooBigs',
  'redirects: #': 'Redirects',
  'router advertisement: #': 'RouterAdvertisements',
  'router solicits: #': 'RouterSolicits',
  'received ICMPv6 time exceeded: #': 'TimeExcds',
  'sent ICMPv6 time exceeded: #': 'TimeExcds',
};

const TCP: Table = {
  '# active connection openings': 'ActiveOpens',
  '# active connections openings': 'ActiveOpens',
  '# failed connection attempts': 'AttemptFails',
  '# connections established': 'CurrEstab',
  '# connection resets received': 'EstabResets',
  '# bad segments received': 'InErrs',
  '# segments received': 'InSegs',
  '# resets sent': 'OutRsts',
  '# segments sent out': 'OutSegs',
  '# segments send out': 'OutSegs',
  '# passive connection openings': 'PassiveOpens',
  '# segments retransmitted': 'RetransSegs',
  '# segments retransmited': 'RetransSegs',
};

const UDP: Table = {
  '# packets received': 'InDatagrams',
  '# packet receive errors': 'InErrors',
  '# packets to unknown port received': 'NoPorts',
  '# packets sent': 'OutDatagrams',
  '# receive buffer errors': 'RcvbufErrors',
  '# send buffer errors': 'SndbufErrors',
};

const TCP_EXT: Table = {
  '# delayed acks further delayed because of locked socket': 'DelayedACKLocked',
  'Quick ack mode was activated # times': 'DelayedACKLost',
  '# delayed acks sent': 'DelayedACKs',
  '# resets received for embryonic SYN_RECV sockets': 'EmbryonicRsts',
  '# SYNs to LISTEN sockets dropped': 'ListenDrops',
  '# SYNs to LISTEN sockets ignored': 'ListenDrops',
  '# times the listen queue of a socket overflowed': 'ListenOverflows',
  '# ICMP packets dropped because socket was locked': 'LockDroppedIcmps',
  '# packets dropped from out-of-order queue because of socket buffer overrun': 'OfoPruned',
  '# ICMP packets dropped because they were out-of-window': 'OutOfWindowIcmps',
  '# active connections rejected because of time stamp': 'PAWSActive',
  '# packets rejected in established connections because of timestamp': 'PAWSEstab',
  '# packets rejects in established connections because of timestamp': 'PAWSEstab',
  '# passive connections rejected because of time stamp': 'PAWSPassive',
  '# packets pruned from receive queue because of socket buffer overrun': 'PruneCalled',
  '# packets pruned from receive queue': 'RcvPruned',
  'Ran # times out of system memory during packet sending': 'SockMallocOOM',
  '# invalid SYN cookies received': 'SyncookiesFailed',
  '# SYN cookies received': 'SyncookiesRecv',
  '# SYN cookies sent': 'SyncookiesSent',
  '# times unabled to send RST due to no memory': 'TCPAbortFailed',
  '# times unable to send RST due to no memory': 'TCPAbortFailed',
  '# connections reset due to early user close': 'TCPAbortOnClose',
  '# connections reset due to unexpected data': 'TCPAbortOnData',
  '# connections aborted after user close in linger timeout': 'TCPAbortOnLinger',
  '# connections aborted due to memory pressure': 'TCPAbortOnMemory',
  '# connections reset due to unexpected SYN': 'TCPAbortOnSyn',
  '# connections aborted due to timeout': 'TCPAbortOnTimeout',
  '# bytes directly in process context from backlog': 'TCPDirectCopyFromBacklog',
  '# packets directly received from backlog': 'TCPDirectCopyFromBacklog',
  '# of bytes directly received from backlog': 'TCPDirectCopyFromBacklog',
  '# bytes directly received in process context from prequeue': 'TCPDirectCopyFromPrequeue',
  '# packets directly received from prequeue': 'TCPDirectCopyFromPrequeue',
  '# of bytes directly received from prequeue': 'TCPDirectCopyFromPrequeue',
  '# DSACKs for out of order packets received': 'TCPDSACKOfoRecv',
  '# DSACKs sent for out of order packets': 'TCPDSACKOfoSent',
  '# DSACKs sent for old packets': 'TCPDSACKOldSent',
  '# DSACKs received': 'TCPDSACKRecv',
  '# congestion window recovered without slow start using DSACK': 'TCPDSACKUndo',
  '# congestion windows recovered without slow start by DSACK': 'TCPDSACKUndo',
  'Detected reordering # times using FACK': 'TCPFACKReorder',
  '# fast retransmits': 'TCPFastRetrans',
  '# forward retransmits': 'TCPForwardRetrans',
  '# congestion windows fully recovered': 'TCPFullUndo',
  '# congestion windows fully recovered without slow start': 'TCPFullUndo',
  '# predicted acknowledgments': 'TCPHPAcks',
  '# packet headers predicted': 'TCPHPHits',
  '# packets header predicted': 'TCPHPHits',
  '# packet headers predicted and directly queued to user': 'TCPHPHitsToUser',
  '# packets header predicted and directly queued to user': 'TCPHPHitsToUser',
  '# timeouts in loss state': 'TCPLossFailures',
  '# TCP data loss events': 'TCPLoss',
  '# congestion windows recovered after partial ack': 'TCPLossUndo',
  '# congestion windows recovered without slow start after partial ack': 'TCPLossUndo',
  '# retransmits lost': 'TCPLostRetransmit',
  'TCP ran low on memory # times': 'TCPMemoryPressures',
  '# congestion windows partially recovered using Hoe heuristic': 'TCPPartialUndo',
  '# packets directly queued to recvmsg prequeue': 'TCPPrequeued',
  '# packets dropped from prequeue': 'TCPPrequeueDropped',
  '# acknowledgments not containing data received': 'TCPPureAcks',
  '# acknowledgments not containing data payload received': 'TCPPureAcks',
  '# packets collapsed in receive queue due to low socket buffer': 'TCPRcvCollapsed',
  '# timeouts after reno fast retransmit': 'TCPRenoFailures',
  '# reno fast retransmits failed': 'TCPRenoRecoveryFail',
  '# classic Reno fast retransmits failed': 'TCPRenoRecoveryFail',
  '# times recovered from packet loss due to fast retransmit': 'TCPRenoRecovery',
  'Detected reordering # times using reno fast retransmit': 'TCPRenoReorder',
  '# timeouts after SACK recovery': 'TCPSackFailures',
  '# sack retransmits failed': 'TCPSackRecoveryFail',
  '# SACK retransmits failed': 'TCPSackRecoveryFail',
  '# times recovered from packet loss due to SACK data': 'TCPSackRecovery',
  '# times recovered from packet loss by selective acknowledgements': 'TCPSackRecovery',
  '# bad SACKs received': 'TCPSACKReneging',
  '# bad SACK blocks received': 'TCPSACKReneging',
  'Detected reordering # times using SACK': 'TCPSACKReorder',
  '# times receiver scheduled too late for direct processing': 'TCPSchedulerFailed',
  '# retransmits in slow start': 'TCPSlowStartRetrans',
  '# other TCP timeouts': 'TCPTimeouts',
  'Detected reordering # times using time stamp': 'TCPTSReorder',
  '# TCP sockets finished time wait in slow timer': 'TWKilled',
  '# TCP sockets finished time wait in fast timer': 'TW',
  '# time wait sockets recycled by time stamp': 'TWRecycled',
};

const SCTP: Table = {
  '# Number of Aborteds': 'Aborteds',
  '# Active Associations': 'ActiveEstabs',
  '# Number of Packets with invalid Checksum': 'ChecksumErrors',
  '# Current Associations': 'CurrEstab',
  '# Number of messages fragmented': 'FragUsrMsgs',
  '# Number of control chunks received': 'InCtrlChunks',
  '# Number of ordered chunks received': 'InOrderChunks',
  '# Number of SCTP packets received': 'InSCTPPacks',
  '# Number of Unordered chunks received': 'InUnorderChunks',
  '# Number of control chunks sent': 'OutCtrlChunks',
  '# Number of Out of Blue packets': 'OutOfBlues',
  '# Number of ordered chunks sent': 'OutOrderChunks',
  '# Number of SCTP packets sent': 'OutSCTPPacks',
  '# Number of Unordered chunks sent': 'OutUnorderChunks',
  '# Passive Associations': 'PassiveEstabs',
  '# Number of messages reassembled': 'ReasmUsrMsgs',
  '# Number of Graceful Terminations': 'Shutdowns',
};

const SECTIONS: ReadonlyMap<string, Table> = new Map([
  ['Ip', IP],
  ['Ip6', IP6],
  ['Icmp', ICMP],
  ['Icmp6', ICMP],
  ['Tcp', TCP],
  ['Tcp6', TCP],
  ['Udp', UDP],
  ['Udp6', UDP],
  ['TcpExt', TCP_EXT],
  ['Sctp', SCTP],
]);
/** Sections whose sentences no other has, for a `grep` that lost the headings. */
const OWN: readonly (readonly [string, Table])[] = [
  ['TcpExt', TCP_EXT],
  ['Tcp', TCP],
];

interface Split {
  readonly sentence: string;
  readonly value: number;
}

/** The sentence without its number; the old ones ended in a full stop. */
function split(line: string): Split | undefined {
  const m = /(?:^|\s)(\d{1,20})(?=\s|\.?$)/.exec(line);
  if (!m || line.length > 120) return undefined;
  const number = m[1] ?? '';
  const at = m.index + (m[0].length - number.length);
  const sentence = `${line.slice(0, at)}#${line.slice(at + number.length)}`.replace(/\.$/, '').trimEnd();
  return { sentence, value: Number(number) };
}

const look = (table: Table | undefined, sentence: string): string | undefined =>
  table && Object.hasOwn(table, sentence) ? table[sentence] : undefined;

/** Kernel's name of a TCP sentence, which alone tell netstat -s from any other list of numbers. */
export function sentenceOf(line: string): string | undefined {
  const parts = split(line);
  if (!parts) return undefined;
  return (
    look(TCP_EXT, parts.sentence) ?? look(TCP, parts.sentence) ?? look(IP, parts.sentence) ?? look(UDP, parts.sentence)
  );
}

/** Name and value of a line below the heading `section`; `direction` inside a histogram of ICMP. */
export function nameOf(
  line: string,
  section: string,
  direction: 'In' | 'Out' | '',
): { readonly name: string; readonly value: number } | undefined {
  // What has no sentence is printed by its name; those of IPv6 hold their group already.
  const plain = /^([A-Z][A-Za-z0-9]{1,40}): (\d{1,20})$/.exec(line);
  if (plain && section !== '') {
    const [, name = '', value = ''] = plain;
    return { name: name.startsWith(section) ? name : `${section}${name}`, value: Number(value) };
  }
  const parts = split(line);
  if (!parts) return undefined;
  const { sentence, value } = parts;
  if (direction !== '') {
    const row = look(section === 'Icmp6' ? ICMP6_ROWS : ICMP_ROWS, sentence);
    if (row !== undefined) return { name: `${section}${direction}${row}`, value };
  }
  const own = look(SECTIONS.get(section), sentence);
  if (own !== undefined) return { name: `${section}${own}`, value };
  if (section !== '') return undefined;
  for (const [group, table] of OWN) {
    const found = look(table, sentence);
    if (found !== undefined) return { name: `${group}${found}`, value };
  }
  return undefined;
}
