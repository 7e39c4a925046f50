import type { CaptureContext, Claim } from '../../kit/index.js';

/** What of a device is asked for. */
export type Form = 'settings' | 'features' | 'driver' | 'statistics' | 'address' | 'parameters';

/** Options by what they print (ethtool.c `args`); those that set something are not here. */
const FORMS: ReadonlyMap<string, Form> = new Map([
  ['-k', 'features'],
  ['--show-features', 'features'],
  ['--show-offload', 'features'],
  ['-i', 'driver'],
  ['--driver', 'driver'],
  ['-S', 'statistics'],
  ['--statistics', 'statistics'],
  ['--phy-statistics', 'statistics'],
  ['-P', 'address'],
  ['--show-permaddr', 'address'],
  ...[
    '-a',
    '--show-pause',
    '-c',
    '--show-coalesce',
    '-g',
    '--show-ring',
    '-l',
    '--show-channels',
    '-T',
    '--show-time-stamping',
    '-x',
    '--show-rxfh',
    '--show-rxfh-indir',
    '-n',
    '-u',
    '--show-nfc',
    '--show-ntuple',
    '-m',
    '--dump-module-eeprom',
    '--module-info',
    '--show-eee',
    '--show-fec',
    '--show-priv-flags',
    '--show-module',
    '--show-tunnels',
  ].map((option): [string, Form] => [option, 'parameters']),
]);
/** Options that change how it is printed. */
const MANNER: ReadonlySet<string> = new Set(['--json', '-I', '--include-statistics', '--disable-netlink']);

export interface EthtoolCommand {
  readonly form: Form;
  readonly dev?: string;
  readonly json: boolean;
}

/** Reads an `ethtool` command line; undefined for what prints no listing. */
export function ethtoolCommand(argv: readonly string[]): EthtoolCommand | undefined {
  if (argv[0] !== 'ethtool') return undefined;
  const words = argv.slice(1).filter((word) => !MANNER.has(word));
  const [option = '', dev] = words[0]?.startsWith('-') ? words : ['', ...words];
  const form = option === '' ? 'settings' : FORMS.get(option);
  // `ethtool eth0 speed 100` is refused; a second word here belongs to no listing.
  if (!form || (option === '' && words.length > 1)) return undefined;
  return { form, json: argv.includes('--json'), ...(dev !== undefined && { dev }) };
}

/** `ethtool -K eth0 tx off` prints what it changed, and what that changed with it; of the rest it says nothing. */
export function claimChanges(argv: readonly string[]): Claim | undefined {
  const [, option = '', dev] = argv[0] === 'ethtool' ? argv : [];
  const sets = option === '-K' || option === '--features' || option === '--offload';
  return sets && dev !== undefined ? { scope: { dev }, kinds: [] } : undefined;
}

/** What a parser of `form` claims of a command line. */
export function claimEthtool(argv: readonly string[], form: Form): Claim | undefined {
  const command = ethtoolCommand(argv);
  if (command?.form !== form || (command.json && form !== 'features')) return undefined;
  return command.dev === undefined ? {} : { scope: { dev: command.dev } };
}

/** The device, where the output names none: from the command line, else from the file that sos names after it (`ethtool_-i_eth0`). */
export function deviceOf({ argv, fileName }: CaptureContext): string | undefined {
  if (argv.length > 0) return ethtoolCommand(argv)?.dev;
  return /^ethtool(?:[_ ]--?[a-zA-Z-]+)*[_ ]([^_ ]\S*?)(?:\.txt|\.log|\.out)?$/.exec(fileName)?.[1];
}
