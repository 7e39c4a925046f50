import type { Claim } from '../../kit/index.js';

/** What a command line of ipset asks for. */
export interface IpsetCommand {
  readonly form: 'plain' | 'save' | 'xml' | 'json';
  /** `-n`: names alone. */
  readonly names: boolean;
  readonly claim: Claim;
}

const LIST = /^(?:l|li|lis|list|-L|--list)$/;
const SAVE = /^(?:sa|sav|save|-S|--save)$/;
const FORM = /^(?:-o|--?output)$/;

/** Reads the command line of `ipset list` and `ipset save` (lib/ipset.c, ipset_parse_argv: options stand anywhere); undefined for all others. */
export function ipsetCommand(argv: readonly string[]): IpsetCommand | undefined {
  if (argv[0] !== 'ipset') return undefined;
  let form: string | undefined;
  let verb: 'list' | 'save' | undefined;
  let name: string | undefined;
  let names = false;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (FORM.test(word)) form = argv[++i];
    else if (/^(?:-f|--?file)$/.test(word)) return undefined;
    else if (/^(?:-n|--?name)$/.test(word)) names = true;
    else if (verb === undefined && LIST.test(word)) verb = 'list';
    else if (verb === undefined && SAVE.test(word)) verb = 'save';
    else if (word.startsWith('-')) continue;
    else if (verb === undefined || name !== undefined) return undefined;
    else name = word;
  }
  if (verb === undefined) return undefined;
  const printed = form ?? (verb === 'save' ? 'save' : 'plain');
  if (printed !== 'plain' && printed !== 'save' && printed !== 'xml' && printed !== 'json') return undefined;
  return { form: printed, names, claim: name === undefined ? {} : { scope: { name } } };
}
