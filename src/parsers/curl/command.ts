import { urlTarget } from '../tcp/attempt.js';

/** Options of curl that take a value of their own word. */
const SHORT = /^-[a-zA-Z0-9#:]*[AbcCdDeEFHKmoPQrtTuUwxXyYz]$/;
const LONG: ReadonlySet<string> = new Set(
  (
    'connect-timeout max-time header data data-raw data-binary data-urlencode output write-out user user-agent request resolve ' +
    'connect-to cert key cacert capath interface proxy retry retry-delay retry-max-time unix-socket form referer cookie cookie-jar ' +
    'ciphers tls-max limit-rate range url-query dns-servers local-port max-redirs noproxy config dump-header upload-file keepalive-time'
  )
    .split(' ')
    .map((word) => `--${word}`),
);

export interface CurlCommand {
  readonly targets: readonly { readonly host: string; readonly port?: number }[];
  /** Format of `-w`. */
  readonly writeOut?: string;
  /** The body went to a file: what is printed is not it. */
  readonly saved: boolean;
}

/** Reads curl's words as far as they say whom it asks and what it prints. */
export function curlCommand(argv: readonly string[]): CurlCommand {
  const targets: { host: string; port?: number }[] = [];
  let writeOut: string | undefined;
  let saved = false;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const url = word === '--url' ? argv[++i] : undefined;
    if (SHORT.test(word) || LONG.has(word)) {
      const value = argv[++i];
      if (word === '--write-out' || word.endsWith('w')) writeOut = value;
      if (word === '--output' || (word.endsWith('o') && !word.startsWith('--'))) saved = true;
    } else if (url !== undefined || !word.startsWith('-')) {
      const target = (url ?? word).includes('$') ? undefined : urlTarget(url ?? word);
      if (target) targets.push(target);
    } else if (/^-[a-zA-Z]*O/.test(word) || word === '--remote-name') saved = true;
  }
  return { targets, ...(writeOut !== undefined && { writeOut }), saved };
}

/** Variables of `-w` that tell of the attempt. */
const VARIABLES: ReadonlySet<string> = new Set([
  'http_code',
  'response_code',
  'remote_ip',
  'remote_port',
  'local_ip',
  'local_port',
  'time_connect',
  'time_total',
  'exitcode',
]);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A pattern for each line that the format prints; a line without variables has none. */
export function linesOfFormat(format: string | undefined): readonly { re: RegExp; names: readonly string[] }[] {
  if (format === undefined || format.length > 1000 || format.startsWith('@')) return [];
  return format
    .split(/\\n|\n/)
    .map((line) => {
      const names: string[] = [];
      const parts = line.split(/%\{([\w.-]+)\}/);
      const source = parts.map((part, i) => {
        if (i % 2 === 0) return escaped(part.replace(/\\[rt]/g, ' ').replace(/%%/g, '%')).replace(/\s+/g, '\\s+');
        names.push(part);
        // Of values no blank is part: the pattern can't run away.
        return '(\\S*?)';
      });
      return { re: new RegExp(`${source.join('')}\\s*$`), names };
    })
    .filter(({ names }) => names.some((n) => VARIABLES.has(n)));
}
