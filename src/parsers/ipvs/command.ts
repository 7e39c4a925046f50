import type { Claim } from '../../kit/index.js';
import { readEndpoint } from './endpoint.js';
import { markOf } from './services.js';

export interface IpvsadmCommand {
  readonly form: 'list' | 'save' | 'connections' | 'timeout' | 'daemon';
  /** What `-t VIP:PORT` selects. */
  readonly scope: Readonly<Record<string, string>>;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  t: 'tcp',
  u: 'udp',
  '--tcp-service': 'tcp',
  '--udp-service': 'udp',
  '--sctp-service': 'sctp',
};

/** What is asked for by `-t VIP:PORT`, `-f MARK`. */
function selected(option: string, value: string): IpvsadmCommand['scope'] {
  if (option === 'f' || option === '--fwmark-service') return { fwmark: String(markOf(value) ?? value) };
  const endpoint = readEndpoint(value, false);
  return {
    protocol: PROTOCOLS[option] ?? option,
    address: (typeof endpoint === 'string' ? undefined : endpoint.address) ?? value,
    ...(typeof endpoint !== 'string' && endpoint.port !== undefined && { port: String(endpoint.port) }),
  };
}

/** Words in one form: a cluster of letters is its letters, the value of an option follows it. */
function* options(argv: readonly string[]): Generator<readonly [string, string | undefined]> {
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word.startsWith('--')) {
      const [name = '', value] = word.split('=', 2);
      yield [name, value ?? (/-service$/.test(name) ? argv[++i] : undefined)];
    } else if (word.startsWith('-')) {
      for (const [k, letter] of [...word.slice(1)].entries()) {
        const takes = /[tuf]/.test(letter);
        const rest = word.slice(k + 2);
        yield [letter, takes ? rest || argv[++i] : undefined];
        if (takes) break;
      }
    } else yield ['', word];
  }
}

const QUIET: ReadonlySet<string> = new Set([
  ...['n', '6', '--numeric', '--stats', '--rate', '--exact', '--thresholds', '--persistent-conn', '--sort', '--nosort'],
  '--tun-info',
]);

/** Reads the command line of a listing of ipvsadm (ipvsadm.c parse_options; without a command it lists); undefined for all others. */
export function ipvsadmCommand(argv: readonly string[]): IpvsadmCommand | undefined {
  if (argv[0] === 'ipvsadm-save') return { form: 'save', scope: {} };
  if (argv[0] !== 'ipvsadm') return undefined;
  let form: IpvsadmCommand['form'] = 'list';
  let scope = {};
  for (const [option, value] of options(argv)) {
    if (option === 'S' || option === '--save') form = 'save';
    else if (option === 'c' || option === '--connection') form = 'connections';
    else if (option === '--timeout' || option === '--daemon') form = option === '--daemon' ? 'daemon' : 'timeout';
    else if (value !== undefined && (option === 'f' || option === '--fwmark-service' || option in PROTOCOLS))
      scope = selected(option, value);
    else if (option !== 'l' && option !== 'L' && option !== '--list' && !QUIET.has(option)) return undefined;
  }
  return { form, scope };
}

/** The claim on a listing of services. */
export const servicesClaim = (scope: IpvsadmCommand['scope']): Claim => ({
  scope,
  kinds: Object.keys(scope).length > 0 ? ['ipvs-service'] : ['ipvs-service', 'ipvs-settings'],
});
