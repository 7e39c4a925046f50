/** The user asked for something that can't be done: the message is a sentence with what to do instead; exit 2. */
export class UsageError extends Error {
  readonly usage = true;
  override readonly name = 'UsageError';
}
