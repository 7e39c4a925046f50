/** The configuration can't be used: the message says what, where and what to do. Exit 2. */
export class ConfigError extends Error {
  readonly usage = true;
  override readonly name = 'ConfigError';
}
