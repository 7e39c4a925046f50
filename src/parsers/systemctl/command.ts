/** A command line of systemctl: verb, units and whether all are shown. */
export interface Systemctl {
  readonly verb: string;
  readonly units: readonly string[];
  readonly all: boolean;
  /** `-o json`, `--output=json-pretty`. */
  readonly json: boolean;
  /** `--state=failed`, `--type=service`, `--failed`. */
  readonly filter?: string;
}

const VALUED: ReadonlySet<string> = new Set([
  '-t',
  '--type',
  '--state',
  '-p',
  '--property',
  '-n',
  '--lines',
  '-o',
  '--output',
  '-H',
  '-M',
]);

/** Undefined when the program is another one, or the line changes something. */
export function systemctlOf(argv: readonly string[]): Systemctl | undefined {
  if (argv[0] === 'service') {
    if (argv[2] === 'status' && argv.length === 3)
      return { verb: 'status', units: [argv[1] ?? ''], all: false, json: false };
    return undefined;
  }
  if (argv[0] !== 'systemctl') return undefined;
  const words: string[] = [];
  let all = false;
  let json = false;
  let filter: string | undefined;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('-')) words.push(word);
    else if (VALUED.has(word)) {
      const value = argv[++i] ?? '';
      if (/^(?:-t|--type|--state)$/.test(word)) filter = value;
      else if (/^(?:-o|--output)$/.test(word)) json = value.startsWith('json');
    } else if (/^(?:--output=|-o)json/.test(word)) json = true;
    else if (/^--(?:type|state)=/.test(word)) filter = word.slice(word.indexOf('=') + 1);
    else if (word === '--failed') filter = 'failed';
    else if (word === '--all' || /^-[a-z]*a[a-z]*$/.test(word)) all = true;
    else if (word === '--version') return undefined;
  }
  const [verb = 'list-units', ...units] = words;
  return { verb, units, all, json, ...(filter !== undefined && { filter }) };
}

/** `kubelet` is kubelet.service. */
export const unitName = (name: string): string => (/\.[a-z]+$/.test(name) && isUnit(name) ? name : `${name}.service`);

const UNIT = /^\S{1,300}\.(?:automount|device|mount|path|scope|service|slice|snapshot|socket|swap|target|timer)$/;
export const isUnit = (text: string): boolean => UNIT.test(text);
