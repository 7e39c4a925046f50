/** Flags that take a value, so that the value is not taken for a path. One list with the flags of the commands; a test compares them. */
export const VALUE_FLAGS: readonly string[] = [
  '-f',
  '--format',
  '--level',
  '--fail-on',
  '-c',
  '--config',
  '--rule',
  '--kind',
  '--node',
  '--proto',
  '--port',
  '--size',
  '--probes',
];

function firstWord(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? '';
    if (arg === '--') return -1;
    if (VALUE_FLAGS.includes(arg)) i++;
    else if (arg === '-' || !arg.startsWith('-')) return i;
  }
  return -1;
}

/**
 * oclif wants the command first. Here flags may stand before it, and without a command it is `lint`: a first word that is no command
 * is a path. A command's name wins over a path of the same name.
 */
export function arrange(argv: readonly string[], commands: readonly string[]): readonly string[] {
  const at = firstWord(argv);
  const word = argv[at] ?? '';
  const before = argv.slice(0, Math.max(0, at));
  const after = argv.slice(at + 1);
  if (word === 'help') return after[0] !== undefined && commands.includes(after[0]) ? [after[0], '--help'] : ['--help'];
  if (commands.includes(word)) return [word, ...before, ...after];
  if (at === -1 && argv.some((a) => a === '--help' || a === '-h')) return ['--help'];
  return ['lint', ...argv];
}
