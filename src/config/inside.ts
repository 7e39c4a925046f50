import { realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The input that `file` is, or lies in. Links are followed: a bundle may be linked to from anywhere. */
export function inputHolding(file: string, inputs: readonly string[], cwd: string): string | undefined {
  const target = real(file);
  return inputs.find((input) => {
    if (input === '-') return false;
    const folder = real(resolve(cwd, input));
    return target === folder || target.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
  });
}
