/** An input that the user named can't be read: the message is a sentence with what, where and what to do. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

const field = (error: unknown, key: 'code' | 'message'): string | undefined => {
  // Not `instanceof Error`: Node's own errors are of another realm where code runs in a vm context.
  const value: unknown =
    typeof error === 'object' && error !== null && key in error ? (error as Record<string, unknown>)[key] : undefined;
  return typeof value === 'string' ? value : undefined;
};

/** Node's code of an error, `ENOENT`. */
export const codeOf = (error: unknown): string | undefined => field(error, 'code');
export const messageOf = (error: unknown): string => field(error, 'message') ?? String(error);
