import type { Claim } from '../../kit/index.js';

type Kind =
  | 'firewalld-zone'
  | 'firewalld-policy'
  | 'firewalld-active-zone'
  | 'firewalld-direct-rule'
  | 'firewalld-state';

/** A command line of firewall-cmd that prints something which is read here. */
export interface FirewallCommand {
  readonly prints:
    | 'zones'
    | 'policies'
    | 'active'
    | 'rules'
    | 'chain-rules'
    | 'passthroughs'
    | 'chains'
    | 'state'
    | 'default-zone'
    | 'nothing';
  readonly permanent: boolean;
  readonly scope: Readonly<Record<string, string>>;
  readonly kinds: readonly Kind[];
}

const PRINTS: Readonly<Record<string, readonly [FirewallCommand['prints'], Kind]>> = {
  '--list-all-zones': ['zones', 'firewalld-zone'],
  '--list-all': ['zones', 'firewalld-zone'],
  '--info-zone': ['zones', 'firewalld-zone'],
  '--list-all-policies': ['policies', 'firewalld-policy'],
  '--info-policy': ['policies', 'firewalld-policy'],
  '--get-active-zones': ['active', 'firewalld-active-zone'],
  '--get-all-rules': ['rules', 'firewalld-direct-rule'],
  '--get-rules': ['chain-rules', 'firewalld-direct-rule'],
  '--get-all-passthroughs': ['passthroughs', 'firewalld-direct-rule'],
  '--get-all-chains': ['chains', 'firewalld-direct-rule'],
  '--state': ['state', 'firewalld-state'],
  '--get-default-zone': ['default-zone', 'firewalld-state'],
};

/** What changes something and says `success`, asks for `yes` or `no`, or lists what firewalld knows by name. */
const ANSWERS =
  /^--(?:add|remove|change|set|query|new|delete|load|path|runtime-to-permanent|reload|complete-reload|check-config|reset-to-defaults|panic-o|version|help|info-(?:service|icmptype|ipset|helper)|get-(?:zones|services|icmptypes|policies|ipsets|helpers|ipset-types|log-denied|automatic-helpers|description|short))/;

/** These are of what is in force alone. */
const SAME_FOR_BOTH: ReadonlySet<string> = new Set(['--get-active-zones', '--state', '--get-default-zone']);

/** `--zone=public`, `--zone public`. */
function optionOf(argv: readonly string[], name: string): string | undefined {
  const glued = argv.find((w) => w.startsWith(`${name}=`));
  return glued === undefined
    ? argv.includes(name)
      ? argv[argv.indexOf(name) + 1]
      : undefined
    : glued.slice(name.length + 1);
}

function scopeOf(argv: readonly string[], option: string): Readonly<Record<string, string>> {
  const policy = optionOf(argv, '--policy');
  const named = option === '--list-all' ? (optionOf(argv, '--zone') ?? policy) : optionOf(argv, option);
  const rest = argv.slice(argv.indexOf(option) + 1);
  if (option === '--list-all') return named === undefined ? { zone: 'default' } : { name: named };
  if (option.startsWith('--info-')) return { name: named ?? '' };
  if (option === '--get-rules') return { family: rest[0] ?? '', table: rest[1] ?? '', chain: rest[2] ?? '' };
  if (option === '--get-all-passthroughs' || option === '--get-all-chains') return { list: option.slice(10) };
  return {};
}

export function firewallCommand(argv: readonly string[]): FirewallCommand | undefined {
  if (argv[0] !== 'firewall-cmd' && argv[0] !== 'firewall-offline-cmd') return undefined;
  const option = argv.map((w) => w.replace(/=.*$/, '')).find((w) => Object.hasOwn(PRINTS, w));
  const known = option === undefined ? undefined : PRINTS[option];
  if (option === undefined || !known)
    return argv.some((w) => ANSWERS.test(w))
      ? { prints: 'nothing', permanent: false, scope: {}, kinds: [] }
      : undefined;
  const permanent = argv.includes('--permanent') || argv[0] === 'firewall-offline-cmd';
  const ofPolicy = option === '--list-all' && optionOf(argv, '--policy') !== undefined;
  return {
    prints: ofPolicy ? 'policies' : known[0],
    permanent,
    scope: { ...scopeOf(argv, option), ...(!SAME_FOR_BOTH.has(option) && { permanent: String(permanent) }) },
    kinds: [ofPolicy ? 'firewalld-policy' : known[1]],
  };
}

export function firewallClaim(argv: readonly string[]): Claim | undefined {
  const command = firewallCommand(argv);
  return command && { scope: command.scope, kinds: command.kinds };
}
