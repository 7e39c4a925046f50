/**
 * The command line that a collector made a file's name of: `ss_-peaonmi`, `netstat_-W_-neopa.txt`, `networking/ssanp`. Empty when the name
 * begins with another word.
 */
export function argvOfName(fileName: string, program: string): readonly string[] {
  const name = fileName.replace(/(?:\.(?:txt|log|out|md|gz|cmd))+$/, '');
  if (!name.startsWith(program)) return [];
  const rest = name.slice(program.length);
  // Rancher leaves out all that stands between.
  if (/^[a-z0-9]{2,8}$/i.test(rest)) return [program, `-${rest}`];
  return rest === '' || /^[_ .-]/.test(rest) ? [program, ...rest.split(/[_ .]+/).filter((w) => w !== '')] : [];
}
