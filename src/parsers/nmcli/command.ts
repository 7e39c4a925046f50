/** Long options by all their beginnings, from how many letters on (nmcli.c process_command_line, next_arg's matches). */
const VALUED = ['mode', 'fields', 'get-values', 'escape', 'colors', 'wait'] as const;

const isOption = (word: string, name: string): boolean =>
  word === `-${name.charAt(0)}` || (/^--\w/.test(word) && `--${name}`.startsWith(word));
const OBJECTS = ['general', 'networking', 'radio', 'connection', 'device', 'agent', 'monitor'] as const;

export interface NmcliCommand {
  /** `overview` is a bare `nmcli`. */
  readonly object: (typeof OBJECTS)[number] | 'overview';
  readonly args: readonly string[];
  /** Columns that were asked for, in capitals. */
  readonly fields?: readonly string[];
  /** `-t` or `-g`: values with colons between them and no header. */
  readonly terse: boolean;
}

/** Reads an `nmcli` command line with its abbreviations (src/nmcli/nmcli.c): objects and verbs are told by their first letters. */
export function nmcliCommand(argv: readonly string[]): NmcliCommand | undefined {
  if (argv[0] !== 'nmcli') return undefined;
  let i = 1;
  let terse = false;
  let fields: readonly string[] | undefined;
  for (; argv[i]?.startsWith('-'); i++) {
    const option = argv[i] ?? '';
    const values = isOption(option, 'get-values');
    if (values || isOption(option, 'terse')) terse = true;
    if (values || isOption(option, 'fields')) fields = (argv[i + 1] ?? '').toUpperCase().split(',');
    if (VALUED.some((name) => isOption(option, name))) i++;
  }
  const word = argv[i];
  const object = word === undefined ? 'overview' : OBJECTS.find((name) => name.startsWith(word));
  return object && { object, args: argv.slice(i + 1), terse, ...(fields && { fields }) };
}

/** Is the verb this one, or left out where it is the usual? */
export const isVerb = (args: readonly string[], verb: string, usual = false): boolean =>
  args[0] === undefined ? usual : verb.startsWith(args[0]) && args[0] !== '';

/** Rules and titles of `-p`, and the remark that client and service differ. */
export const PRETTY = /^\s*(?:[=-]{8,}|\s{2,}\S.*\S|Warning: nmcli \(.*)\s*$/;

/** `connected (externally)` and `unmanaged` are devices that others configure. */
export const isManaged = (state: string): boolean => !/^unmanaged|externally/.test(state);
