import type { EthtoolLinkFact } from '../../../src/facts/index.js';
import type { CorpusCommand, Exception } from '../corpus.js';

const FORMS: Readonly<Record<string, readonly Exception[]>> = {
  settings: [
    { file: 'parsers_ethtool_L829', because: '`ethtool eth0`' },
    { file: 'test_ethtool_L856', because: '`ethtool eth1`' },
    { file: 'test_ethtool_L923', because: '`ethtool eth1`' },
    { file: 'ethtool--default1', because: '`ethtool enp0s3`' },
    { file: 'ethtool--default2', because: '`ethtool enp1s0`' },
    { file: 'link-partner-advertised', because: '`ethtool eth0`' },
    { file: 'command_tool_ethtool_L25', because: '`ethtool eth0`' },
  ],
  features: [{ file: 'parsers_ethtool_L207', because: '`ethtool -k`' }],
  driver: [{ file: 'Linux_Kernel__L193', because: '`ethtool -i`' }],
  statistics: [
    { file: 'parsers_ethtool_L650', because: '`ethtool -S`' },
    { file: 'Linux_ethtool__L110', because: '`ethtool -S`' },
  ],
  parameters: [
    { file: 'parsers_ethtool_L422', because: '`ethtool -c`' },
    { file: 'parsers_ethtool_L538', because: '`ethtool -g`' },
    { file: 'test_ethtool_L147', because: '`ethtool -c`' },
    { file: 'test_ethtool_L267', because: '`ethtool -g`' },
    { file: 'test_ethtool_L285', because: '`ethtool -g`' },
    { file: 'network_spec_L380', because: '`ethtool -g`' },
    { file: 'network_spec_L397', because: '`ethtool -l`' },
    { file: 'module-info', because: '`ethtool -m`' },
  ],
};
const allBut = (own: string): Exception[] =>
  Object.entries(FORMS).flatMap(([form, files]) => (form === own ? [] : files));

interface Row {
  readonly name: string;
  readonly speed_bps?: number;
  readonly duplex?: string;
  readonly auto_negotiation?: boolean;
  readonly port?: string;
  readonly link_detected?: boolean;
}

export const ethtool: CorpusCommand = {
  command: 'ethtool',
  folders: ['ethtool'],
  foreign: allBut('settings'),
  incomplete: [{ file: 'test_ethtool_L923', because: 'a broken capture, made up for a test' }],
  oracle: (file, facts) => ({
    ours: (facts as readonly EthtoolLinkFact[]).map((f) => [f.dev, (f.speed ?? 0) * 1e6, f.duplex, f.port, f.detected]),
    theirs: [file.answer as Row].map((r) => [r.name, r.speed_bps, r.duplex?.toLowerCase(), r.port, r.link_detected]),
  }),
};

export const ethtoolFeatures: CorpusCommand = {
  command: 'ethtool-features',
  folders: ['ethtool'],
  foreign: allBut('features'),
};

export const ethtoolDriver: CorpusCommand = {
  command: 'ethtool-driver',
  folders: ['ethtool'],
  foreign: allBut('driver'),
};

export const ethtoolStatistics: CorpusCommand = {
  command: 'ethtool-statistics',
  folders: ['ethtool'],
  foreign: allBut('statistics'),
};

export const ethtoolParameters: CorpusCommand = {
  command: 'ethtool-parameters',
  folders: ['ethtool'],
  foreign: allBut('parameters'),
};
