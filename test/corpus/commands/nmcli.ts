import type { AddressFact, LinkFact, ManagedDeviceFact } from '../../../src/facts/index.js';
import type { CorpusCommand, CorpusFile, Exception } from '../corpus.js';

type Row = Readonly<Record<string, string | number | null>>;
type Fact = ManagedDeviceFact | LinkFact | AddressFact;

const OTHER: Readonly<Record<string, Exception>> = {
  overview: { file: 'nmcli.txt', because: '`nmcli` alone' },
  status: { file: 'nmcli-device.txt', because: '`nmcli device`' },
  statusAll: { file: 'nmcli-device-all', because: '`nmcli -f all device`' },
  show: { file: 'nmcli-device-show', because: '`nmcli device show`' },
  profile: { file: 'nmcli-connection-show', because: '`nmcli connection show NAME`' },
  profiles: { file: 'nmcli-connection.txt', because: '`nmcli connection`' },
  profilesAll: { file: 'nmcli-connection-all', because: '`nmcli -f all connection`' },
  general: { file: 'nmcli-general', because: '`nmcli general`' },
};
const allBut = (...own: readonly string[]): Exception[] =>
  Object.entries(OTHER).flatMap(([name, exception]) => (own.includes(name) ? [] : [exception]));

const text = (value: string | number | null | undefined): string => (value ?? '').toString();

export const nmcli: CorpusCommand = {
  command: 'nmcli',
  folders: ['nmcli'],
  foreign: allBut('overview'),
};

export const nmcliDevice: CorpusCommand = {
  command: 'nmcli-device',
  folders: ['nmcli'],
  foreign: allBut('status', 'statusAll'),
  oracle: (file, facts) => ({
    ours: (facts as readonly ManagedDeviceFact[]).map((f) => [f.dev, f.state, f.profile ?? '']),
    theirs: (file.answer as readonly Row[]).map((r) => [r['device'], r['state'], text(r['connection'])]),
  }),
};

/** State, link and addresses of each device; of a profile the same under other names. */
function showOracle(file: CorpusFile, facts: readonly unknown[]) {
  const all = facts as readonly Fact[];
  const links = all.filter((f) => f.kind === 'link');
  return {
    ours: links
      .map((link) => ({
        dev: link.name,
        lladdr: link.lladdr ?? '',
        mtu: link.mtu ?? null,
        state: all.find((f) => f.kind === 'managed-device' && f.dev === link.name && f.state),
        addresses: all
          .filter((f) => f.kind === 'address')
          .filter((f) => f.dev === link.name)
          .map((f) => `${f.address}/${f.prefixLength}`),
      }))
      .map(({ state, ...rest }) => ({ ...rest, state: state?.kind === 'managed-device' ? state.state : '' })),
    theirs: (file.answer as readonly Row[]).map((r) => ({
      dev: r['device'] ?? r['devices'],
      lladdr: text(r['hwaddr']).toLowerCase(),
      mtu: r['mtu'] ?? null,
      addresses: Object.entries(r)
        .filter(([key]) => /^ip[46]_address_\d+$/.test(key))
        .map(([, value]) => value),
      state: text(r['state_text'] ?? r['state']),
    })),
  };
}

export const nmcliShow: CorpusCommand = {
  command: 'nmcli-show',
  folders: ['nmcli'],
  foreign: allBut('show', 'profile'),
  oracle: showOracle,
};

export const nmcliTables: CorpusCommand = {
  command: 'nmcli-tables',
  folders: ['nmcli'],
  foreign: allBut('profiles', 'profilesAll', 'general'),
};
