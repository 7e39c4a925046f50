import type { LinkFact } from '../../../src/facts/index.js';
import type { CorpusCommand } from '../corpus.js';

interface Row {
  readonly iface: string;
  readonly mtu: number;
  readonly rx_ok: number;
  readonly rx_err: number;
  readonly rx_drp: number;
  readonly tx_ok: number;
  readonly tx_err: number;
  readonly tx_drp: number;
}

export const netstatI: CorpusCommand = {
  command: 'netstat-i',
  folders: ['netstat'],
  foreign: [
    { file: 'freebsd12_', because: 'not of Linux' },
    { file: 'osx-10.14.6_', because: 'not of Linux' },
    { file: '_netstat.txt', because: 'a list of sockets' },
    { file: '_netstat-l', because: 'a list of sockets' },
    { file: '_netstat-p', because: 'a list of sockets' },
    { file: '_netstat-r', because: 'a routing table' },
    { file: '_netstat-sudo', because: 'a list of sockets' },
    { file: 'generic_netstat', because: 'a list of sockets' },
    { file: 'vault_netstat', because: 'a list of sockets' },
    { file: 'insights_parsers_netstat_L380', because: 'a list of sockets' },
    { file: 'insights_tests_parsers_test_netstat', because: 'a list of sockets' },
    { file: 'command_tool_netstat_L101', because: 'a list of sockets' },
    { file: 'command_tool_netstat_L25', because: 'a list of sockets' },
    { file: 'command_tool_netstat_L84', because: 'a routing table' },
    { file: 'ShowNetworkStatusRoute', because: 'a routing table' },
    { file: 'Kafka_', because: 'a list of sockets' },
  ],
  incomplete: [
    { file: 'Linux_Performance_Analysis_Tool_L121', because: 'a column of 8 characters cuts the names of veths' },
  ],
  oracle(file, facts) {
    if (file.answer === undefined) return undefined;
    return {
      ours: (facts as readonly LinkFact[]).map((f) => ({ name: f.name, mtu: f.mtu, ...f.counters })),
      theirs: (file.answer as readonly Row[]).map((r) => ({
        name: r.iface,
        mtu: r.mtu,
        rxPackets: r.rx_ok,
        rxErrors: r.rx_err,
        rxDropped: r.rx_drp,
        txPackets: r.tx_ok,
        txErrors: r.tx_err,
        txDropped: r.tx_drp,
      })),
    };
  },
};
