/** Options of iputils, busybox and the BSDs that take a value of their own word. */
const TAKES_VALUE = /^-(?:[a-zA-Z46]*[cegGIikKlmMNpQsStTwWyzZFP])$/;
/** Of the BSDs (macOS too) `-D` forbids fragmentation; in iputils it prints stamps. */
const FORBIDS = /^-M(?:do|probe)$/;

/** What the command line of ping says of the run. */
export interface PingCommand {
  readonly target?: string;
  readonly source?: string;
  readonly dev?: string;
  readonly size?: number;
  readonly dontFragment: boolean;
}

/** Reads the words of `ping`, `ping6`, `ping -6` and `busybox ping`. */
export function pingCommand(argv: readonly string[]): PingCommand {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  let target: string | undefined;
  let from: string | undefined;
  let size: number | undefined;
  let dontFragment = false;
  for (let i = 1; i < words.length; i++) {
    const word = words[i] ?? '';
    if (TAKES_VALUE.test(word)) {
      const value = words[++i] ?? '';
      const option = word.at(-1);
      if (option === 'I' || option === 'S') from = value;
      else if (option === 's' && /^\d{1,5}$/.test(value)) size = Number(value);
      else if (option === 'M') dontFragment ||= value === 'do' || value === 'probe';
    } else if (FORBIDS.test(word)) dontFragment = true;
    else if (/^-s\d{1,5}$/.test(word)) size = Number(word.slice(2));
    else if (/^-I./.test(word)) from = word.slice(2);
    // The variable of a loop is not the target's name.
    else if (!word.startsWith('-') && !word.includes('$')) target = word;
  }
  const isAddress = from !== undefined && /^[\da-f]*[.:][\da-f.:]+$/i.test(from);
  return {
    ...(target !== undefined && { target }),
    ...(from !== undefined && (isAddress ? { source: from } : { dev: from })),
    ...(size !== undefined && { size }),
    dontFragment,
  };
}
